"""Changing an instance: plan, parameters, maintenance, context (OSB 2.17, Updating)."""

from typing import Any

from svcat.conformance.bodies import update_body, without
from svcat.conformance.checks_provision import OTHER_VERSION
from svcat.conformance.instance_life import InstanceLife, new_id
from svcat.conformance.judging import (
    expect,
    expect_code,
    expect_object,
    expect_refused,
    require_answer,
)
from svcat.conformance.model import Failed, Skipped
from svcat.conformance.operation import Conduct, End
from svcat.conformance.session import Answer
from svcat.conformance.stage import Stage
from svcat.osb.models import JsonObject


def no_service_id(stage: Stage) -> Answer:
    """Without service_id: 400."""
    life = stage.instance
    body = without(update_body(life.current), "service_id")
    return expect(_sent(life, body), 400)


def not_json(stage: Stage) -> Answer:
    """An update that is no JSON: 400."""
    life = stage.instance
    life.require_updatable()
    return expect(stage.platform.update(life.id, b'{"service_id": ', incomplete=True), 400)


def unknown_plan(stage: Stage) -> Answer:
    """A plan that the offering does not have is refused."""
    life = stage.instance
    return expect_refused(_sent(life, update_body(life.current, plan_id=new_id())))


def maintenance_conflict(stage: Stage) -> Answer:
    """Another maintenance version than the catalog's: 422 MaintenanceInfoConflict."""
    life = stage.instance
    _require_maintenance(life)
    body = update_body(life.current, maintenance_info={"version": OTHER_VERSION})
    return expect_code(_sent(life, body), "MaintenanceInfoConflict")


def maintenance(stage: Stage) -> Answer:
    """The catalog's own maintenance version is accepted."""
    life = stage.instance
    _require_maintenance(life)
    info = {"version": life.current.maintenance_version}
    return _carried_out(life.update(update_body(life.current, maintenance_info=info)))


def context(stage: Stage) -> Answer:
    """A change of context alone is accepted."""
    return _carried_out(stage.instance.context_update)


def parameters(stage: Stage) -> Answer:
    """New parameters are accepted."""
    return _carried_out(stage.instance.parameter_update)


def parameters_seen(stage: Stage) -> Answer:
    """Fetched afterwards, the instance has them, if it shows them."""
    life = stage.instance
    if life.parameter_update.end is not End.DONE:
        raise Skipped("the parameters were not changed")
    answer = expect(life.fetched(), 200)
    shown = _parameters(answer)
    for name, value in life.wish.update_parameters.items():
        if name in shown and shown[name] != value:
            raise Failed("a parameter has not its new value", answer)
    return answer


def keeps_plan(stage: Stage) -> Answer:
    """Without plan_id in it, an update leaves the plan as it is."""
    life = stage.instance
    _member(life, "plan_id")
    if life.context_update.end is not End.DONE:
        raise Skipped("the context was not changed")
    answer = expect(life.fetched(), 200)
    if answer.members.get("plan_id") != life.current.plan_id:
        raise Failed("plan_id is another than before", answer)
    return answer


def keeps_parameters(stage: Stage) -> Answer:
    """Without parameters in it, an update leaves the parameters as they are."""
    life = stage.instance
    life.require_updatable()
    before = _member(life, "parameters")
    _carried_out(life.update(update_body(life.current, plan_id=life.current.plan_id)))
    answer = expect(life.fetched(), 200)
    if answer.members.get("parameters") != before:
        raise Failed("the parameters changed", answer)
    return answer


def refusal_changes_nothing(stage: Stage) -> Answer:
    """A refused update changes nothing."""
    life = stage.instance
    life.require_updatable()
    before = expect_object(expect(life.fetched(), 200))
    refused = update_body(life.current, plan_id=new_id(), parameters=life.wish.update_parameters)
    expect_refused(_sent(life, refused))
    answer = expect(life.fetched(), 200)
    for name in ("plan_id", "parameters"):
        if answer.members.get(name) != before.get(name):
            raise Failed(f"{name} changed", answer)
    return answer


def plan(stage: Stage) -> Answer:
    """A change to another plan is carried out, or refused with 422 as not supported."""
    done = stage.instance.plan_change
    if done.end is End.REFUSED and done.answer.status == 422:
        raise Skipped("this change of plan is not supported: status 422")
    return _carried_out(done)


def plan_seen(stage: Stage) -> Answer:
    """Fetched afterwards, the instance has its new plan, if it shows one."""
    life = stage.instance
    if life.plan_change.end is not End.DONE:
        raise Skipped("the plan was not changed")
    answer = expect(life.fetched(), 200)
    if answer.members.get("plan_id") not in (None, life.current.plan_id):
        raise Failed("plan_id is not that of the new plan", answer)
    return answer


def fetch_while_running(stage: Stage) -> Answer:
    """Fetching it while it is updated works, or is refused with 422 ConcurrencyError."""
    answer = _meanwhile(stage.instance.main_update, "fetch")
    return answer if answer.status == 200 else expect_code(answer, "ConcurrencyError")


def rival_while_running(stage: Stage) -> Answer:
    """Another update while one runs works, or is refused with 422 ConcurrencyError."""
    answer = _meanwhile(stage.instance.main_update, "rival")
    return answer if answer.status in (200, 202) else expect_code(answer, "ConcurrencyError")


def _sent(life: InstanceLife, body: JsonObject) -> Answer:
    life.require_updatable()
    return life.platform.update(life.id, body, incomplete=True)


def _carried_out(done: Conduct) -> Answer:
    answer = expect(done.answer, 200, 202)
    if done.end is not End.DONE:
        raise Failed(done.reason, done.polls[-1] if done.polls else answer)
    return answer


def _meanwhile(done: Conduct, name: str) -> Answer:
    if not done.is_async:
        raise Skipped("it is not asynchronous")
    if name not in done.during:
        raise Skipped("the catalog does not declare that this can be asked")
    answer = done.during[name]
    require_answer(answer)
    if not done.ran_on and answer.status != 422:
        raise Skipped("it ended before it could be asked")
    return answer


def _member(life: InstanceLife, name: str) -> Any:
    answer = expect(life.fetched(), 200)
    if name not in answer.members:
        raise Skipped(f"a fetched instance does not tell its {name}")
    return answer.members[name]


def _parameters(answer: Answer) -> JsonObject:
    found = answer.members.get("parameters")
    return found if isinstance(found, dict) else {}


def _require_maintenance(life: InstanceLife) -> None:
    if not life.current.maintenance_version:
        raise Skipped("the plan has no maintenance_info")
