"""The verbs that take a noun: ``get``, ``describe``, ``sync``, ``broker``."""

import typer


def get(app: typer.Typer) -> typer.Typer:
    """Return the ``get`` group."""
    return _group(app, "get", "List things, or show one in a row.")


def describe(app: typer.Typer) -> typer.Typer:
    """Return the ``describe`` group."""
    return _group(app, "describe", "Show one thing in full.")


def sync(app: typer.Typer) -> typer.Typer:
    """Return the ``sync`` group, also called ``relist``."""
    return _group(app, "sync", "Fetch catalogs again.", alias="relist")


def touch(app: typer.Typer) -> typer.Typer:
    """Return the ``touch`` group."""
    return _group(app, "touch", "Send again what comes from Secrets that changed.")


def orphans(app: typer.Typer) -> typer.Typer:
    """Return the ``orphans`` group."""
    return _group(app, "orphans", "Find and delete what no record leads to.")


def create(app: typer.Typer) -> typer.Typer:
    """Return the ``create`` group."""
    return _group(app, "create", "Make instances of services that no broker manages.")


def broker(app: typer.Typer) -> typer.Typer:
    """Return the ``broker`` group."""
    return _group(app, "broker", "Run a broker, or look into one.")


def install(app: typer.Typer) -> typer.Typer:
    """Return the ``install`` group."""
    return _group(app, "install", "Make svcat known to other programs.")


def _group(app: typer.Typer, name: str, text: str, *, alias: str = "") -> typer.Typer:
    for known in app.registered_groups:
        if known.name == name and known.typer_instance is not None:
            return known.typer_instance
    group = typer.Typer(
        help=text,
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.add_typer(group, name=name)
    if alias:
        app.add_typer(group, name=alias, hidden=True)
    return group
