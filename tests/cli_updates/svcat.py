"""The command as a real process on a local store of its own, and a broker that can say anything."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.brokers.hostile import Answer, Entry, HostileBroker, Seen, answer
from tests.fleet.fleet import ROOT, Done, shared

__all__ = [
    "DRAFT_7",
    "ROOT",
    "Answer",
    "Done",
    "Entry",
    "HostileBroker",
    "Seen",
    "Svcat",
    "ToldBroker",
    "answer",
    "plan",
    "schemas",
]

DRAFT_7 = "http://json-schema.org/draft-07/schema#"


@dataclass(slots=True)
class Svcat:
    """``svcat`` with its data in ``home`` and nothing from the user's environment."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, stdin: str = "", code: int | None = 0) -> Done:
        """Run one command; fail unless it ends with ``code`` (None: any)."""
        done = shared().run(
            *words, environment=self.full_environment(), directory=self.home, stdin=stdin
        )
        assert code is None or done.code == code, f"exit {done.code}\n{done.out}\n{done.err}"
        return done

    def full_environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "SVCAT_STORE": "local",
            "XDG_DATA_HOME": str(self.home / "data"),
            "SVCAT_DEBUG": "1",
            **self.environment,
        }

    def instance(self, name: str) -> Any:
        return self.run("get", "instance", name, "-o", "json").json

    def put_secret(self, name: str, data: Mapping[str, str]) -> None:
        """Make a Secret, or change it."""
        from svcat.errors import AlreadyExists
        from svcat.local.client import LocalObjects
        from svcat.objects import SECRET
        from svcat.store.secrets import encode_data

        contents = encode_data({key: value.encode() for key, value in data.items()})
        obj: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": "default"},
            "data": contents,
        }
        with LocalObjects(self.home / "data" / "svcat" / "local.db") as api:
            try:
                api.create(SECRET, obj)
            except AlreadyExists:
                api.replace(SECRET, api.get(SECRET, "default", name) | {"data": contents})

    def snapshot(self) -> list[tuple[str, ...]]:
        """All that the store holds, to see whether anything was written."""
        from svcat.local.client import LocalObjects
        from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, list_all

        with LocalObjects(self.home / "data" / "svcat" / "local.db") as api:
            return sorted(
                (resource.kind, m.get("namespace", ""), m["name"], m["resourceVersion"])
                for resource in (CONFIG_MAP, SECRET, NAMESPACE)
                for m in (obj["metadata"] for obj in list_all(api, resource, ""))
            )


def plan(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"{name}-id", "name": name, "description": f"plan {name}", **more}


def schemas(
    create: Any = None, update: Any = None, bind: Any = None
) -> dict[str, dict[str, dict[str, Any]]]:
    made: dict[str, dict[str, dict[str, Any]]] = {"service_instance": {}, "service_binding": {}}
    if create is not None:
        made["service_instance"]["create"] = {"parameters": create}
    if update is not None:
        made["service_instance"]["update"] = {"parameters": update}
    if bind is not None:
        made["service_binding"]["create"] = {"parameters": bind}
    return made


@dataclass(slots=True)
class ToldBroker:
    """A broker with the catalog and the answers that a test tells it."""

    broker: HostileBroker
    plans: list[dict[str, Any]]
    offering: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, list[Entry]] = field(default_factory=dict)  # by method

    def __post_init__(self) -> None:
        self.broker.always(self._answer)

    @property
    def url(self) -> str:
        return self.broker.url

    def tell(self, method: str, *entries: Entry) -> None:
        """What the next requests with ``method`` get, instead of plain success."""
        self.answers.setdefault(method, []).extend(entries)

    def sent(self, *methods: str) -> list[Seen]:
        """What arrived, catalog requests left out."""
        wanted = methods or ("PUT", "PATCH", "DELETE")
        return [seen for seen in self.broker.requests if seen.method in wanted]

    def _answer(self, seen: Seen) -> Answer:
        if seen.path == "/v2/catalog":
            service = {
                "id": "class-id",
                "name": "thing",
                "description": "a thing",
                "bindable": True,
                "plan_updateable": True,
                **self.offering,
                "plans": self.plans,
            }
            return answer(200, {"services": [service]})
        if told := self.answers.get(seen.method):
            entry = told.pop(0)
            return entry if isinstance(entry, Answer) else entry(seen)
        if seen.method == "PUT" and "service_bindings" in seen.path:
            return answer(201, {"credentials": {"user": "u", "password": "p"}})
        return answer(201 if seen.method == "PUT" else 200, {})
