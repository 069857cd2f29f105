"""The JSON Schema validator: jsonschema-rs, kept from the network and on a leash.

Schemas are broker text. Nothing they refer to is fetched; patterns have a backtracking limit; and
because branches that refer to themselves can take for ever, and the library cannot be interrupted,
the work is done in a child process that is killed when its time is over. A schema that cannot be
used is no reason to refuse parameters: the broker validates too.
"""

import os
import resource
import select
import signal
from itertools import islice
from typing import Any

import msgspec

from svcat.app.ports import Misfit, Verdict
from svcat.osb import plan_schema
from svcat.osb.models import JsonObject

TIME_LIMIT_S = 1.0
BACKTRACK_LIMIT = 100_000
MAX_MISFITS = 20
_NO_VERSION = "it does not say which JSON Schema it is ($schema); taken for draft-04"
_PATTERN_TOO_SLOW = "a pattern in it takes too long; the value was not held against it"
_UNREADABLE = "the validator gave no answer"
# Of these keywords the library's ``kind`` calls the limit something else than "limit".
_LIMIT_NAMES = ("limit", "options", "expected_value", "types", "multiple_of", "pattern", "format")


class JsonSchemas:
    """Holds values against schemas (``app.ports.Schemas``)."""

    def __init__(self, *, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._time_limit_s = time_limit_s

    def check(self, schema: bytes, value: JsonObject) -> Verdict:
        """Return what in ``value`` does not fit; raises nothing."""
        read = plan_schema.read(schema)
        if read.problem:
            return Verdict(skipped=read.problem)
        import jsonschema_rs  # noqa: F401 - before the fork: the child must not spend its time on it

        answer = _within(self._time_limit_s, lambda: _verdict(read.root, value))
        if answer is None:
            return Verdict(skipped=f"it takes more than {self._time_limit_s:g} s")
        try:
            return msgspec.json.decode(answer, type=Verdict)
        except msgspec.DecodeError:
            return Verdict(skipped=_UNREADABLE)


def _within(seconds: float, work: Any) -> bytes | None:
    """Return what ``work`` in a child process returns as JSON; None if time runs out."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _be_the_child(writer, seconds, work)
    os.close(writer)
    poll = select.poll()
    poll.register(reader, select.POLLIN | select.POLLHUP)
    try:
        if not poll.poll(seconds * 1000):
            return None
        with open(reader, "rb", closefd=False) as answer:
            return answer.read()
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _be_the_child(writer: int, seconds: float, work: Any) -> None:
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        limit = int(seconds) + 1  # should the parent be killed meanwhile
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        answer = msgspec.json.encode(work())
        # Written at once: whoever sees the first byte may wait for the last.
        with open(writer, "wb") as pipe:
            pipe.write(answer)
        status = 0
    finally:
        os._exit(status)


def _verdict(root: Any, value: JsonObject) -> Verdict:
    import jsonschema_rs

    is_silent = isinstance(root, dict) and "$schema" not in root
    make = jsonschema_rs.Draft4Validator if is_silent else jsonschema_rs.validator_for
    try:
        validator = make(
            root,
            retriever=_refuse,
            pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT),
        )
        errors = list(islice(validator.iter_errors(value), MAX_MISFITS))
    except (ValueError, TypeError, OverflowError, jsonschema_rs.ReferencingError) as error:
        return Verdict(skipped=f"it is no valid JSON schema: {_first_line(error)}")
    judged = [error for error in errors if not _is_given_up(error)]
    remarks = [_NO_VERSION] if is_silent else []
    if len(judged) < len(errors):
        remarks.append(_PATTERN_TOO_SLOW)
    misfits = tuple(misfit for error in judged for misfit in _misfits(error))
    return Verdict(misfits=misfits, remarks=tuple(remarks))


def _is_given_up(error: Any) -> bool:
    """Whether the library says "invalid" only because a pattern ran into the backtracking limit."""
    from jsonschema_rs import ValidationErrorKind as Kind

    if isinstance(error.kind, Kind.AnyOf | Kind.OneOfNotValid):
        return any(_is_given_up(inner) for branch in error.kind.context for inner in branch)
    return isinstance(error.kind, Kind.BacktrackLimitExceeded | Kind.RegexEngineFailure)


def _misfits(error: Any) -> list[Misfit]:
    """Return what an error means; of alternatives, those of the one that comes closest."""
    kind = error.kind
    if kind.name in {"anyOf", "oneOf"} and hasattr(kind, "context"):
        branches = sorted(kind.context, key=lambda branch: (len(branch), -_depth(branch)))
        nested = [misfit for inner in branches[0] for misfit in _misfits(inner)] if branches else []
        is_clear = len(branches) == 1 or _depth(branches[0]) > _depth(branches[1])
        if nested and is_clear and _depth(branches[0]) > len(error.instance_path):
            return nested
    if list(error.schema_path)[-1:] == ["additionalProperties"] and kind.name == "falseSchema":
        # "No members at all" comes without their names, at the place of the object.
        return [Misfit(tuple(error.instance_path), "additionalProperties", [])]
    return [Misfit(tuple(error.instance_path), kind.name, _limit(kind))]


def _depth(branch: list[Any]) -> int:
    return min((len(error.instance_path) for error in branch), default=0)


def _limit(kind: Any) -> Any:
    facts = kind.as_dict() if kind.name not in {"anyOf", "oneOf", "not"} else {}
    if kind.name == "required":
        return [facts.get("property")]
    if kind.name in {"additionalProperties", "unevaluatedProperties"}:
        return list(facts.get("unexpected", ()))
    return next((facts[name] for name in _LIMIT_NAMES if name in facts), None)


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} is not fetched")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
