"""``broker update`` and ``broker curl``: a registration changed, a broker asked directly."""

from typing import Annotated

import typer

from svcat.cli import broker_options as opts
from svcat.cli import groups, input_files
from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import ErrorUnchanged, FindScope, read_scope
from svcat.errors import AuthFailed, BrokerRefused, UsageError

Name = Annotated[str, typer.Argument(help="The broker's name.")]
_REFUSED = BrokerRefused.exit_code
_READS = frozenset({"GET", "HEAD"})
_METHODS = frozenset({*_READS, "PUT", "PATCH", "DELETE", "POST"})


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(groups.broker(app), "update", mutates=True)(update)
    command(groups.broker(app), "curl", mutates=True)(curl)


def update(
    call: Call,
    name: Name,
    *,
    url: Annotated[str | None, typer.Option("--url", help="The broker's base URL.")] = None,
    login: opts.LoginFlags,
    no_login: Annotated[bool, typer.Option("--no-login", help="It asks for no login.")] = False,
    trust: opts.TrustChange,
    reach: opts.ReachFlags,
    offer: opts.OfferFlags,
    force: Annotated[
        bool, typer.Option("--force", help="Although its catalog lacks plans of instances.")
    ] = False,
    error_unchanged: ErrorUnchanged = False,
    scope: FindScope = None,
) -> None:
    """Change a registration, once the broker answers to it.

    Restrictions replace those there are; '' takes them away.

    Examples:
      svcat broker update team --username svcat --password-file ./new-password
      svcat broker update team --url https://broker.example.com:8443 --ca ./ca.pem
      svcat broker update team --class-restrictions 'spec.externalName in (postgresql, redis)'
      svcat broker update team --relist-behavior manual
    """
    from svcat.app.broker_update import update_broker
    from svcat.app.lookup import find_broker
    from svcat.cli import registering
    from svcat.output.brokers import broker_details

    change = registering.change(
        url=url,
        login=login,
        has_no_login=no_login,
        trust=trust,
        reach=reach,
        offer=offer,
        is_forced=force,
    )
    broker = find_broker(name, call.namespace, read_scope(scope), call.ports)
    done = update_broker(broker, change, call.namespace, call.ports)
    if trust.skip_tls:
        call.deps.warn(registering.UNVERIFIED)
    if not done.changed:
        call.unchanged(f"broker/{name}", is_error=error_unchanged)
    call.show(broker_details(done.broker))


def curl(
    call: Call,
    name: Name,
    path: Annotated[str, typer.Argument(help="Like /v2/catalog, with a query if there is one.")],
    method: Annotated[str, typer.Option("--request", "-X", help="The method.")] = "GET",
    data_file: Annotated[
        str, typer.Option("--data-file", metavar="FILE", help="Send this body; - for stdin.")
    ] = "",
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Print credentials and parameters too.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="For methods that change things at the broker.")
    ] = False,
    scope: FindScope = None,
) -> None:
    """Ask a broker directly, with its login, to see what it says.

    Credentials in the answer are hidden. What other methods than GET change is recorded nowhere.

    Examples:
      svcat broker curl team /v2/catalog
      svcat broker curl team "/v2/service_instances/ID/last_operation?operation=KEY"
      svcat broker curl team /v2/service_instances/ID -X DELETE --dry-run=client -o curl
    """
    from svcat.app.broker_login import login_of
    from svcat.app.lookup import find_broker
    from svcat.output.answers import answer_view

    method = method.upper()
    if method not in _METHODS:
        raise UsageError(f"there is no method {method!r}", hint="GET, PUT, PATCH or DELETE")
    if not path.startswith("/") or any(not 32 < ord(character) < 127 for character in path):
        raise UsageError(f"invalid path ({path})", hint="like /v2/catalog, percent-encoded")
    if method not in _READS and not yes:
        raise UsageError(
            f"{method} may change or delete things at the broker, and no record will know of it",
            hint="use provision, bind and the like; if you are sure, add --yes",
        )
    body = input_files.read(data_file, "the body") if data_file else None
    broker = find_broker(name, call.namespace, read_scope(scope), call.ports)
    answer = call.deps.brokers.ask(broker, login_of(broker, call.ports), method, path, body)
    if call.deps.rehearsal is not None:
        return  # that was no broker's answer
    view = answer_view(answer, show_secrets=show_secrets)
    if call.format.is_for_people:
        call.note_lines(view.head)
    call.show(view.whole)
    if answer.status >= 400:
        raise typer.Exit(AuthFailed.exit_code if answer.status in {401, 403} else _REFUSED)
