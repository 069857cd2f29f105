"""``create user-provided``: an instance of credentials that you have already."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from svcat.cli import groups, prompt
from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import ErrorUnchanged, patience, read_labels
from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.store.records import InstanceRecord

CredentialsFile = Annotated[
    str,
    typer.Option(
        "--credentials-file", metavar="FILE", help="Credentials, as JSON or YAML; - for stdin."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(groups.create(app), "user-provided", "user-provided-service", "ups", mutates=True)(
        create
    )
    command(app, "create-user-provided-service", "cups", hidden=True, mutates=True)(create)


def create(
    call: Call,
    name: Annotated[str, typer.Argument(help="The instance's name.")],
    credentials_file: CredentialsFile = "",
    from_secret: Annotated[
        str,
        typer.Option(
            "--from-secret",
            metavar="SECRET[KEY]",
            help="Credentials from a Secret: each key one; or [KEY], which holds a JSON object.",
        ),
    ] = "",
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="NAME=VALUE", help="A label, to find it by with -l."),
    ] = None,
    error_unchanged: ErrorUnchanged = False,
) -> None:
    """Make an instance of credentials that you have already.

    It is bound, injected and deprovisioned like any other; no broker is asked, and nothing is done
    to the service itself. Without a file or a Secret you are asked for the credentials.

    Examples:
      svcat create user-provided db --credentials-file db.json
      svcat create user-provided db --from-secret legacy-db
      pass show db.json | svcat create user-provided db --credentials-file -
    """
    from svcat.app import user_provided
    from svcat.cli.parameters import secret_refs
    from svcat.output.instances import instance_summary

    if credentials_file and from_secret:
        raise UsageError("--credentials-file cannot be used with --from-secret")
    refs = secret_refs([from_secret] if from_secret else [])
    done = user_provided.create(
        name,
        call.namespace,
        call.ports,
        patience("5m", "", wait=True),
        credentials=None if refs else _credentials(credentials_file),
        secret_refs=refs,
        labels=read_labels(label or []),
    )
    if not done.changed:
        call.unchanged(f"instance/{name}", is_error=error_unchanged)
    if done.record is not None:
        call.show(instance_summary(done.record))


def update(call: Call, name: str, file: str, *, is_error: bool) -> None:
    """Replace an instance's credentials, and say which bindings have the former ones."""
    from svcat.app import user_provided
    from svcat.output.instances import instance_summary

    limits = patience("5m", "", wait=True)
    done = user_provided.update(name, call.namespace, _read(file), call.ports, limits)
    if not done.changed:
        call.unchanged(f"instance/{name}", is_error=is_error)
    if done.record is None:
        return
    if done.changed:
        mention_bindings(call, done.record)
    call.show(instance_summary(done.record))


def mention_bindings(call: Call, record: "InstanceRecord") -> None:
    """Say which bindings of a user-provided instance have the credentials of before still."""
    from svcat.app.user_provided import holders_of_former

    if holders := holders_of_former(record, call.ports):
        call.deps.warn(
            f"bound before, with the former credentials still: {', '.join(holders)}; "
            "to renew: "
            + "; ".join(f"svcat rotate {name} -n {record.namespace}" for name in holders)
        )


def _credentials(file: str) -> dict[str, Any]:
    if file:
        return _read(file)
    prompt.require(
        "which credentials?",
        hint="give --credentials-file FILE (- for standard input) or --from-secret SECRET",
    )
    return _asked()


def _read(file: str) -> dict[str, Any]:
    from svcat.cli.parameter_files import read

    return read(file)[1]


def _asked() -> dict[str, Any]:
    """Ask for credentials one by one: the name, then the value, which is not shown."""
    found: dict[str, Any] = {}
    prompt.say("Credentials; an empty name ends them, values are not shown.")
    while name := prompt.answer("name, as in password"):
        found[name] = prompt.hidden_line(f"  {name}> ")
    return found
