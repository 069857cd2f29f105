"""What brokers say, in the shortest form; and what arrived, sorted by what it was."""

from typing import Any

from tests.brokers.hostile import Answer, Seen, answer
from tests.cli_updates.svcat import Done, Svcat, ToldBroker

RUNNING = answer(200, {"state": "in progress"})
SUCCEEDED = answer(200, {"state": "succeeded"})
FAILED = answer(200, {"state": "failed", "description": "no room left"})
GONE = answer(410, {})
OK = answer(200, {})
QUICK = ("--interval", "0.1s")  # as short as it goes


def accepted(operation: object = None, **more: Any) -> Answer:
    """202, to be polled."""
    return answer(202, more if operation is None else {"operation": operation, **more})


def register(svcat: Svcat, broker: ToldBroker, *words: str, code: int | None = 0) -> Done:
    return svcat.run("register", "b", "--url", broker.url, *words, code=code)


def provision(svcat: Svcat, *words: str, code: int | None = 0, plan: str = "small") -> Done:
    return svcat.run("provision", "db", "--class", "thing", "--plan", plan, *words, code=code)


def polls(broker: ToldBroker) -> list[Seen]:
    return [seen for seen in broker.sent("GET") if seen.path.endswith("/last_operation")]


def fetches(broker: ToldBroker) -> list[Seen]:
    """GETs of an instance or a binding."""
    others = ("/last_operation", "/v2/catalog")
    return [seen for seen in broker.sent("GET") if not seen.path.endswith(others)]


def binds(broker: ToldBroker) -> list[Seen]:
    return [seen for seen in broker.sent("PUT") if "/service_bindings/" in seen.path]


def provisions(broker: ToldBroker) -> list[Seen]:
    return [seen for seen in broker.sent("PUT") if "/service_bindings/" not in seen.path]


def last_segment(seen: Seen) -> str:
    """The id that a request is about."""
    return seen.path.removesuffix("/last_operation").rpartition("/")[2]
