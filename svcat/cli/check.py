"""``broker check``: any broker, held against the spec."""

import signal
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from svcat.cli import groups
from svcat.cli.broker_options import LoginFlags, OfferFlags, ReachFlags, TrustFlags
from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import FindScope, parse_duration, read_scope
from svcat.errors import Interrupted, OperationFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from svcat.store.records import BrokerRecord

JUNIT = "junit"


def register(app: typer.Typer) -> None:
    """Add the command of this module to ``app``."""
    command(groups.broker(app), "check", formats=(JUNIT,))(check)


class WishFlags(NamedTuple):
    """What a full check makes, and of what."""

    full: Annotated[
        bool, typer.Option("--full", help="Make an instance and bindings too, and delete them.")
    ] = False
    plan: Annotated[
        str, typer.Option("--plan", metavar="CLASS/PLAN", help="With --full: of this plan.")
    ] = ""
    to_plan: Annotated[
        str, typer.Option("--to-plan", metavar="PLAN", help="With --full: change to this plan.")
    ] = ""
    params_json: Annotated[
        str, typer.Option("--params-json", metavar="JSON", help="Parameters of the instance.")
    ] = ""
    params_file: Annotated[
        list[str] | None,
        typer.Option("--params-file", "-f", metavar="FILE", help="The same from a file."),
    ] = None
    update_params_json: Annotated[
        str, typer.Option("--update-params-json", metavar="JSON", help="Change these later.")
    ] = ""
    bind_params_json: Annotated[
        str, typer.Option("--bind-params-json", metavar="JSON", help="Parameters of the bindings.")
    ] = ""


def check(
    call: Call,
    broker: Annotated[
        str, typer.Argument(metavar="URL|NAME", help="A broker's URL, or the name of a known one.")
    ],
    *,
    wish: WishFlags,
    timeout: Annotated[
        str, typer.Option("--timeout", help="How long one operation may take.")
    ] = "30m",
    interval: Annotated[
        str, typer.Option("--interval", help="Poll so often, if the broker wants no longer.")
    ] = "1s",
    api_version: Annotated[
        str, typer.Option("--api-version", help="Speak this version of the API first.")
    ] = "",
    scope: FindScope = None,
    login: LoginFlags,
    trust: TrustFlags,
) -> None:
    """Check a broker against the Open Service Broker API.

    Without --full it only reads, and sends what must be refused. With --full it makes an instance
    and bindings of one plan, and deletes them again, even if it is stopped.

    Exits with 8 if the broker breaks a MUST, or if something could not be deleted.

    Examples:
      svcat broker check http://127.0.0.1:8080
      svcat broker check https://broker.example.com --username svcat --password-file ./pw
      svcat broker check demo --full --plan sqlite/file --to-plan file-async
      svcat broker check demo -o junit > conformance.xml
    """
    from msgspec.structs import replace

    pace = {
        "interval_s": parse_duration(interval, "--interval"),
        "timeout_s": parse_duration(timeout, "--timeout"),
    }
    wanted = _wish(wish)
    record, secret = _meant(call, broker, scope, login, trust)
    facts = call.deps.brokers.check(
        replace(record, api_version=api_version or record.api_version),
        secret,
        wish=wanted,
        before_cleaning=_let_nothing_cut_it_off,
        **pace,
    )
    _tell(call, facts)


def _wish(flags: WishFlags) -> dict[str, Any]:
    """Return what a full check is to be done with. Raises UsageError."""
    from svcat.app.parameters import compose
    from svcat.cli.parameter_files import as_object
    from svcat.cli.parameters import given

    if flags.full and not flags.plan:
        raise UsageError("--full needs a plan to make an instance of", hint="--plan CLASS/PLAN")
    if any(flags) and not flags.full:
        raise UsageError(
            "--plan and what goes with it make an instance, which is only done with --full"
        )
    parameters = compose(given(None, flags.params_json, flags.params_file)).value

    def parsed(text: str, option: str) -> dict[str, Any]:
        return as_object(text, option) if text else {}

    return {
        "plan": flags.plan,
        "to_plan": flags.to_plan,
        "parameters": parameters or {},
        "update_parameters": parsed(flags.update_params_json, "--update-params-json"),
        "bind_parameters": parsed(flags.bind_params_json, "--bind-params-json"),
    }


def _meant(
    call: Call, broker: str, scope: str | None, login: LoginFlags, trust: TrustFlags
) -> "tuple[BrokerRecord, Mapping[str, bytes]]":
    """Return the broker that is meant, and its login. Raises UsageError, NotFound."""
    from svcat.app.broker_login import login_of
    from svcat.app.lookup import find_broker

    if "://" in broker:
        return _at_url(call, broker, login, trust)
    if any((*login, *trust)):
        raise UsageError(
            f"broker {broker!r} is registered with its login",
            hint="login flags go with a URL; change a registration with svcat broker update",
        )
    record = find_broker(broker, call.namespace, read_scope(scope), call.ports)
    return record, login_of(record, call.ports)


def _at_url(
    call: Call, url: str, login: LoginFlags, trust: TrustFlags
) -> "tuple[BrokerRecord, Mapping[str, bytes]]":
    """Return a broker that is not registered; a cluster is needed only for login Secrets."""
    from svcat.app.broker_login import login_of
    from svcat.app.registration import record_of
    from svcat.cli.registering import registration
    from svcat.store.records import Scope

    namespace = call.namespace if login.secret_name else ""
    order = registration(
        "the broker",
        namespace,
        url=url,
        scope=Scope.NAMESPACE,
        login=login,
        trust=trust,
        reach=ReachFlags(),
        offer=OfferFlags(),
    )
    record = record_of(order, namespace)
    return record, login_of(record, call.ports) if login.secret_name else order.login or {}


def _let_nothing_cut_it_off() -> None:
    # A first signal gives an answer under way some seconds and then cuts it off (cli/signals.py).
    # What deletes must not be cut off so; a second signal still ends it.
    signal.signal(signal.SIGALRM, signal.SIG_IGN)


def _tell(call: Call, facts: dict[str, Any]) -> None:
    """Show the report. Raises Interrupted, or exits with 8 for what breaks a MUST or stays."""
    from svcat.output.conformance import left_behind_lines, report_view, verdict
    from svcat.output.junit import junit_view

    if not (facts["isInterrupted"] and call.format.is_for_machines):
        is_junit = call.invocation.output == JUNIT
        call.show(junit_view(facts) if is_junit else report_view(facts))
    for line in left_behind_lines(facts):
        call.deps.warn(f"it may still be there: {line}")
    if facts["leftBehind"]:
        raise typer.Exit(OperationFailed.exit_code)
    if facts["isInterrupted"]:
        raise Interrupted("the check was stopped; everything that it made is deleted again")
    if problem := verdict(facts):
        call.note(problem)
        raise typer.Exit(OperationFailed.exit_code)
