"""Deleting an instance, with its bindings first if asked to."""

from svcat.app import bindings, instances
from svcat.app.lookup import bindings_of
from svcat.app.ports import Patience, Ports
from svcat.errors import StillRunning
from svcat.store.records import InstanceRecord


def deprovision(
    name: str, namespace: str, ports: Ports, patience: Patience, *, cascades: bool = False
) -> instances.Done:
    """Delete an instance; ``cascades`` unbinds each of its bindings before.

    Raises as ``bindings.unbind`` and ``instances.deprovision`` do.
    """
    if cascades:
        instance = ports.records.load(InstanceRecord, namespace, name)
        for binding in bindings_of(instance, ports):
            done = bindings.unbind(binding.name, namespace, ports, patience)
            if not done.is_gone:
                raise StillRunning(
                    f"binding {binding.name!r} is still being deleted",
                    hint=f"when it is gone: svcat deprovision {name} -n {namespace}",
                )
            ports.say(f"binding/{binding.name} deleted")
    return instances.deprovision(name, namespace, ports, patience)
