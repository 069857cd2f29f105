"""Making bindings: their information, repeats, conflicts, fetching (OSB 2.17, Binding)."""

from collections.abc import Iterator

from svcat.conformance.binding_body import complaints_about, information_in
from svcat.conformance.binding_life import BindingLife
from svcat.conformance.bodies import EXTENSION, bind_body, without
from svcat.conformance.instance_life import new_id
from svcat.conformance.judging import (
    expect,
    expect_object,
    expect_refused,
    no_complaints,
    require_answer,
)
from svcat.conformance.model import Failed, Skipped
from svcat.conformance.operation import End
from svcat.conformance.platform import Key
from svcat.conformance.session import Answer
from svcat.conformance.stage import Stage
from svcat.conformance.variation import wrong
from svcat.osb.models import JsonObject


def not_json(stage: Stage) -> Answer:
    """A bind request that is no JSON: 400."""
    return expect(stage.platform.bind(_nobody(stage), b'{"service_id": '), 400)


def no_service_id(stage: Stage) -> Answer:
    """A bind request without service_id: 400."""
    return expect(_spoiled(stage, "service_id"), 400)


def no_plan_id(stage: Stage) -> Answer:
    """A bind request without plan_id: 400."""
    return expect(_spoiled(stage, "plan_id"), 400)


def unknown_instance(stage: Stage) -> Answer:
    """Binding an instance that does not exist is refused."""
    stage.bindings.require_bindable()
    body = bind_body(stage.instance.current, None)
    return expect_refused(stage.platform.bind((new_id(), new_id()), body, incomplete=True))


def wrong_parameters(stage: Stage) -> Answer:
    """Parameters that its own schema forbids are refused."""
    life = stage.instance
    schema = life.offer.schema("service_binding", "create")
    parameters = wrong(schema, life.wish.bind_parameters)
    if parameters is None:
        raise Skipped("the plan's schema forbids nothing that is certain")
    key = _nobody(stage)
    body = bind_body(life.current, parameters)
    return expect_refused(stage.platform.bind(key, body, incomplete=True))


def information(stage: Stage) -> Answer:
    """It tells what the binding is made of: credentials, a log drain, a route or volumes."""
    answer = _information(stage)
    if not information_in(expect_object(answer)):
        raise Failed("nothing in it that an application could use", answer)
    return answer


def body(stage: Stage) -> Answer:
    """What it tells is of the types of the spec, and declared in the catalog's requires."""
    answer = _information(stage)
    requires = stage.instance.current.requires
    return no_complaints(complaints_about(expect_object(answer), requires), answer)


def no_information_in_202(stage: Stage) -> Answer:
    """An accepted bind request tells no credentials yet."""
    done = stage.bindings.binding
    if not done.is_async:
        raise Skipped("it is not asynchronous")
    if information_in(done.answer.members):
        raise Failed("the 202 has information of the binding", done.answer)
    return done.answer


def fetch_while_running(stage: Stage) -> Answer:
    """Fetching it while it is made: 404."""
    return expect(_meanwhile(stage, "fetch", 404), 404)


def conflict_while_running(stage: Stage) -> Answer:
    """Another request for the same id while it is made: 409 (or 422 ConcurrencyError)."""
    return expect(_meanwhile(stage, "conflict", 409), 409, 422)


def repeat(stage: Stage) -> Answer:
    """The same request again, when it is made: 200."""
    life = stage.bindings
    return expect(_again(life, {}), 200)


def repeat_body(stage: Stage) -> Answer:
    """Then it tells the same credentials, or none any more."""
    answer = expect(_again(stage.bindings, {}), 200)
    return _same_credentials(stage, answer)


def extension_fields(stage: Stage) -> Answer:
    """Members that it does not know are ignored: the same request with one is the same request."""
    plain = _again(stage.bindings, {})
    if plain.status not in (200, 201):
        raise Skipped(f"the same request again is answered {plain.status}")
    return expect(_again(stage.bindings, EXTENSION), plain.status)


def conflict(stage: Stage) -> Answer:
    """Another request for the same id: 409."""
    life = stage.bindings
    key = life.require_binding()
    if life.other_request is None:
        raise Skipped("no other valid request is known: give --bind-params-json")
    return expect(life.bind(key, life.other_request, incomplete=True), 409)


def fetched(stage: Stage) -> Answer:
    """Fetching it, when it is made."""
    life = stage.bindings
    return expect(life.fetch_binding(life.require_binding()), 200)


def fetched_body(stage: Stage) -> Answer:
    """Fetched, it tells what the bind request was answered, or less."""
    answer = fetched(stage)
    requires = stage.instance.current.requires
    no_complaints(complaints_about(expect_object(answer), requires), answer)
    return _same_credentials(stage, answer)


def fetched_without_hints(stage: Stage) -> Answer:
    """Fetching it needs no service_id and plan_id: they are hints."""
    fetched(stage)
    return expect(stage.platform.fetch_binding(stage.bindings.key, {}), 200)


def long_id(stage: Stage) -> Answer:
    """An id that is no GUID but a long word of unreserved characters is an id like any other."""
    done = stage.bindings.odd_binding
    answer = expect(done.answer, 201, 202)
    if done.end is not End.DONE:
        raise Failed(done.reason, answer)
    return answer


def own_credentials(stage: Stage) -> Answer:
    """Two bindings have different credentials, so that one can be revoked."""
    life = stage.bindings
    if life.odd_binding.end is not End.DONE:
        raise Skipped("there is no second binding")
    first = life.information(life.binding, life.key)
    second = life.information(life.odd_binding, life.odd)
    credentials = expect_object(first).get("credentials")
    if credentials is None:
        raise Skipped("the binding has no credentials")
    if credentials == expect_object(second).get("credentials"):
        raise Failed("the credentials are the same", second)
    return second


def _spoiled(stage: Stage, name: str) -> Answer:
    key = _nobody(stage)
    body_without = without(bind_body(stage.instance.current, None), name)
    return stage.platform.bind(key, body_without, incomplete=True)


def _nobody(stage: Stage) -> Key:
    stage.bindings.require_bindable()
    return stage.instance.id, new_id()


def _information(stage: Stage) -> Answer:
    life = stage.bindings
    key = life.require_binding()
    return expect(life.information(life.binding, key), 200, 201)


def _again(life: BindingLife, more: JsonObject) -> Answer:
    key = life.require_binding()
    return life.bind(key, {**life.request, **more}, incomplete=life.binding.is_async)


def _meanwhile(stage: Stage, name: str, while_it_ran: int) -> Answer:
    done = stage.bindings.binding
    if not done.is_async:
        raise Skipped("it is not asynchronous")
    if name not in done.during:
        raise Skipped("it is not known how to ask that of this plan")
    answer = done.during[name]
    require_answer(answer)
    if answer.status != while_it_ran and not done.ran_on:
        raise Skipped("it ended before it could be asked")
    return answer


def _same_credentials(stage: Stage, answer: Answer) -> Answer:
    first = _information(stage).members.get("credentials")
    return no_complaints(_differences(first, answer.members.get("credentials")), answer)


def _differences(first: object, second: object) -> Iterator[str]:
    # Told only once: that is allowed (OSB 2.17, Binding).
    if first is not None and second is not None and first != second:
        yield "the credentials are others than those of the first answer"
