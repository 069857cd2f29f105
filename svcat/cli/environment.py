"""``env`` and ``run``: the credentials of bindings for a process on this machine."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from svcat.cli.call import Call
from svcat.cli.child import WrappingCommand, signals_held
from svcat.cli.command import command
from svcat.cli.invocation import Ended
from svcat.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from svcat.app.credentials import Held
    from svcat.app.environment import Choice, Environment

# The words of output.environment.EnvFormat, which is not loaded for every command.
_FORMATS = ("dotenv", "shell", "docker", "vcap")

Bindings = Annotated[
    list[str], typer.Argument(metavar="BINDING...", help="The bindings whose credentials.")
]


class EnvFlags(NamedTuple):
    """Which credentials become variables, and how these are called."""

    env: Annotated[
        list[str] | None,
        typer.Option(
            "--env",
            metavar="KEY=NAME",
            help="Only key KEY (or BINDING/KEY), as variable NAME; may be repeated.",
        ),
    ] = None
    env_all: Annotated[
        bool, typer.Option("--env-all", help="All the others too, besides --env.")
    ] = False
    prefix: Annotated[str, typer.Option("--prefix", help="What the variables begin with.")] = ""
    prefix_binding: Annotated[
        bool,
        typer.Option("--prefix-binding", help="They begin with their binding's name: MY_DB_HOST."),
    ] = False

    @property
    def are_given(self) -> bool:
        """Whether any is."""
        return any(self)

    def choice(self) -> "Choice":
        """Return which credentials become variables. Raises UsageError."""
        from svcat.app.environment import Choice

        is_for_all = self.env_all or not self.env
        if (self.prefix or self.prefix_binding) and not is_for_all:
            raise UsageError(
                "--env KEY=NAME names the whole variable: a prefix goes with --env-all"
            )
        return Choice(
            env=tuple(map(pair, self.env or ())),
            env_all=self.env_all,
            prefix=self.prefix,
            prefixes_binding=self.prefix_binding,
        )


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "env", formats=_FORMATS, format_by_default="dotenv")(env)
    command(app, "run", cls=WrappingCommand)(run)


def env(
    call: Call,
    bindings: Bindings,
    *,
    named: EnvFlags,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Show the values on a terminal too.")
    ] = False,
) -> None:
    """Print the credentials of bindings as environment variables.

    Into a file or a pipe they go as they are; on a terminal the values are hidden unless you ask
    with --show-secrets. Names are those that inject gives: db.host becomes DB_HOST.

    Examples:
      svcat env db > .env
      eval "$(svcat env db -o shell)"
      docker run --env-file <(svcat env db -o docker) IMAGE
      svcat env db cache --prefix-binding -o json
      VCAP_SERVICES=$(svcat env db -o vcap) ./app
    """
    from svcat.app import credentials
    from svcat.app.environment import environment_of

    held = credentials.held_by(bindings, call.namespace, call.ports)
    is_hidden = call.invocation.out.isatty() and not show_secrets
    if call.invocation.output == "vcap":
        if named.are_given:
            raise UsageError(
                "VCAP_SERVICES holds all credentials under their own names: no --env here"
            )
        _show_vcap(call, held, is_hidden=is_hidden)
    else:
        _show(call, environment_of(held, named.choice()), is_hidden=is_hidden)
    if is_hidden and call.invocation.output not in {"table", "wide", "name"}:
        call.note("values are hidden on a terminal: pipe them to where they go, or --show-secrets")


def run(
    call: Call,
    bindings: Bindings,
    *,
    named: EnvFlags,
    variables: Annotated[
        bool, typer.Option("--variables/--no-variables", help="Give it variables.")
    ] = True,
    files: Annotated[
        bool, typer.Option("--files/--no-files", help="Give it $SERVICE_BINDING_ROOT/BINDING/KEY.")
    ] = True,
    vcap: Annotated[bool, typer.Option("--vcap", help="Give it VCAP_SERVICES too.")] = False,
) -> None:
    """Run a command with the credentials of bindings.

    It gets the variables and files that inject gives to workloads. The files are for you alone, in
    memory if possible, and gone when the command has ended, whatever ended it. Its exit code is
    svcat's: 128+N if signal N ended it, 127 if there is no such command.

    Examples:
      svcat run db -- ./manage.py migrate
      svcat run db --env uri=DATABASE_URL -- npm start
      svcat run db cache --prefix-binding -- env
      svcat run db --no-variables -- sh -c 'ls -R $SERVICE_BINDING_ROOT'
    """
    words = call.invocation.wrapped
    if not words:
        raise UsageError("run what?", hint="svcat run BINDING... -- COMMAND [ARG]...")
    from svcat.app import credentials
    from svcat.app.environment import environment_of
    from svcat.app.variables import ROOT

    choice = named.choice()
    held = credentials.held_by(bindings, call.namespace, call.ports)
    environ = dict(call.invocation.environ)
    if variables:
        environment = environment_of(held, choice)
        for reason in environment.left_out:
            call.deps.warn(reason)
        environ |= {variable.name: variable.value for variable in environment.variables}
    if vcap:
        environ["VCAP_SERVICES"] = _vcap(call, held)
    with signals_held() as started:
        if call.deps.stopping():
            raise Interrupted("stopped before the command was started")
        if not files:
            raise Ended(started(words, environ))
        from svcat.cli.binding_root import binding_root

        contents = {each.name: each.contents for each in held}
        with binding_root(contents, call.invocation.environ, call.deps.warn) as root:
            code = started(words, environ | {ROOT: str(root)})
    raise Ended(code)


def pair(text: str) -> tuple[str, str]:
    """Return the key and the variable that ``KEY=NAME`` or ``KEY`` means. Raises UsageError."""
    from svcat.app.variables import require_allowed, variable_of

    key, equals, variable = text.partition("=")
    if not key or (equals and not variable):
        raise UsageError(f"invalid --env value ({text})", hint="--env KEY=NAME, or --env KEY")
    return key, require_allowed(variable or variable_of(key.rpartition("/")[2]))


def _show(call: Call, environment: "Environment", *, is_hidden: bool) -> None:
    from svcat.output import environment as formats

    wanted = call.invocation.output
    values = {variable.name: variable.value for variable in environment.variables}
    for reason in environment.left_out:
        call.deps.warn(reason)
    if wanted not in _FORMATS:
        rows = [(v.name, v.binding, v.key, len(v.value.encode())) for v in environment.variables]
        shown = formats.masked(values) if is_hidden else values
        call.show(formats.environment_view(shown, rows))
        return
    style = formats.EnvFormat(wanted)
    for name in formats.unfit_for(style, values):
        call.deps.warn(f"{name} is left out: a docker env file has no way to write its value")
        del values[name]
    for name in formats.hard_to_quote(style, values):
        call.deps.warn(
            f"not every reader of dotenv files takes {name} as it is written; "
            "-o shell, -o json and svcat run have no such doubts"
        )
    text = formats.in_format(formats.masked(values) if is_hidden else values, style)
    _write(call, text)


def _show_vcap(call: Call, held: "list[Held]", *, is_hidden: bool) -> None:
    from svcat.app.vcap import vcap_services
    from svcat.output import environment as formats

    document = vcap_services(held, call.ports)
    shown = formats.masked_document(document) if is_hidden else document
    _write(call, formats.vcap_text(shown))


def _vcap(call: Call, held: "list[Held]") -> str:
    from svcat.app.vcap import vcap_services
    from svcat.output.environment import vcap_text

    return vcap_text(vcap_services(held, call.ports)).rstrip("\n")


def _write(call: Call, text: str) -> None:
    from svcat.output.environment import for_terminal

    call.write(for_terminal(text) if call.invocation.out.isatty() else text)
