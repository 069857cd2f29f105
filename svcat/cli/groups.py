"""The verbs that take a noun: ``get``, ``describe``, ``sync``, ``broker``."""

from typing import Any

import typer
from typer.core import TyperGroup

# Groups that had no nouns once: what their command's name alone means.
DEFAULT_NOUNS = {"update": "instance"}


def get(app: typer.Typer) -> typer.Typer:
    """Return the ``get`` group."""
    return _group(app, "get", "List things, or show one in a row.")


def describe(app: typer.Typer) -> typer.Typer:
    """Return the ``describe`` group."""
    return _group(app, "describe", "Show one thing in full.")


def sync(app: typer.Typer) -> typer.Typer:
    """Return the ``sync`` group, also called ``relist``."""
    return _group(app, "sync", "Ask a broker for its catalog, or for an instance.", alias="relist")


def touch(app: typer.Typer) -> typer.Typer:
    """Return the ``touch`` group."""
    return _group(app, "touch", "Send again what comes from Secrets that changed.")


def update(app: typer.Typer) -> typer.Typer:
    """Return the ``update`` group; a word that is none of its nouns names an instance."""
    return _group(app, "update", "Change an instance or a binding.", cls=_InstanceByDefault)


def orphans(app: typer.Typer) -> typer.Typer:
    """Return the ``orphans`` group."""
    return _group(app, "orphans", "Find and delete what no record leads to.")


def delete(app: typer.Typer) -> typer.Typer:
    """Return the ``delete`` group."""
    return _group(app, "delete", "Delete classes of your own.")


def create(app: typer.Typer) -> typer.Typer:
    """Return the ``create`` group."""
    return _group(app, "create", "Make classes of your own, or user-provided instances.")


def broker(app: typer.Typer) -> typer.Typer:
    """Return the ``broker`` group."""
    return _group(app, "broker", "Run a broker, or look into one.")


def install(app: typer.Typer) -> typer.Typer:
    """Return the ``install`` group."""
    return _group(app, "install", "Make svcat known to other programs.")


class _InstanceByDefault(TyperGroup):
    """``update NAME`` is ``update instance NAME``, as it was before there were nouns."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the noun in where it is left out."""
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = [DEFAULT_NOUNS["update"], *args]
        return super().parse_args(ctx, args)


def _group(
    app: typer.Typer,
    name: str,
    text: str,
    *,
    alias: str = "",
    cls: type[TyperGroup] = TyperGroup,
) -> typer.Typer:
    for known in app.registered_groups:
        if known.name == name and known.typer_instance is not None:
            return known.typer_instance
    group = typer.Typer(
        cls=cls,
        help=text,
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.add_typer(group, name=name)
    if alias:
        app.add_typer(group, name=alias, hidden=True)
    return group
