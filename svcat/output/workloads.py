"""How injections look. Pure."""

from collections.abc import Iterable, Mapping

from svcat.output.view import API_VERSION, Column, JsonObject, Table, View, list_of
from svcat.store.injections import Injection

_OUTCOMES = (
    Column("WORKLOAD"),
    Column("STATUS"),
    Column("GETS"),
    Column("MESSAGE"),
    Column("CONTAINERS", wide=True),
)
_INJECTIONS = (Column("WORKLOAD"), Column("STATUS"), Column("GETS"), Column("CONTAINERS"))


def outcome_object(
    injection: Injection, words: str, binding: str, namespace: str, *, state: str, message: str
) -> JsonObject:
    """Return what became of one workload as the JSON contract has it."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Injection",
        "metadata": {"name": words, "namespace": namespace},
        "spec": {"binding": binding, **injection_object(injection)},
        "status": {"state": state, "message": message},
    }


def outcome_list(objects: Iterable[JsonObject], injections: Mapping[str, Injection]) -> View:
    """Return the View of ``inject`` and ``eject``; ``injections`` by the objects' names."""
    shown = list(objects)
    rows = tuple(
        (
            str(obj["metadata"]["name"]),
            str(obj["status"]["state"]),
            gets(injections[obj["metadata"]["name"]]),
            str(obj["status"]["message"]),
            _containers(injections[obj["metadata"]["name"]]),
        )
        for obj in shown
    )
    return list_of("Injection", shown, Table(_OUTCOMES, rows, empty="Nothing to do."))


def injection_object(injection: Injection) -> JsonObject:
    """Return an injection on record as the JSON contract has it."""
    obj: JsonObject = {
        "workload": {
            "apiVersion": injection.api_version,
            "kind": injection.kind,
            "name": injection.name,
            "uid": injection.uid,
        },
        "containers": list(injection.containers),
        "env": [{"key": key, "name": variable} for key, variable in injection.env],
        "envAll": injection.env_all,
        "prefix": injection.prefix,
        "files": injection.files,
    }
    return {key: value for key, value in obj.items() if value not in ([], False, "")}


def injection_table(injections: Iterable[Injection], words: Mapping[str, str]) -> Table:
    """Return where a binding is injected; ``words`` say what is wrong, by KIND/NAME."""
    rows = tuple(
        (
            f"{each.kind.lower()}/{each.name}",
            words.get(f"{each.kind.lower()}/{each.name}") or each.state.value,
            gets(each),
            _containers(each),
        )
        for each in injections
    )
    return Table(_INJECTIONS, rows, empty="Not injected into any workload")


def gets(injection: Injection) -> str:
    """Return in words what the workload gets."""
    parts = [f"{variable} ({key})" for key, variable in injection.env]
    if injection.env_all:
        parts.append(f"all variables, {injection.prefix}*" if injection.prefix else "all variables")
    if injection.files:
        parts.append("files")
    return ", ".join(parts)


def _containers(injection: Injection) -> str:
    return ", ".join(injection.containers) or "all"
