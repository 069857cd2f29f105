"""Deleting under the plan that the broker knows, where the record may have another.

A delete names the plan, and brokers refuse one that is not theirs (spec, Deprovisioning and
Unbinding: ``plan_id``). An update of unknown outcome may have moved the instance to its target's.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from svcat.app import events
from svcat.app.events import Event
from svcat.app.ports import Ports
from svcat.osb.models import Deleted, Reply
from svcat.store.records import BindingRecord, InstanceRecord


class PlanRef(NamedTuple):
    """A plan, as brokers and as people call it."""

    id: str
    name: str = ""


def delete_under(
    plans: Iterable[PlanRef], send: Callable[[str], Reply[Deleted]]
) -> tuple[Reply[Deleted], PlanRef]:
    """Send for one plan id after the other until it is not refused; return the answer, and to what.

    The first refusal if all are.
    """
    refusal: tuple[Reply[Deleted], PlanRef] | None = None
    for plan in plans:
        answer = send(plan.id), plan
        if events.of_delete(answer[0]) is not Event.REFUSED:
            return answer
        refusal = refusal or answer
    if refusal is None:
        raise AssertionError("a delete names a plan")
    return refusal


def plans_of(instance: InstanceRecord) -> Iterator[PlanRef]:
    """Give the plan on record, then the one an update may have moved the instance to."""
    yield PlanRef(instance.plan_id, instance.plan_name)
    target = instance.target
    if target is not None and target.plan_id not in {"", instance.plan_id}:
        yield PlanRef(target.plan_id, target.plan_name)


def plans_of_binding(binding: BindingRecord, ports: Ports) -> Iterator[PlanRef]:
    """Give the plan on record, then, looked up only now, those that its instance may have."""
    yield PlanRef(binding.plan_id, binding.plan_name)
    instance = ports.records.find(InstanceRecord, binding.namespace, binding.instance)
    if instance is not None and binding.is_of(instance):
        yield from (plan for plan in plans_of(instance) if plan.id != binding.plan_id)
