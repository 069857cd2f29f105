"""Switches that take one rule away: each must be caught by a scenario, or the explorer is blind."""

from tests.explorer.sabotage_ends import OF_ENDS
from tests.explorer.sabotage_records import OF_RECORDS
from tests.explorer.sabotage_secrets import OF_SECRETS

ALL = (*OF_RECORDS, *OF_SECRETS, *OF_ENDS)
