"""Short results of commands that leave nothing to describe. Pure."""

from pathlib import Path

from svcat.osb.models import Catalog
from svcat.output.view import API_VERSION, JsonObject, Text, View
from svcat.output.words import counted
from svcat.store.records import BrokerRecord


def removed(kind: str, name: str, namespace: str, text: str) -> View:
    """Return the View of something that is gone."""
    return message(kind, name, namespace, text, "deleted")


def message(kind: str, name: str, namespace: str, text: str, phase: str) -> View:
    """Return the View of one line about one thing."""
    obj: JsonObject = {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "status": {"phase": phase},
    }
    return View(obj, (Text(text),), (f"{kind.lower()}/{name}",))


def results(kind: str, views: list[View]) -> View:
    """Return several short results as one list, however many there are."""
    obj = {"apiVersion": API_VERSION, "kind": f"{kind}List", "items": [v.obj for v in views]}
    blocks = tuple(block for view in views for block in view.blocks)
    return View(obj, blocks, tuple(name for view in views for name in view.names))


def script(shell: str, text: str) -> View:
    """Return the View of a completion script."""
    obj: JsonObject = {
        "apiVersion": API_VERSION,
        "kind": "CompletionScript",
        "metadata": {"name": shell},
        "spec": {"script": text},
    }
    return View(obj, (Text(text),), (f"completionscript/{shell}",))


def installed(folder: Path, files: list[Path]) -> View:
    """Return the View of ``install plugin``."""
    lines = [f"Plugin has been installed to {folder}. Try it: kubectl svcat version"]
    obj: JsonObject = {
        "apiVersion": API_VERSION,
        "kind": "Plugin",
        "metadata": {"name": "svcat"},
        "status": {"files": [str(file) for file in files]},
    }
    return View(obj, (Text("\n".join(lines)),), tuple(str(file) for file in files))


def not_synced(broker: BrokerRecord, problem: str) -> View:
    """Return what ``sync`` says to machines of a catalog that stays as it was."""
    view = message("Broker", broker.name, broker.namespace, "", "failed")
    return View({**view.obj, "status": {"phase": "failed", "lastError": problem}}, ())


def synced(
    broker: BrokerRecord, catalog: Catalog, added: tuple[str, ...], gone: tuple[str, ...]
) -> View:
    """Return the View of ``sync``."""
    plans = sum(len(service.plans) for service in catalog.services)
    words = f"{counted(len(catalog.services), 'class')}, {counted(plans, 'plan')}"
    lines = [f"Synchronized broker {broker.name}: {words}"]
    lines += [f"  new: {name}" for name in added]
    lines += [f"  removed: {name}" for name in gone]
    view = message("Broker", broker.name, broker.namespace, "\n".join(lines), "synced")
    status = {"phase": "synced", "added": list(added), "removed": list(gone)}
    return View({**view.obj, "status": status}, view.blocks, view.names)
