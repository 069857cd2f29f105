"""The program: its root, and the one place that turns errors into words and exit codes."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from svcat.cli import bindings, brokers, catalog, instances, recovery, serve, updating, version
from svcat.cli.command import Invocation
from svcat.cli.deps import Settings
from svcat.errors import Interrupted, SvcatError

BROKEN_PIPE = 141  # 128 + SIGPIPE, as a shell reports it

app = typer.Typer(
    name="svcat",
    help="Browse, provision and bind services of Open Service Broker brokers.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (catalog, brokers, instances, updating, bindings, recovery, serve, version):
    module.register(app)


@app.callback()
def root(
    ctx: typer.Context,
    context: Annotated[str | None, typer.Option(help="The kubeconfig context to use.")] = None,
    kubeconfig: Annotated[str | None, typer.Option(help="The kubeconfig file.")] = None,
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", help="The namespace.")
    ] = None,
    store: Annotated[str | None, typer.Option(help="kube or local.")] = None,
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.")
    ] = False,
) -> None:
    """Browse, provision and bind services of Open Service Broker brokers.

    Examples:
      svcat register demo --url http://127.0.0.1:8080
      svcat marketplace
      svcat provision db --class sqlite --plan file
      svcat bind db
    """
    del show_version  # answered before anything is loaded, see run()
    ctx.obj.root = Settings(
        context=context, kubeconfig=kubeconfig, store=store, namespace=namespace
    )


def run(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["--version"]:
        version.show_own()
        sys.exit(0)
    sys.exit(_exit_code(words, Invocation()))


def _exit_code(words: Sequence[str], invocation: Invocation) -> int:
    try:
        app(args=words, obj=invocation, prog_name=_program_name())
    except SvcatError as error:
        return _fail(error, invocation)
    except KeyboardInterrupt:
        return _fail(Interrupted("stopped", hint="see what goes on: svcat resume"), invocation)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except Exception as error:
        if invocation.environ.get("SVCAT_DEBUG"):
            raise
        # The message could hold anything, a credential too.
        return _fail(_bug(error), invocation)
    return 0


def _fail(error: SvcatError, invocation: Invocation) -> int:
    from svcat.output.failure import show_failure

    show_failure(error, invocation.output, invocation.out, invocation.err)
    return error.exit_code


def _bug(error: Exception) -> SvcatError:
    return SvcatError(
        f"svcat has a bug: {type(error).__name__}",
        hint="run it again with SVCAT_DEBUG=1 and report what it prints (look through it first: "
        "it may hold secrets); nothing is lost: svcat resume goes on",
    )


def _program_name() -> str:
    name = os.path.basename(sys.argv[0])  # noqa: PTH119 - pathlib costs start-up time
    return "kubectl svcat" if name.startswith("kubectl-") else "svcat"
