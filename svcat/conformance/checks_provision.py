"""Making an instance: repeats, conflicts, what is asked meanwhile (OSB 2.17, Provisioning)."""

from collections.abc import Iterator

from svcat.conformance.bodies import EXTENSION, originating_identity, provision_body, without
from svcat.conformance.instance_life import InstanceLife, new_id
from svcat.conformance.judging import (
    expect,
    expect_code,
    expect_object,
    expect_refused,
    no_complaints,
    require_answer,
)
from svcat.conformance.model import Skipped
from svcat.conformance.offer import Offer
from svcat.conformance.session import Answer
from svcat.conformance.stage import Stage
from svcat.conformance.variation import wrong
from svcat.osb.headers import ORIGINATING_IDENTITY_HEADER
from svcat.osb.models import JsonObject

OTHER_VERSION = "9999.9.9-svcat-check"


def repeat(stage: Stage) -> Answer:
    """The same request again, when it is made: 200."""
    return expect(stage.instance.repeated, 200)


def conflict(stage: Stage) -> Answer:
    """Another request for the same id: 409."""
    life = stage.instance
    life.require_instance()
    return expect(life.provision(_other(life), incomplete=True), 409)


def conflict_while_running(stage: Stage) -> Answer:
    """Another request for the same id while it is made: 409 (or 422 ConcurrencyError)."""
    answer = _meanwhile(stage, "conflict", while_it_ran=(409,))
    if answer.status == 422:
        return expect_code(answer, "ConcurrencyError")
    return expect(answer, 409)


def fetch_while_running(stage: Stage) -> Answer:
    """Fetching it while it is made: 404."""
    return expect(_meanwhile(stage, "fetch", while_it_ran=(404,)), 404)


def bind_while_running(stage: Stage) -> Answer:
    """Binding it while it is made works, or is refused with 422 ConcurrencyError."""
    answer = _meanwhile(stage, "bind", while_it_ran=(422,))
    if answer.status in (201, 202):
        return answer
    return expect_code(answer, "ConcurrencyError")


def bare_poll(stage: Stage) -> Answer:
    """Polls need no service_id and plan_id: they are hints."""
    life = stage.instance
    life.require_instance()
    done = life.provisioning
    if not done.is_async:
        raise Skipped("it is not asynchronous")
    operation = {"operation": done.answer.operation} if done.answer.operation else {}
    return expect(stage.platform.poll_instance(life.id, operation), 200)


def extension_fields(stage: Stage) -> Answer:
    """Members that it does not know are ignored: the same request with one is the same request."""
    life = stage.instance
    _require_repeatable(life)
    body = {**life.body, **EXTENSION, "context": {**life.body["context"], **EXTENSION}}
    answer = life.provision(body, incomplete=life.provisioning.is_async)
    return expect(answer, life.repeated.status or 200)


def on_behalf(stage: Stage) -> Answer:
    """The same request with an originating identity is the same request."""
    life = stage.instance
    _require_repeatable(life)
    answer = stage.platform.provision(
        life.id,
        life.body,
        incomplete=life.provisioning.is_async,
        headers={ORIGINATING_IDENTITY_HEADER: originating_identity()},
    )
    return expect(answer, life.repeated.status or 200)


def unknown_plan(stage: Stage) -> Answer:
    """A plan that the offering does not have is refused."""
    offer = Offer(service_id=stage.instance.offer.service_id, plan_id=new_id())
    body = provision_body(offer, None)
    return expect_refused(stage.platform.provision(new_id(), body, incomplete=True))


def no_organization(stage: Stage) -> Answer:
    """Without organization_guid and space_guid, which are required: 400."""
    body = without(stage.instance.body, "organization_guid", "space_guid")
    return expect(stage.platform.provision(new_id(), body, incomplete=True), 400)


def wrong_parameters(stage: Stage) -> Answer:
    """Parameters that its own schema forbids are refused."""
    life = stage.instance
    parameters = wrong(life.offer.schema("service_instance", "create"), life.wish.parameters)
    if parameters is None:
        raise Skipped("the plan's schema forbids nothing that is certain")
    body = provision_body(life.offer, parameters)
    return expect_refused(stage.platform.provision(new_id(), body, incomplete=True))


def maintenance_conflict(stage: Stage) -> Answer:
    """Another maintenance version than the catalog's: 422 MaintenanceInfoConflict."""
    body = _outdated(stage.instance)
    answer = stage.platform.provision(new_id(), body, incomplete=True)
    return expect_code(answer, "MaintenanceInfoConflict")


def refusal_changes_nothing(stage: Stage) -> Answer:
    """After a refusal (4xx) there is nothing to delete: 410."""
    life = stage.instance
    nobody = new_id()
    expect_refused(stage.platform.provision(nobody, _refusable(life), incomplete=True))
    return expect(stage.platform.deprovision(nobody, life.offer.ids, incomplete=True), 410)


def fetched(stage: Stage) -> Answer:
    """Fetching it, when it is made, tells its service_id and plan_id if anything."""
    life = stage.instance
    answer = expect(life.fetched(), 200)
    return no_complaints(_untrue(expect_object(answer), life), answer)


def fetched_without_hints(stage: Stage) -> Answer:
    """Fetching it needs no service_id and plan_id: they are hints."""
    life = stage.instance
    expect(life.fetched(), 200)
    return expect(stage.platform.fetch_instance(life.id, {}), 200)


def _other(life: InstanceLife) -> JsonObject:
    if life.other_body is None:
        raise Skipped("no other valid request is known: give --params-json or --to-plan")
    return life.other_body


def _outdated(life: InstanceLife) -> JsonObject:
    if not life.offer.maintenance_version:
        raise Skipped("the plan has no maintenance_info")
    return {**life.body, "maintenance_info": {"version": OTHER_VERSION}}


def _refusable(life: InstanceLife) -> JsonObject:
    """Return a request that is refused as late as possible."""
    if life.offer.maintenance_version:
        return _outdated(life)
    parameters = wrong(life.offer.schema("service_instance", "create"), life.wish.parameters)
    if parameters is not None:
        return provision_body(life.offer, parameters)
    return provision_body(Offer(service_id=life.offer.service_id, plan_id=new_id()), None)


def _meanwhile(stage: Stage, name: str, *, while_it_ran: tuple[int, ...]) -> Answer:
    """Return what was answered while it was made. Raises Skipped if that cannot be told."""
    life = stage.instance
    done = life.provisioning
    if not done.is_async:
        raise Skipped("it is not asynchronous")
    if name not in done.during:
        if name == "conflict":
            _other(life)
        raise Skipped("the catalog does not declare that this can be asked")
    answer = done.during[name]
    require_answer(answer)
    if answer.status not in while_it_ran and not done.ran_on:
        raise Skipped("it ended before it could be asked")
    return answer


def _require_repeatable(life: InstanceLife) -> None:
    if life.repeated.status not in (200, 201):
        raise Skipped(f"the same request again is answered {life.repeated.status}")


def _untrue(members: JsonObject, life: InstanceLife) -> Iterator[str]:
    for name, value in life.current.ids.items():
        if members.get(name) not in (None, value):
            yield f"{name} is another than was asked for"
    first = life.provisioning.answer.members.get("dashboard_url")
    if members.get("dashboard_url") is not None and first is None:
        yield "dashboard_url was not in the answer to the provision request"
    for name in ("parameters", "metadata", "maintenance_info"):
        if not isinstance(members.get(name, {}), dict):
            yield f"{name} is no object"
