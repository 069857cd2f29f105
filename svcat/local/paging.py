"""Continue tokens of a list: where it stopped and when.

A page is read fresh, not from a snapshot, so a token could be good for ever; it is not, because
callers must be used to HTTP 410. The rule is the cluster's: five minutes (etcd's compaction
interval under kube-apiserver), then Expired, with a token that goes on from the same place.
"""

import binascii
import json
from datetime import datetime
from typing import NamedTuple

from svcat.errors import Expired, Invalid

TOKEN_LIFE_S = 300


class Position(NamedTuple):
    """The last object given; a list goes on behind it."""

    namespace: str = ""
    name: str = ""


START = Position()


def token_for(position: Position, now: datetime) -> str:
    """Write the token that goes on behind ``position``."""
    text = json.dumps([int(now.timestamp()), position.namespace, position.name])
    return binascii.b2a_base64(text.encode(), newline=False).decode()


def position_of(token: str, now: datetime) -> Position:
    """Read a token; empty is the start. Raises Expired, Invalid."""
    if not token:
        return START
    try:
        issued, namespace, name = json.loads(binascii.a2b_base64(token, strict_mode=True))
        position = Position(str(namespace), str(name))
        age_s = now.timestamp() - int(issued)
    except (ValueError, TypeError):
        raise Invalid("the continue token is not one of this store") from None
    if age_s > TOKEN_LIFE_S:
        raise Expired(
            "the continue token is too old, the rest of the list may have changed",
            continue_token=token_for(position, now),
        )
    return position
