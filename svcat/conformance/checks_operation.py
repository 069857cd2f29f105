"""What provision, update, bind, unbind and deprovision have in common: one check, five subjects.

OSB 2.17, Synchronous and Asynchronous Operations, Polling Last Operation. The checks look at what
happened when the operation was carried out (``operation.Conduct``).
"""

from collections.abc import Callable, Iterator
from typing import Any

from svcat.conformance.judging import (
    expect,
    expect_code,
    expect_object,
    no_complaints,
    require_answer,
)
from svcat.conformance.model import Failed, Skipped
from svcat.conformance.operation import Conduct, End, Kind, state_of
from svcat.conformance.session import Answer
from svcat.conformance.stage import Stage
from svcat.osb.models import OperationState

LONGEST_OPERATION = 10_000
_UPDATE_FLAGS = ("instance_usable", "update_repeatable")
_SUBJECTS: dict[Kind, Callable[[Stage], Conduct]] = {
    Kind.PROVISION: lambda stage: stage.instance.provisioning,
    Kind.UPDATE: lambda stage: stage.instance.main_update,
    Kind.BIND: lambda stage: stage.bindings.binding,
    Kind.UNBIND: lambda stage: stage.bindings.unbinding,
    Kind.DEPROVISION: lambda stage: stage.instance.deprovisioning,
}


def async_required(kind: Kind, stage: Stage) -> Answer:
    """Without accepts_incomplete=true it is done at once, or refused: 422 AsyncRequired."""
    done = _SUBJECTS[kind](stage)
    plain = done.plain
    require_answer(plain)
    if plain.status == 202:
        raise Failed("status 202, which was not asked for", plain)
    if plain.status in (200, 201):
        return plain
    if not done.is_async:
        raise Skipped(f"it is refused either way: status {plain.status}")
    return expect_code(plain, "AsyncRequired")


def accepted(kind: Kind, stage: Stage) -> Answer:
    """It is carried out (201 for what is new, else 200) or accepted: 202."""
    return expect(_SUBJECTS[kind](stage).answer, kind.done_status, 202)


def answer_body(kind: Kind, stage: Stage) -> Answer:
    """The answer is a JSON object whose members are of their types."""
    answer = _SUBJECTS[kind](stage).answer
    if answer.status not in (200, 201, 202):
        raise Skipped(f"it was not accepted: status {answer.status}")
    expect_object(answer)
    return no_complaints(_mistyped(answer), answer)


def repeat_while_running(kind: Kind, stage: Stage) -> Answer:
    """Sent again while it runs it is answered the same: 202 and the same operation."""
    done = _running(_SUBJECTS[kind](stage))
    again = done.during["repeat"]
    require_answer(again)
    if again.status != 202 and not done.ran_on:
        raise Skipped("it ended before it could be sent again")
    expect(again, 202)
    if again.members.get("operation") != done.answer.members.get("operation"):
        raise Failed("another operation than that of the first answer", again)
    return again


def polls(kind: Kind, stage: Stage) -> Answer:
    """Every poll tells a state: 200 and in progress, succeeded or failed; 410 only of a delete."""
    done = _running(_SUBJECTS[kind](stage))
    for poll in done.polls:
        if kind.deletes and poll.status in (404, 410):
            continue
        expect(poll, 200)
        if state_of(poll) is None:
            raise Failed("the state is none of: in progress, succeeded, failed", poll)
    return done.polls[-1]


def poll_members(kind: Kind, stage: Stage) -> Answer:
    """What else polls tell is of its type, and only where it has a meaning."""
    done = _running(_SUBJECTS[kind](stage))
    for poll in done.polls:
        if poll.status == 200:
            no_complaints(_misplaced(kind, poll), poll)
    return done.polls[-1]


def ends(kind: Kind, stage: Stage) -> Answer:
    """It ends, in time and well."""
    done = _SUBJECTS[kind](stage)
    last = done.polls[-1] if done.polls else done.answer
    if done.end is End.REFUSED:
        raise Skipped(f"it was not accepted: status {done.answer.status}")
    if done.end is not End.DONE:
        raise Failed(done.reason, last)
    return last


def poll_after_end(kind: Kind, stage: Stage) -> Answer:
    """Polled again after the end it tells the same end."""
    done = _running(_SUBJECTS[kind](stage))
    if done.after is None:
        raise Skipped("it did not end")
    wanted = OperationState.FAILED if done.end is End.FAILED else OperationState.SUCCEEDED
    expect(done.after, 200)
    if state_of(done.after) is not wanted:
        raise Failed(f"not {wanted} any more", done.after)
    return done.after


def _running(done: Conduct) -> Conduct:
    if not done.is_async:
        raise Skipped("it is not asynchronous")
    return done


def _mistyped(answer: Answer) -> Iterator[str]:
    operation = answer.members.get("operation")
    if operation is not None and not isinstance(operation, str):
        yield "operation is no string"
    if isinstance(operation, str) and len(operation) > LONGEST_OPERATION:
        yield f"operation has {len(operation)} characters"
    if operation == "" and answer.status == 202:
        yield "operation is empty: it cannot be sent back"
    for name, kind, words in (
        ("dashboard_url", str, "no string"),
        ("metadata", dict, "no object"),
    ):
        value = answer.members.get(name)
        if value is not None and not isinstance(value, kind):
            yield f"{name} is {words}"
    metadata = answer.members.get("metadata")
    for name in ("labels", "attributes"):
        if isinstance(metadata, dict) and not isinstance(metadata.get(name, {}), dict):
            yield f"metadata.{name} is no object"


def _misplaced(kind: Kind, poll: Answer) -> Iterator[str]:
    members = poll.members
    description: Any = members.get("description", "-")
    if not isinstance(description, str):
        yield "description is no string"
    elif not description and not kind.on_binding:
        yield "description is empty"
    for name in _UPDATE_FLAGS:
        if name not in members:
            continue
        if not isinstance(members[name], bool):
            yield f"{name} is no boolean"
        is_at_home = kind is Kind.UPDATE or (kind is Kind.DEPROVISION and name == _UPDATE_FLAGS[0])
        if not is_at_home:
            yield f"{name} is not for this operation"
