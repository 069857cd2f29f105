"""Freeing workloads of a binding that is to go: they are ejected first, or nothing is done.

A pod that names a Secret which is gone does not start, and one that runs on would be cut off from
its service: so a binding is not taken from under workloads unless they are freed of it (--eject),
and it is kept until their new pods run.
"""

from collections.abc import Iterable

from svcat.app.ejecting import ejected
from svcat.app.following import follow
from svcat.app.injection import find
from svcat.app.injection_record import forget, words_of
from svcat.app.ports import Patience, Ports
from svcat.errors import Conflict, Forbidden, Unreachable
from svcat.store.injections import Injection
from svcat.store.names import some_of
from svcat.store.records import BindingRecord

_SHOWN = 3


def free(binding: BindingRecord, ports: Ports, patience: Patience) -> None:
    """Eject ``binding`` from every workload and wait for their new pods.

    Raises what kept the first workload from it, and as ``following.follow`` does.
    """
    outcomes = [ejected(each, binding, ports) for each in binding.injections]
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
        ports.say(f"binding {binding.name}: ejected from {outcome.words}")
    if patience.wait:
        follow(outcomes, binding, ports, patience)


def require_free(bindings: Iterable[BindingRecord], ports: Ports, hint: str) -> None:
    """Forget the workloads that are gone. Raises Conflict if others still use the bindings."""
    for binding in bindings:
        left = []
        for injection in binding.injections:
            if _is_gone(injection, binding, ports):
                forget(injection, binding, ports)
            else:
                left.append(injection)
        if left:
            raise in_use(binding, left, hint)


def in_use(binding: BindingRecord, injections: Iterable[Injection], hint: str) -> Conflict:
    """Workloads are in the way of an unbind."""
    shown = some_of([words_of(each) for each in injections], _SHOWN)
    return Conflict(
        f"binding {binding.name!r} is injected into {shown}: "
        "without its Secret new pods do not start",
        hint=f"take it out of them first: {hint}",
    )


def _is_gone(injection: Injection, binding: BindingRecord, ports: Ports) -> bool:
    try:
        obj = find(injection, binding.namespace, ports)
    except (Forbidden, Unreachable):
        return False
    return obj is None or obj["metadata"]["uid"] != injection.uid
