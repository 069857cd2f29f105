"""Hypothesis drives every fuzz target: with noise, with JSON of every shape, with near misses."""

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, Target

EXAMPLES = 300
WORDS = st.sampled_from(
    [
        "services",
        "plans",
        "id",
        "name",
        "state",
        "in progress",
        "succeeded",
        "description",
        "operation",
        "credentials",
        "metadata",
        "labels",
        "expires_at",
        "volume_mounts",
        "endpoints",
        "host",
        "ports",
        "schemas",
        "service_instance",
        "create",
        "parameters",
        "maximum_polling_duration",
        "maintenance_info",
        "version",
        "plan_updatable",
        "dashboard_client",
        "dashboard_url",
        "error",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=5), inner)


JSON = st.recursive(SCALARS, _deeper, max_leaves=30)
PLANS = st.lists(st.dictionaries(WORDS, JSON, max_size=8) | SCALARS, max_size=4)
OFFERINGS = st.fixed_dictionaries(
    {"plans": PLANS}, optional={"id": JSON, "name": JSON, "tags": JSON}
)
CATALOGS = st.fixed_dictionaries({"services": st.lists(OFFERINGS | JSON, max_size=4)})


def _written(value: Any) -> bytes:
    return json.dumps(value).encode()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """JSON with a few bytes cut out or put in."""
    text = draw(st.one_of(JSON, CATALOGS).map(_written))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, len(text)))
    return text[:start] + draw(st.binary(max_size=8)) + text[end:]


BODIES = st.one_of(st.binary(max_size=200), JSON.map(_written), CATALOGS.map(_written), damaged())


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
@given(data=BODIES)
@example(data=b"[" * 200_000)
@example(data=b'{"a":' * 100_000)
@example(data=b"<" * 200_000)
@example(data=b"<script" * 30_000)
@example(data=b"version" * 30_000)
@example(data=b'"' + b"\\ud800" * 10 + b'"')
@example(data=b"1" * 10_000)
@example(data=b"1e999")
@example(data=b"\xef\xbb\xbf" * 3)
@example(data=b'{"services":[{"id":"\\ud800","name":"\xff","plans":[{}]}]}')
@example(data=b'{"credentials":"{\\"a\\":' + b"[" * 5000 + b'"}')
def test_a_decoder_lets_out_nothing_but_its_own_errors_and_is_quick(
    target: Target, data: bytes
) -> None:
    start = time.process_time()

    target(data)

    assert time.process_time() - start < 1
