"""``broker check``: any broker, held against the spec."""

import signal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svcat.cli import groups
from svcat.cli.command import Call, command
from svcat.cli.options import FindScope, parse_duration
from svcat.errors import Interrupted, OperationFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from svcat.store.records import BrokerRecord

JUNIT = "junit"


def register(app: typer.Typer) -> None:
    """Add the command of this module to ``app``."""
    command(groups.broker(app), "check", formats=(JUNIT,))(check)


def check(
    call: Call,
    broker: Annotated[
        str, typer.Argument(metavar="URL|NAME", help="A broker's URL, or the name of a known one.")
    ],
    full: Annotated[
        bool, typer.Option("--full", help="Make an instance and bindings too, and delete them.")
    ] = False,
    plan: Annotated[
        str, typer.Option("--plan", metavar="CLASS/PLAN", help="With --full: of this plan.")
    ] = "",
    to_plan: Annotated[
        str, typer.Option("--to-plan", metavar="PLAN", help="With --full: change to this plan.")
    ] = "",
    params_json: Annotated[
        str, typer.Option("--params-json", metavar="JSON", help="Parameters of the instance.")
    ] = "",
    params_file: Annotated[
        list[str] | None,
        typer.Option("--params-file", "-f", metavar="FILE", help="The same from a file."),
    ] = None,
    update_params_json: Annotated[
        str, typer.Option("--update-params-json", metavar="JSON", help="Change these later.")
    ] = "",
    bind_params_json: Annotated[
        str, typer.Option("--bind-params-json", metavar="JSON", help="Parameters of the bindings.")
    ] = "",
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
    basic_secret: Annotated[
        str, typer.Option("--basic-secret", help="A Secret with username and password.")
    ] = "",
    bearer_secret: Annotated[
        str, typer.Option("--bearer-secret", help="A Secret with a token.")
    ] = "",
    username: Annotated[str, typer.Option("--username", help="Log in with this user name.")] = "",
    password_file: Annotated[
        str, typer.Option("--password-file", help="Read the password from this file.")
    ] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    token_file: Annotated[
        str, typer.Option("--token-file", help="Log in with the token in this file.")
    ] = "",
    ca: Annotated[
        str,
        typer.Option("--ca", help="A PEM file with the CA to trust instead of the system's."),
    ] = "",
    skip_tls: Annotated[
        bool, typer.Option("--skip-tls", help="Do not verify the certificate. Use --ca instead.")
    ] = False,
    allow_http: Annotated[
        bool, typer.Option("--allow-http", help="Send the login over plain HTTP.")
    ] = False,
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
    wish = _wish(
        full, plan, to_plan, params_json, params_file, update_params_json, bind_params_json
    )
    pace = {
        "interval_s": parse_duration(interval, "--interval"),
        "timeout_s": parse_duration(timeout, "--timeout"),
    }
    login = {
        "basic_secret": basic_secret,
        "bearer_secret": bearer_secret,
        "username": username,
        "password_file": password_file,
        "password_stdin": password_stdin,
        "token_file": token_file,
        "ca_file": ca,
        "skip_tls": skip_tls,
        "allow_http": allow_http,
    }
    found, secret = _known(call, broker, scope, login)
    record = _with_version(found, api_version)
    facts = call.deps.check_broker(
        record, secret, wish=wish, before_cleaning=_let_nothing_cut_it_off, **pace
    )
    _tell(call, facts)


def _wish(
    full: bool,
    plan: str,
    to_plan: str,
    params_json: str,
    params_file: list[str] | None,
    update_params_json: str,
    bind_params_json: str,
) -> dict[str, Any]:
    """Return what a full check is to be done with. Raises UsageError."""
    from svcat.app.parameters import compose
    from svcat.cli.parameter_files import as_object
    from svcat.cli.parameters import given

    if full and not plan:
        raise UsageError("--full needs a plan to make an instance of", hint="--plan CLASS/PLAN")
    rest = (plan, to_plan, params_json, params_file, update_params_json, bind_params_json)
    if any(rest) and not full:
        raise UsageError(
            "--plan and what goes with it make an instance, which is only done with --full"
        )
    parameters = compose(given(None, params_json, params_file)).value

    def parsed(text: str, option: str) -> dict[str, Any]:
        return as_object(text, option) if text else {}

    return {
        "plan": plan,
        "to_plan": to_plan,
        "parameters": parameters or {},
        "update_parameters": parsed(update_params_json, "--update-params-json"),
        "bind_parameters": parsed(bind_params_json, "--bind-params-json"),
    }


def _known(
    call: Call, broker: str, scope: str | None, login: dict[str, Any]
) -> "tuple[BrokerRecord, Mapping[str, bytes]]":
    """Return the broker that is meant, and its login. Raises UsageError, NotFound."""
    from svcat.app.brokers import login_of
    from svcat.app.lookup import find_broker
    from svcat.cli.options import read_scope

    if "://" in broker:
        return _at_url(call, broker, login)
    if any(login.values()):
        raise UsageError(
            f"broker {broker!r} is registered with its login",
            hint="login flags go with a URL; change a registration with svcat broker update",
        )
    record = find_broker(broker, call.namespace, read_scope(scope), call.ports)
    return record, login_of(record, call.ports)


def _at_url(
    call: Call, url: str, login: dict[str, Any]
) -> "tuple[BrokerRecord, Mapping[str, bytes]]":
    """Return a broker that is not registered; a cluster is needed only for login Secrets."""
    from svcat.app.brokers import login_of
    from svcat.cli.login_flags import LoginFlags
    from svcat.cli.registering import registration
    from svcat.store.records import BrokerRecord, Scope

    way = {name: login[name] for name in ("ca_file", "skip_tls", "allow_http")}
    is_in_cluster = login["basic_secret"] or login["bearer_secret"]
    order = registration(
        "the broker",
        call.namespace if is_in_cluster else "",
        url=url,
        scope=Scope.NAMESPACE,
        login=LoginFlags(**{name: given for name, given in login.items() if name not in way}),
        **way,
    )
    record = BrokerRecord(
        namespace=order.namespace,
        name=order.name,
        scope=order.scope,
        url=order.url,
        auth=order.auth,
        auth_namespace=order.secret_namespace,
        auth_secret=order.secret_name,
        ca_pem=order.ca_pem,
        skip_tls=order.skip_tls,
        allow_plain_http=order.allow_plain_http,
    )
    if is_in_cluster:
        return record, login_of(record, call.ports)
    return record, order.login or {}


def _with_version(record: "BrokerRecord", api_version: str) -> "BrokerRecord":
    from msgspec.structs import replace

    return replace(record, api_version=api_version) if api_version else record


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
