"""``broker serve``: the bundled broker (extra ``broker``)."""

import inspect
from pathlib import Path
from typing import Annotated

import typer

from svcat.cli import groups
from svcat.cli.help import HelpfulCommand, name_value, text_of
from svcat.errors import SvcatError, UsageError


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    for parameter in inspect.signature(serve).parameters.values():
        name_value(parameter)
    group = groups.broker(app)
    group.command("serve", help=text_of(serve), cls=HelpfulCommand)(serve)
    groups.broker(app).callback()(_group)


def _group() -> None:
    """Run a broker, or look into one."""


def serve(
    host: Annotated[str | None, typer.Option(help="Listen here; default 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Default 8080; 0 takes a free one.")] = None,
    state_dir: Annotated[
        Path | None, typer.Option(help="Where its state and the SQLite files are kept.")
    ] = None,
    username: Annotated[str | None, typer.Option(help="Ask for this user name.")] = None,
    password_file: Annotated[Path | None, typer.Option(help="The password is in here.")] = None,
    token_file: Annotated[Path | None, typer.Option(help="Ask for the token in here.")] = None,
    tls_cert_file: Annotated[Path | None, typer.Option(help="Serve HTTPS with this.")] = None,
    tls_key_file: Annotated[Path | None, typer.Option(help="Its private key.")] = None,
    async_delay: Annotated[
        float | None, typer.Option(help="Seconds that the artificial asynchronous plans take.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="A TOML file with all settings.")] = None,
) -> None:
    """Run a broker for services on servers that you have.

    SQLite files and PostgreSQL databases.

    Without a login it listens on loopback only.

    Examples:
      svcat broker serve
      svcat broker serve --port 9000 --username svcat --password-file ./password
    """
    from svcat.cli.wiring.bundled import bundled_broker
    from svcat.cli.wiring.bundled import state_dir as default_state_dir

    broker = bundled_broker()
    try:
        broker.serve(
            broker.load_settings(
                config,
                host=host,
                port=port,
                state_dir=state_dir or (None if config else default_state_dir()),
                username=username,
                password_file=password_file,
                token_file=token_file,
                tls_cert_file=tls_cert_file,
                tls_key_file=tls_key_file,
                async_delay_s=async_delay,
            )
        )
    except broker.SetupError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise SvcatError(f"the broker cannot run: {error.strerror or error}") from error
