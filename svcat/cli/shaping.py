"""Options that lay out a credentials Secret, for ``bind`` and ``update binding``."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.cli.call import Call
    from svcat.store.shape import Shape

Type = Annotated[
    str, typer.Option("--type", help="The Secret's servicebinding.io type; else the class.")
]


class ShapeFlags(NamedTuple):
    """What is to become of the credentials in their Secret."""

    provider: Annotated[
        str, typer.Option("--provider", help="The Secret's provider; else the broker's name.")
    ] = ""
    map_keys: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="NEW=OLD", help="Call key OLD NEW; may be repeated, as all."),
    ] = None
    add: Annotated[
        list[str] | None,
        typer.Option("--add", metavar="KEY=TEXT", help="Add a key with this text (no secret)."),
    ] = None
    add_path: Annotated[
        list[str] | None,
        typer.Option(
            "--add-path",
            metavar="KEY=JSONPATH",
            help="Add a key with what kubectl's JSONPath finds in the credentials.",
        ),
    ] = None
    add_from: Annotated[
        list[str] | None,
        typer.Option(
            "--add-from", metavar="SECRET", help="Add all keys of another Secret of the namespace."
        ),
    ] = None
    template: Annotated[
        list[str] | None,
        typer.Option(
            "--template",
            metavar="KEY=TEXT",
            help="Add a key with {{name}} filled in; {{name|url}} quotes it, also |base64 and "
            "|json.",
        ),
    ] = None
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="KEY", help="Leave this key out."),
    ] = None
    secret_key: Annotated[
        str,
        typer.Option(
            "--secret-key", metavar="KEY", help="All credentials as JSON under this one key."
        ),
    ] = ""
    flatten: Annotated[
        bool,
        typer.Option("--flatten", help="Members of objects as keys of their own: OUTER.INNER."),
    ] = False


def shape_of(flags: ShapeFlags, call: "Call") -> "Shape":
    """Return the layout that the options ask for. Raises UsageError."""
    from svcat.redaction import looks_secret
    from svcat.store.shape import Shape

    adds = _pairs(flags.add, "--add", "KEY=TEXT")
    for key, _ in adds:
        if looks_secret(key):
            call.deps.warn(f"what --add gives {key} is in your shell's history, and on record")
    return Shape(
        flatten=flags.flatten,
        renames=_pairs(flags.map_keys, "--map", "NEW=OLD"),
        adds=adds,
        paths=_pairs(flags.add_path, "--add-path", "KEY='{.outer.inner}'"),
        add_from=tuple(dict.fromkeys(flags.add_from or ())),
        templates=_pairs(flags.template, "--template", "KEY='{{user}}@{{host}}'"),
        removes=tuple(dict.fromkeys(flags.remove or ())),
        secret_key=flags.secret_key,
        provider=flags.provider,
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
