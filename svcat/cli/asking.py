"""``--interactive``: asking for parameters, one after the other, as the plan's schema has them.

Questions go to stderr, answers are held against the schema at once. What was given on the command
line is not asked for; a secret is asked for by the Secret that holds it, never itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from svcat.cli.prompt import answer, is_forbidden, require, say
from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.app.parameter_words import Word
    from svcat.app.parameters import Given
    from svcat.app.ports import Schemas
    from svcat.osb.plan_schema import Parameter, Path, PlanSchema
    from svcat.store.records import SecretKeyRef

_ENOUGH = 5  # wrong answers to one question
_SPELLED = {"y": "true", "yes": "true", "n": "false", "no": "false"}


def require_terminal() -> None:
    """Raise UsageError where there is nobody to ask."""
    why = "asks, which --no-input forbids" if is_forbidden() else "needs a terminal"
    require(f"--interactive {why}", hint="in scripts give -p NAME=VALUE or --params-file")


@dataclass(frozen=True, slots=True)
class Interview:
    """Asks for what a schema describes (``app.parameter_check.Ask``)."""

    schemas: "Schemas"

    def __call__(self, schema: "PlanSchema", given: "Given") -> "Given":
        """Return ``given`` with what was answered. Raises UsageError when answers end."""
        say("Parameters; an empty answer leaves one out, or takes the default if it is required.")
        words: list[Word] = []
        refs: list[SecretKeyRef] = []
        for parameter in self._open_questions(schema, (), given):
            if _is_secret(parameter):
                refs += self._secret(parameter)
            else:
                words += self._words(parameter, schema)
        return replace(given, words=(*given.words, *words), secret_refs=(*given.secret_refs, *refs))

    def _open_questions(
        self, schema: "PlanSchema", path: "Path", given: "Given"
    ) -> "Iterator[Parameter]":
        for name in schema.names(path):
            inner = (*path, name)
            if _is_given(inner, given):
                continue
            parameter = schema.parameter(inner)
            is_object = "object" in parameter.types and schema.names(inner)
            if not is_object or parameter.is_secret:
                yield parameter
            elif parameter.is_required or _agrees(parameter):
                yield from self._open_questions(schema, inner, given)

    def _words(self, parameter: "Parameter", schema: "PlanSchema") -> "list[Word]":
        from svcat.app.parameter_words import Word

        is_list = "array" in parameter.types
        say(_described(parameter))
        for _ in range(_ENOUGH):
            texts = _lines() if is_list else [text for text in (answer(),) if text]
            texts = [_plain(text, parameter) for text in texts] or _default(parameter)
            words = [Word(parameter.path, text) for text in texts]
            complaint = self._complaint(words, parameter, schema)
            if not complaint:
                return words
            say(complaint)
        raise UsageError("that was no answer five times over; nothing was done")

    def _complaint(self, words: "list[Word]", parameter: "Parameter", schema: "PlanSchema") -> str:
        from svcat.app.misfits import complaints
        from svcat.app.parameters import Given, compose

        if not words:
            return "it is required" if parameter.is_required else ""
        value = compose(Given(words=tuple(words)), schema).value or {}
        length = len(parameter.path)
        misfits = tuple(
            misfit
            for misfit in self.schemas.check(schema.raw, value).misfits
            if misfit.path[:length] == parameter.path
        )
        lines = complaints(misfits, value, schema, where=lambda _: "", from_secrets=frozenset())
        return "; ".join(lines)

    def _secret(self, parameter: "Parameter") -> "tuple[SecretKeyRef, ...]":
        from svcat.cli.parameters import secret_refs
        from svcat.output.plan_schema import document_of

        say(_described(parameter))
        for _ in range(_ENOUGH):
            text = answer(f"SECRET[KEY], where KEY holds {document_of(parameter)}")
            if not text and parameter.is_required:
                say("it is required")
                continue
            try:
                return secret_refs([text] if text else [])
            except UsageError as error:
                say(error.message)
        raise UsageError("that was no answer five times over; nothing was done")


def _is_given(path: "Path", given: "Given") -> bool:
    in_words = any(word.path[: len(path)] == path for word in given.words)
    in_words = in_words or any(path[: len(word.path)] == word.path for word in given.words)
    return in_words or any(path[0] in document.value for document in given.documents)


def _is_secret(parameter: "Parameter") -> bool:
    """Whether a value would be one to hide: a text that is marked so, or named so."""
    from svcat.redaction import looks_secret

    is_text = "string" in parameter.types or not (parameter.types or "enum" in parameter.rules)
    return parameter.is_secret or (is_text and looks_secret(parameter.path[-1]))


def _plain(text: str, parameter: "Parameter") -> str:
    return _SPELLED.get(text.lower(), text) if parameter.types == ("boolean",) else text


def _default(parameter: "Parameter") -> list[str]:
    """Return what an empty answer means where there must be one."""
    from json import dumps

    default = parameter.rules.get("default")
    if default is None or not parameter.is_required:
        return []
    values = default if isinstance(default, list) else [default]
    return [value if isinstance(value, str) else dumps(value) for value in values]


def _agrees(parameter: "Parameter") -> bool:
    say(_described(parameter))
    return answer("give it? y or N").lower() in {"y", "yes"}


def _described(parameter: "Parameter") -> str:
    from json import dumps

    from svcat.output.plan_schema import limit_words, type_words

    default = parameter.rules.get("default")
    facts = [
        type_words(parameter),
        limit_words(parameter.rules),
        "required" if parameter.is_required else "",
        "" if default is None else f"default {dumps(default, ensure_ascii=False)}",
    ]
    about = ", ".join(fact for fact in facts if fact)
    name = ".".join(parameter.path)
    text = parameter.description or parameter.title
    return f"{name}" + (f" ({about})" if about else "") + (f": {text}" if text else "")


def _lines() -> list[str]:
    """Return answers up to an empty one."""
    found = []
    while text := answer("one item a line"):
        found.append(text)
    return found
