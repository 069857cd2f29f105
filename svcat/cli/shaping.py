"""Options that lay out a credentials Secret, for ``bind`` and ``update binding``."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.cli.command import Call
    from svcat.store.records import Shape

Type = Annotated[
    str, typer.Option("--type", help="The Secret's servicebinding.io type; else the class.")
]
Provider = Annotated[
    str, typer.Option("--provider", help="The Secret's provider; else the broker's name.")
]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="NEW=OLD", help="Call key OLD NEW; may be repeated, as all."),
]
Add = Annotated[
    list[str] | None,
    typer.Option("--add", metavar="KEY=TEXT", help="Add a key with this text (no secret)."),
]
AddPath = Annotated[
    list[str] | None,
    typer.Option(
        "--add-path",
        metavar="KEY=JSONPATH",
        help="Add a key with what kubectl's JSONPath finds in the credentials.",
    ),
]
AddFrom = Annotated[
    list[str] | None,
    typer.Option(
        "--add-from", metavar="SECRET", help="Add all keys of another Secret of the namespace."
    ),
]
Template = Annotated[
    list[str] | None,
    typer.Option(
        "--template",
        metavar="KEY=TEXT",
        help="Add a key with {{name}} filled in; {{name|url}} quotes it, also |base64 and |json.",
    ),
]
Remove = Annotated[
    list[str] | None,
    typer.Option("--remove", metavar="KEY", help="Leave this key out."),
]
SecretKey = Annotated[
    str,
    typer.Option("--secret-key", metavar="KEY", help="All credentials as JSON under this one key."),
]
Flatten = Annotated[
    bool, typer.Option("--flatten", help="Members of objects as keys of their own: OUTER.INNER.")
]


_OPTIONS: dict[str, tuple[Any, Any]] = {
    "provider": (Provider, ""),
    "map_keys": (Map, None),
    "add": (Add, None),
    "add_path": (AddPath, None),
    "add_from": (AddFrom, None),
    "template": (Template, None),
    "remove": (Remove, None),
    "secret_key": (SecretKey, ""),
    "flatten": (Flatten, False),
}


def takes_shape(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options about the layout; it gets them as ``shape``."""
    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.name != "shape"]
    added = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
        )
        for name, (annotation, default) in _OPTIONS.items()
    ]

    @functools.wraps(function)
    def run(call: "Call", **given: Any) -> None:
        from svcat.redaction import looks_secret

        shape = shape_from({name: given.pop(name) for name in _OPTIONS})
        for key, _ in shape.adds:
            if looks_secret(key):
                call.deps.warn(f"what --add gives {key} is in your shell's history, and on record")
        function(call, shape=shape, **given)

    own = [own[0], *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own[1:])]
    run.__signature__ = signature.replace(parameters=[*own, *added])  # type: ignore[attr-defined]
    return run


def shape_from(given: dict[str, Any]) -> "Shape":
    """Return the layout that the options ask for. Raises UsageError."""
    from svcat.store.records import Shape

    return Shape(
        flatten=given["flatten"],
        renames=_pairs(given["map_keys"], "--map", "NEW=OLD"),
        adds=_pairs(given["add"], "--add", "KEY=TEXT"),
        paths=_pairs(given["add_path"], "--add-path", "KEY='{.outer.inner}'"),
        add_from=tuple(dict.fromkeys(given["add_from"] or ())),
        templates=_pairs(given["template"], "--template", "KEY='{{user}}@{{host}}'"),
        removes=tuple(dict.fromkeys(given["remove"] or ())),
        secret_key=given["secret_key"],
        provider=given["provider"],
    )


def _pairs(texts: list[str] | None, option: str, form: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for text in texts or ():
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"invalid {option} value: there is no KEY=", hint=f"{option} {form}")
        pairs.append((key.strip(), value))
    keys = [key for key, _ in pairs]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise UsageError(f"{option} gives {sorted(twice)[0]!r} twice")
    return tuple(pairs)
