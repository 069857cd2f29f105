"""``-p``, ``--params-json``, ``--params-file``, ``--secret``: what people type, taken apart."""

from typing import TYPE_CHECKING, Any, NamedTuple

from svcat.cli.options import Param, ParamSecret, ParamsFile, ParamsJson, Validate
from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.app.parameter_words import Word
    from svcat.app.parameters import Document, Given
    from svcat.store.records import SecretKeyRef


class ParamFlags(NamedTuple):
    """Parameters, in words, as JSON, in files and in Secrets."""

    param: Param = None
    params_json: ParamsJson = ""
    params_file: ParamsFile = None
    secret: ParamSecret = None
    validate: Validate = True

    @property
    def are_given(self) -> bool:
        """Whether there is any parameter."""
        return any((self.param, self.params_json, self.params_file, self.secret))

    def given(self, *, unset: list[str] | None = None) -> "Given":
        """Return what they say, and what ``--unset`` does. Raises UsageError."""
        return given(
            self.param,
            self.params_json,
            self.params_file,
            self.secret,
            unset=unset,
            validate=self.validate,
        )


def given(
    param: list[str] | None = None,
    params_json: str = "",
    params_file: list[str] | None = None,
    secret: list[str] | None = None,
    *,
    unset: list[str] | None = None,
    validate: bool = True,
) -> "Given":
    """Return all that was given as parameters; types come later, from the plan. Raises UsageError.

    A file is read here, and standard input at most once.
    """
    from svcat.app.parameters import Given

    if param and params_json:
        raise UsageError("--params-json cannot be used with --param")
    if (params_file or []).count("-") > 1:
        raise UsageError("standard input can be read once only: give one --params-file -")
    documents = [_from_file(name) for name in params_file or []]
    if params_json:
        documents.append(_from_json(params_json))
    return Given(
        words=(*map(_word, param or []), *map(_unset, unset or [])),
        documents=tuple(documents),
        secret_refs=secret_refs(secret),
        is_validated=validate,
    )


def secret_refs(texts: list[str] | None) -> "tuple[SecretKeyRef, ...]":
    """Return the references that ``--secret SECRET[KEY]`` names. Raises UsageError."""
    import re

    from svcat.store.records import SecretKeyRef

    refs = []
    # Commas part them, as in the Go svcat: neither names of Secrets nor keys have any.
    for text in (part for each in texts or [] for part in each.split(",")):
        match = re.fullmatch(r"([^\[\]]+)(?:\[(.+)\])?\s*", text)
        if match is None:
            raise UsageError(
                f"invalid --secret value ({text})", hint="it looks like SECRET[KEY] or SECRET"
            )
        refs.append(SecretKeyRef(name=match[1].strip(), key=match[2] or ""))
    return tuple(dict.fromkeys(refs))


def _word(text: str) -> "Word":
    from svcat.app.parameter_words import Word, split_path

    name, equals, value = text.partition("=")
    if not equals:
        # What came without a name may be a secret on its own: it is not repeated.
        raise UsageError(
            "invalid --param value: there is no '='", hint="it looks like -p NAME=VALUE"
        )
    path = split_path(name.strip())
    if not all(path):
        raise UsageError(
            f"invalid --param value: there is no name in {name.strip()!r} before '='"
            if not name.strip()
            else f"invalid --param value: an empty step in {name.strip()!r}",
            hint="it looks like -p NAME=VALUE or -p OUTER.INNER=VALUE",
        )
    return Word(path, value)


def _unset(text: str) -> "Word":
    from svcat.app.parameter_words import Word, split_path

    path = split_path(text.strip())
    if not all(path) or "=" in text:
        raise UsageError(f"invalid --unset value ({text})", hint="it looks like --unset NAME")
    return Word(path, None)


def _from_file(name: str) -> "Document":
    from svcat.app.parameters import Document
    from svcat.cli import parameter_files

    return Document(*parameter_files.read(name))


def _from_json(text: str) -> "Document":
    from svcat.app.parameters import Document
    from svcat.cli.parameter_files import as_object

    value: Any = as_object(text, "--params-json")
    return Document("--params-json", value)
