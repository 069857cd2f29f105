"""One furnished place: a broker with a rich catalog, an instance, a binding."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from tests.brokers.hostile import Answer, HostileBroker, Seen, answer
from tests.cli_updates.svcat import DRAFT_7, Done, Svcat, ToldBroker, plan, schemas

SIZE = {"$schema": DRAFT_7, "type": "object", "properties": {"size": {"type": "integer"}}}


@dataclass(frozen=True, slots=True)
class Shop:
    """A place with a broker ``ups``."""

    svcat: Svcat
    broker: ToldBroker

    def run(self, *words: str, code: int = 0, stdin: str = "") -> Done:
        """Run ``svcat``; fail unless it ends with ``code``."""
        return self.svcat.run(*words, code=code, stdin=stdin)


def catalog() -> dict[str, Any]:
    default = plan("default", free=True, schemas=schemas(SIZE, SIZE, SIZE))
    thing = {
        "id": "4f6e6cf6-ffdd-425f-a2c7-3c9258ad2468",
        "name": "user-provided-service",
        "description": "A user provided service",
        "bindable": True,
        "plan_updateable": True,
        "tags": ["a", "b"],
        "plans": [default, plan("premium", free=False)],
    }
    other = {
        "id": "5f6e6cf6-ffdd-425f-a2c7-3c9258ad2468",
        "name": "another-provided-service",
        "description": "Another one",
        "bindable": True,
        "plans": [plan("only")],
    }
    return {"services": [thing, other]}


def _answer(told: ToldBroker, seen: Seen) -> Answer:
    if seen.path == "/v2/catalog":
        return answer(200, catalog())
    if entries := told.answers.get(seen.method):
        entry = entries.pop(0)
        return entry if isinstance(entry, Answer) else entry(seen)
    if seen.path.endswith("/last_operation"):
        return answer(200, {"state": "succeeded"})
    if seen.method == "PUT" and "service_bindings" in seen.path:
        keys = {"special-key-1": "special-value-1", "special-key-2": "special-value-2"}
        return answer(201, {"credentials": keys})
    if seen.method == "PUT":
        return answer(201, {"dashboard_url": "https://dashboard.example/1"})
    return answer(200, {})


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A place of the test's own: the broker is registered, nothing is provisioned."""
    yield from _opened(tmp_path_factory)


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A place to look at: an instance, a binding, parameters, another namespace. Change nothing."""
    for shop in _opened(tmp_path_factory):
        shop.svcat.put_secret("from-here", {"params": '{"secret-size": 1}'})
        where = ["--class", "user-provided-service", "--plan", "default"]
        words = ["ups-instance", *where, "-p", "size=3", "-s", "from-here[params]"]
        shop.run("provision", *words)
        bound = ["ups-instance", "--name", "ups-binding", "-p", "size=4"]
        shop.run("bind", *bound, "-s", "from-here[params]")
        shop.run("register", "everybodys", "--url", shop.broker.url, "--scope", "cluster")
        there = ["-n", "other"]
        shop.run("register", "theirs", "--url", shop.broker.url, *there)  # makes the namespace
        more = ["--class", "another-provided-service", "--plan", "only", "--broker", "everybodys"]
        shop.run("provision", "elsewhere", *more, *there)
        yield shop


def _opened(factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with HostileBroker() as hostile:
        told = ToldBroker(hostile, [])
        hostile.always(partial(_answer, told))
        shop = Shop(Svcat(factory.mktemp("shop")), told)
        shop.run("register", "ups", "--url", told.url)
        yield shop
