"""``inject`` and ``eject``: credentials into workloads, and out of them again."""

from typing import TYPE_CHECKING, Annotated

import typer

from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.environment import pair
from svcat.cli.options import ErrorUnchanged, Interval, Timeout, patience
from svcat.errors import UsageError, raise_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from svcat.app.injecting import Order
    from svcat.app.injection_record import Outcome
    from svcat.objects import JsonObject

Binding = Annotated[str, typer.Argument(help="The binding whose credentials they get.")]
Workloads = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KIND/NAME]...", help="The workloads, as deployment/web."),
]
Selector = Annotated[str, typer.Option("--selector", "-l", help="All workloads with these labels.")]
Follow = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until the new pods run.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "inject", mutates=True)(inject)
    command(app, "eject", mutates=True)(eject)


def inject(
    call: Call,
    binding: Binding,
    workloads: Workloads = None,
    selector: Selector = "",
    files: Annotated[
        bool,
        typer.Option("--files", help="Files in $SERVICE_BINDING_ROOT/BINDING; the default."),
    ] = False,
    env: Annotated[
        list[str] | None,
        typer.Option("--env", metavar="KEY=NAME", help="Key KEY of the Secret as variable NAME."),
    ] = None,
    env_all: Annotated[
        bool, typer.Option("--env-all", help="All credentials as variables: db.host as DB_HOST.")
    ] = False,
    prefix: Annotated[str, typer.Option("--prefix", help="What those variables begin with.")] = "",
    container: Annotated[
        list[str] | None,
        typer.Option("--container", "-c", help="Only this container; may be repeated."),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--mapping",
            metavar="FILE",
            help="A ClusterWorkloadResourceMapping for a kind that is not Kubernetes' own.",
        ),
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Change manifests (-f) instead, and print them.")
    ] = False,
    file: Annotated[
        list[str] | None,
        typer.Option("--filename", "-f", metavar="FILE", help="Manifests for --local; - is stdin."),
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Do again what somebody undid since.")
    ] = False,
    error_unchanged: ErrorUnchanged = False,
    wait: Follow = False,
    timeout: Timeout = "5m",
    interval: Interval = "",
) -> None:
    """Give workloads the credentials of a binding.

    Adds files or variables to the pod template and changes nothing else; eject takes exactly that
    away again. What is given is all that the workload gets of this binding. Jobs and bare Pods
    cannot be changed once they are there: change their manifests with --local.

    Examples:
      svcat inject db deployment/web
      svcat inject db deployment/web --env uri=DATABASE_URL --wait
      svcat inject db -l app=shop --env-all --prefix DB_
      svcat inject db --local -f job.yaml | kubectl apply -f -
      svcat inject db --repair
    """
    from svcat.app import injecting

    if repair:
        _require_alone(workloads, selector, env, env_all=env_all, files=files)
        outcomes = injecting.repair(binding, call.namespace, call.ports)
    else:
        order = injecting.Order(
            binding=binding,
            namespace=call.namespace,
            workloads=tuple(workloads or ()),
            selector=selector,
            env=tuple(map(pair, env or ())),
            env_all=env_all,
            prefix=prefix,
            files=files or not (env or env_all),
            containers=tuple(container or ()),
            mappings=_mappings(mapping or []),
        )
        if local or file:
            _transform(call, order, file or [], is_asked=local)
            return
        outcomes = injecting.inject(order, call.ports)
    _finish(call, binding, outcomes, "injected", is_error=error_unchanged)
    if wait:
        _follow(call, binding, outcomes, timeout, interval)


def eject(
    call: Call,
    binding: Annotated[str, typer.Argument(help="The binding to take out.")],
    workloads: Workloads = None,
    everywhere: Annotated[
        bool, typer.Option("--all", help="Out of every workload that has it.")
    ] = False,
    wait: Follow = False,
    timeout: Timeout = "5m",
    interval: Interval = "",
) -> None:
    """Take the credentials of a binding out of workloads.

    Exactly what inject added goes.

    Examples:
      svcat eject db deployment/web
      svcat eject db --all --wait
    """
    from svcat.app import ejecting

    if everywhere and workloads:
        raise UsageError("--all and names do not go together")
    outcomes = ejecting.eject(
        binding, call.namespace, workloads or (), call.ports, everywhere=everywhere
    )
    _finish(call, binding, outcomes, "ejected")
    if wait:
        _follow(call, binding, outcomes, timeout, interval)


def _finish(
    call: Call, binding: str, outcomes: "list[Outcome]", done: str, *, is_error: bool = False
) -> None:
    """Show what became of each workload. Raises what kept the first one from it, Unchanged."""
    from svcat.output.workloads import outcome_list, outcome_object

    objects = [
        outcome_object(
            outcome.injection,
            outcome.words,
            binding,
            call.namespace,
            state=_state(outcome, done),
            message=outcome.error.message if outcome.error else outcome.remark,
        )
        for outcome in outcomes
    ]
    call.show(outcome_list(objects, {o.words: o.injection for o in outcomes}))
    raise_for([outcome.error for outcome in outcomes], f"workloads were not {done}")
    if is_error and not any(outcome.changed for outcome in outcomes):
        call.unchanged(f"binding/{binding}", is_error=True)


def _state(outcome: "Outcome", done: str) -> str:
    if outcome.error is not None:
        return "failed"
    if outcome.remark:
        return "skipped"
    return done if outcome.changed else "unchanged"


def _follow(
    call: Call, binding: str, outcomes: "list[Outcome]", timeout: str, interval: str
) -> None:
    from svcat.app.following import follow
    from svcat.store.records import BindingRecord

    record = call.ports.records.load(BindingRecord, call.namespace, binding)
    limits = patience(timeout, interval, wait=True)
    for followed in follow(outcomes, record, call.ports, limits):
        call.note(f"{followed.injection.kind.lower()}/{followed.injection.name}: rolled out")


def _transform(call: Call, order: "Order", names: list[str], *, is_asked: bool) -> None:
    from svcat.app import injecting, manifests
    from svcat.cli.manifests import read, write

    if not is_asked:
        raise UsageError("-f changes manifests: say --local too", hint="inject BINDING --local -f")
    if not names:
        raise UsageError("which manifests?", hint="--local -f FILE; - is standard input")
    injecting.require_something(order)
    bench = injecting.bench_for(order.binding, order.namespace, call.ports)
    done = manifests.transform(read(names), order, bench)
    if done.left_out:
        call.deps.warn(f"no variable is made of {', '.join(done.left_out)}: such names are unsafe")
    for words in done.touched:
        call.note(f"{words}: injected")
    call.write(write(done.documents))


def _mappings(files: list[str]) -> "Mapping[str, JsonObject]":
    from svcat.cli.manifests import read

    found = {}
    for document in read(files):
        name = (document.get("metadata") or {}).get("name")
        if document.get("kind") != "ClusterWorkloadResourceMapping" or not name:
            raise UsageError("--mapping takes ClusterWorkloadResourceMapping objects with a name")
        found[str(name)] = document.get("spec") or {}
    return found


def _require_alone(
    workloads: list[str] | None,
    selector: str,
    env: list[str] | None,
    *,
    env_all: bool,
    files: bool,
) -> None:
    if workloads or selector or env or env_all or files:
        raise UsageError(
            "--repair does again what is on record: it takes no workloads and no words about them"
        )
