"""Numbers that pages tell are those of the code: each with the words around it, and its home."""

import pytest

from svcat.app.ports import Timing
from svcat.broker.limits import LIMITS
from svcat.broker.settings import Settings
from svcat.cli import completing, parameter_files, schemas, strict_yaml
from svcat.conformance.table import CHECKS
from svcat.http.connection import MAX_IDLE_S
from svcat.osb import client, headers, plan_schema
from svcat.store import codec, records
from tests.faults.api_proxy import ApiFault
from tests.faults.proxy import Fault
from tests.lifecycle.test_races import RACERS
from tests.pages.blocks import ROOT, text_of

KIB = 1024
MIB = 1024 * 1024
TIMING = Timing()
BROKER = Settings(state_dir=ROOT)
WORDS = {2: "two", 10: "ten", 11: "eleven", 16: "sixteen", 19: "nineteen", 20: "twenty"}

TOLD = (
    ("docs/how-to/check-a-broker.md", f"{len(CHECKS)} checks"),
    ("docs/reference/environment.md", f"| `{TIMING.call_s:.0f}` |"),
    ("docs/reference/environment.md", f"{TIMING.lease_s / TIMING.call_s} times as long"),
    ("docs/reference/environment.md", f"| `{completing.PATIENCE_S}` |"),
    ("docs/how-to/complete-on-tab.md", f"longer than {completing.PATIENCE_S} s"),
    ("docs/explanation/decisions.md", f"({TIMING.lease_s:.0f} s by default)"),
    ("docs/reference/annotations.md", f"longer than {codec._LONGEST_ANNOTATION // KIB} KiB"),
    ("docs/reference/annotations.md", f"the last {records.HISTORY_LENGTH} changes of phase"),
    ("docs/reference/states.md", f"the last {records.HISTORY_LENGTH} changes"),
    ("docs/how-to/parameters.md", f"larger than {plan_schema.MAX_BYTES // KIB} KiB"),
    (
        "docs/how-to/parameters.md",
        f"may have {parameter_files.MAX_BYTES // MIB} MiB and nest {strict_yaml.MAX_DEPTH}",
    ),
    ("docs/how-to/parameters.md", {1.0: "more than a second"}[schemas.TIME_LIMIT_S]),
    ("docs/how-to/reach-a-broker.md", f"more than {client.CATALOG_CAP // MIB} MiB"),
    ("docs/how-to/reach-a-broker.md", f"down to {headers.VERSIONS[-1]}"),
    ("docs/how-to/reach-a-broker.md", {60.0: "more than a minute"}[TIMING.call_s]),
    ("docs/how-to/run-the-broker.md", f"(up to {LIMITS.stop_wait_s:.0f} seconds)"),
    ("docs/how-to/run-the-broker.md", f"| `{BROKER.async_delay_s:.0f}` |"),
    ("docs/how-to/run-the-broker.md", f"| `{BROKER.host}`, `{BROKER.port}` |"),
    ("docs/explanation/lifecycle.md", f"{WORDS[len(Fault)]}\nfaults on the wire"),
    ("docs/explanation/lifecycle.md", f"API server times {WORDS[len(ApiFault)]}"),
    ("docs/explanation/lifecycle.md", f"{WORDS[RACERS]} processes race"),
    ("docs/explanation/http-client.md", f"longer than {WORDS[int(MAX_IDLE_S)]} seconds"),
)


@pytest.mark.parametrize(("page", "words"), TOLD)
def test_a_number_in_a_page_is_that_of_the_code(page: str, words: str) -> None:
    assert " ".join(words.split()) in " ".join(text_of(page).split())
