"""Successors of bindings (OSB 2.17, Binding Rotation)."""

from svcat.conformance.binding_body import information_in
from svcat.conformance.bodies import rotate_body
from svcat.conformance.instance_life import new_id
from svcat.conformance.judging import expect, expect_object, expect_refused
from svcat.conformance.model import Failed, Skipped
from svcat.conformance.operation import End
from svcat.conformance.session import Answer
from svcat.conformance.stage import Stage


def successor(stage: Stage) -> Answer:
    """A bind request with predecessor_binding_id makes a new binding."""
    done = stage.bindings.rotation
    answer = expect(done.answer, 201, 202)
    if done.end is not End.DONE:
        raise Failed(done.reason, answer)
    return answer


def information(stage: Stage) -> Answer:
    """The successor tells what it is made of, as any binding."""
    life = stage.bindings
    _require_successor(stage)
    answer = expect(life.information(life.rotation, life.successor), 200, 201)
    if not information_in(expect_object(answer)):
        raise Failed("nothing in it that an application could use", answer)
    return answer


def both_valid(stage: Stage) -> Answer:
    """Predecessor and successor are there side by side."""
    life = stage.bindings
    _require_successor(stage)
    expect(life.fetch_binding(life.successor), 200)
    return expect(life.fetch_binding(life.require_binding()), 200)


def repeat(stage: Stage) -> Answer:
    """The same rotation again, when it is made: 200."""
    life = stage.bindings
    _require_successor(stage)
    body = rotate_body(stage.instance.current, life.require_binding()[1])
    return expect(life.bind(life.successor, body, incomplete=life.rotation.is_async), 200)


def unknown_predecessor(stage: Stage) -> Answer:
    """A predecessor that is no binding of this instance is refused."""
    life = stage.bindings
    _require_successor(stage)
    body = rotate_body(stage.instance.current, new_id())
    return expect_refused(life.bind((stage.instance.id, new_id()), body, incomplete=True))


def minimal(stage: Stage) -> Answer:
    """The predecessor's id is all that a rotation has to say."""
    life = stage.bindings
    _require_successor(stage)
    body = {"predecessor_binding_id": life.require_binding()[1]}
    return expect(life.bind((stage.instance.id, new_id()), body, incomplete=True), 201, 202)


def _require_successor(stage: Stage) -> None:
    if stage.bindings.rotation.end is not End.DONE:
        raise Skipped(f"there is no successor: {stage.bindings.rotation.reason}")
