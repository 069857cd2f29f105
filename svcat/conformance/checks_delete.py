"""Deleting, and what is left afterwards (OSB 2.17, Unbinding, Deprovisioning)."""

from svcat.conformance.instance_life import new_id
from svcat.conformance.judging import expect, expect_code, require_answer
from svcat.conformance.model import Failed, Skipped
from svcat.conformance.operation import End
from svcat.conformance.session import Answer
from svcat.conformance.stage import Stage


def unbind_without_ids(stage: Stage) -> Answer:
    """Deleting a binding without service_id and plan_id: 400."""
    key = stage.bindings.require_binding()
    return expect(stage.platform.unbind(key, {}, incomplete=True), 400)


def deprovision_without_ids(stage: Stage) -> Answer:
    """Deleting an instance without service_id and plan_id: 400."""
    instance_id = stage.instance.require_instance()
    return expect(stage.platform.deprovision(instance_id, {}, incomplete=True), 400)


def unbound_again(stage: Stage) -> Answer:
    """Deleting a binding again, when it is gone: 410."""
    _require_unbound(stage)
    ids = stage.instance.current.ids
    return expect(stage.platform.unbind(stage.bindings.key, ids, incomplete=True), 410)


def unbound_fetched(stage: Stage) -> Answer:
    """Fetching a binding that is gone: 404."""
    _require_unbound(stage)
    return expect(stage.bindings.fetch_binding(stage.bindings.key), 404)


def deprovisioned_again(stage: Stage) -> Answer:
    """Deleting an instance again, when it is gone: 410."""
    life = stage.instance
    _require_deprovisioned(stage)
    return expect(stage.platform.deprovision(life.id, life.current.ids, incomplete=True), 410)


def deprovisioned_fetched(stage: Stage) -> Answer:
    """Fetching an instance that is gone: 404."""
    life = stage.instance
    if not life.offer.instances_retrievable:
        raise Skipped("the offering does not declare instances_retrievable")
    _require_deprovisioned(stage)
    return expect(life.fetch(), 404)


def deprovisioned_bound(stage: Stage) -> Answer:
    """Its bindings are gone with it: deleting one is answered 410."""
    _require_deprovisioned(stage)
    if not stage.instance.offer.bindable:
        raise Skipped("the plan is not bindable")
    key = (stage.instance.id, new_id())
    return expect(stage.platform.unbind(key, stage.instance.current.ids, incomplete=True), 410)


def while_provisioning(stage: Stage) -> Answer:
    """Deleting an instance while it is made ends in its absence, or 422 ConcurrencyError."""
    life = stage.instance
    done = life.cancelling
    require_answer(done.answer)
    if done.answer.status == 422:
        return expect_code(done.answer, "ConcurrencyError")
    expect(done.answer, 200, 202)
    if done.end is not End.DONE:
        raise Failed(done.reason, done.polls[-1] if done.polls else done.answer)
    gone = stage.platform.deprovision(life.cancelled_id, life.offer.ids, incomplete=True)
    if gone.status != 410:
        raise Failed(f"afterwards it is still there: status {gone.status} instead of 410", gone)
    return gone


def _require_unbound(stage: Stage) -> None:
    if stage.bindings.unbinding.end is not End.DONE:
        raise Skipped(f"the binding is still there: {stage.bindings.unbinding.reason}")


def _require_deprovisioned(stage: Stage) -> None:
    if stage.instance.deprovisioning.end is not End.DONE:
        raise Skipped(f"the instance is still there: {stage.instance.deprovisioning.reason}")
