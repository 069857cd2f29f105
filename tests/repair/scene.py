"""A bound instance on a local store, and hands that meddle with its Secret and its record."""

from typing import Any

from svcat.errors import NotFound
from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP, SECRET, JsonObject, list_all
from svcat.store.secrets import decode_data
from tests.brokers.hostile import answer
from tests.cli_updates.svcat import Svcat, ToldBroker

CREDENTIALS: dict[str, Any] = {"user": "u", "port": 5432, "host": {"name": "h"}}
HERE = "default"
KEPT = ("name", "namespace", "labels", "annotations")  # of an object that is backed up


def bind(svcat: Svcat, broker: ToldBroker, *words: str, can_fetch: bool = False) -> None:
    """Register the broker, make instance ``db`` and bind it."""
    broker.offering["bindings_retrievable"] = can_fetch
    svcat.run("register", "b", "--url", broker.url)
    svcat.run("provision", "db", "--class", "thing", "--plan", "small")
    broker.tell("PUT", answer(201, {"credentials": CREDENTIALS}))
    svcat.run("bind", "db", *words)


def gives_again(broker: ToldBroker, times: int = 1) -> None:
    broker.tell("GET", *[answer(200, {"credentials": CREDENTIALS})] * times)


def contents(svcat: Svcat, name: str = "db") -> dict[str, str] | None:
    """What the Secret holds; None if it is not there."""
    with _objects(svcat) as api:
        try:
            found = decode_data(api.get(SECRET, HERE, name))
        except NotFound:
            return None
    return {key: value.decode() for key, value in found.items()}


def delete_secret(svcat: Svcat, name: str = "db") -> None:
    with _objects(svcat) as api:
        api.delete(SECRET, HERE, name)


def delete_record(svcat: Svcat, name: str = "db") -> None:
    with _objects(svcat) as api:
        api.delete(CONFIG_MAP, HERE, f"svcat.binding.{name}")


def delete_both(svcat: Svcat, name: str = "db") -> None:
    delete_record(svcat, name)
    delete_secret(svcat, name)


def restore_all(svcat: Svcat) -> None:
    """Make everything anew as from a backup: the same objects, with other uids."""
    with _objects(svcat) as api:
        for resource in (CONFIG_MAP, SECRET):
            for obj in list(list_all(api, resource, "")):
                metadata = obj["metadata"]
                kept = {key: metadata[key] for key in KEPT if key in metadata}
                api.delete(resource, metadata["namespace"], metadata["name"])
                api.create(resource, {**obj, "metadata": kept})


def meddle(svcat: Svcat, name: str = "db") -> None:
    """Change the Secret so that nobody can tell what the broker gave."""
    edit_secret(svcat, name, user="mallory")


def meddle_and_delete(svcat: Svcat, name: str = "db") -> None:
    meddle(svcat, name)
    delete_record(svcat, name)


def edit_secret(svcat: Svcat, name: str = "db", **data: str) -> None:
    svcat.put_secret(name, {**(contents(svcat, name) or {}), **data})


def secret(svcat: Svcat, name: str = "db") -> JsonObject:
    with _objects(svcat) as api:
        return api.get(SECRET, HERE, name)


def binding(svcat: Svcat, name: str = "db") -> Any:
    return svcat.run("get", "binding", name, "-o", "json").json


def bound_at(broker: ToldBroker) -> list[str]:
    """The ids of the bindings that the broker has."""
    ids: dict[str, None] = {}
    for seen in broker.sent("PUT", "DELETE"):
        _, is_binding, binding_id = seen.path.partition("/service_bindings/")
        if is_binding and seen.method == "PUT":
            ids[binding_id] = None
        elif is_binding:
            ids.pop(binding_id, None)
    return list(ids)


def _objects(svcat: Svcat) -> LocalObjects:
    return LocalObjects(svcat.home / "data" / "svcat" / "local.db")
