"""``resume``, ``wait``, ``orphans``, ``abandon``: what to do after a bad day."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from svcat.cli import confirm, groups
from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import AllNamespaces, Eject, Interval, Timeout, Yes, patience
from svcat.errors import NotFound, raise_for

if TYPE_CHECKING:
    from svcat.app.orphans import Cleaned, Orphan, StraySecret
    from svcat.app.waiting import Wish

ABANDON_WARNING = (
    "This only forgets the record here: the broker keeps what it has and may go on charging for "
    "it. It cannot be undone."
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "resume", mutates=True)(resume)
    command(app, "wait")(wait)
    command(app, "abandon", mutates=True)(abandon)
    orphans = groups.orphans(app)
    command(orphans, "list", lists=True)(list_orphans)
    command(orphans, "clean", mutates=True)(clean_orphans)


def resume(
    call: Call,
    name: Annotated[str, typer.Argument(help="NAME or TYPE/NAME; otherwise everything.")] = "",
    all_namespaces: AllNamespaces = False,
    timeout: Timeout = "5m",
    interval: Interval = "",
) -> None:
    """Finish what other commands began and did not end.

    Exits with 0 when nothing is left to do.

    Examples:
      svcat resume
      svcat resume db
      svcat resume -A
    """
    from svcat.app import stale, unfinished
    from svcat.output.recovery import resumed_list, resumed_row

    ports = call.ports
    records = (
        unfinished.named(name, call.namespace, ports)
        if name
        else unfinished.find(call.namespace_or_all(everywhere=all_namespaces), ports)
    )
    now = ports.records.now()
    work = [record for record in records if stale.has_work(record, now, ports)]
    done = list(unfinished.resume(work, ports, patience(timeout, interval, wait=True)))
    call.show(
        resumed_list(
            resumed_row(
                d.kind,
                d.namespace,
                d.name,
                d.was,
                record=d.record,
                problem=d.error.message if d.error else "",
            )
            for d in done
        )
    )
    raise_for([d.error for d in done], "could not be finished")


def wait(
    call: Call,
    what: Annotated[
        str, typer.Argument(metavar="TYPE/NAME", help="instance/NAME or binding/NAME.")
    ],
    wanted: Annotated[
        str,
        typer.Option(
            "--for", help="condition=Ready, delete, phase=PHASE or jsonpath='{PATH}'[=VALUE]."
        ),
    ] = "condition=Ready",
    timeout: Timeout = "5m",
    interval: Interval = "",
) -> None:
    """Wait until an instance or binding is as wanted.

    Drives it on if nobody else does.

    Examples:
      svcat wait instance/db
      svcat wait instance/db --for=delete --timeout 10m
      svcat wait instance/db --for=jsonpath='{.spec.plan}'=large
    """
    from svcat.app import waiting
    from svcat.output.messages import message

    kind, _, name = what.partition("/")
    wish = _wish(wanted)
    waiting.wait(what, call.namespace, wish, call.ports, patience(timeout, interval, wait=True))
    text = f"{what} condition met"
    call.show(message(kind.capitalize(), name, call.namespace, text, wish.words))


def list_orphans(call: Call, all_namespaces: AllNamespaces = False) -> None:
    """List what brokers may hold that no record leads to.

    Of all namespaces, unless -n names one.

    Example: svcat orphans list
    """
    from svcat.app import orphans
    from svcat.output.recovery import orphan_list

    namespace = _where(call, everywhere=all_namespaces)
    found = orphans.find(namespace, call.ports, selector=call.selector)
    strays = orphans.find_secrets(namespace, call.ports, selector=call.selector)
    call.show(orphan_list([*(_object(o) for o in found), *(_object(s) for s in strays)]))


def clean_orphans(
    call: Call,
    ids: Annotated[list[str] | None, typer.Argument(help="Only these ids.")] = None,
    all_namespaces: AllNamespaces = False,
    broker: Annotated[
        str, typer.Option("--broker", "-b", help="Delete through this registration.")
    ] = "",
    abandoned: Annotated[
        bool, typer.Option("--abandoned", help="Also what was abandoned on purpose.")
    ] = False,
    yes: Yes = False,
    timeout: Timeout = "5m",
) -> None:
    """Delete orphans at their brokers.

    The ledger holds what it takes.

    Examples:
      svcat orphans clean --yes
      svcat orphans clean --broker demo 5eab3c10-c95f-42e9-92c4-9bc0dc23f265
    """
    from svcat.app import orphans
    from svcat.output.recovery import orphan_list

    namespace = _where(call, everywhere=all_namespaces)
    wanted = set(ids or [])
    known = orphans.find(namespace, call.ports)
    found = [
        o
        for o in known
        if (o.entry.id in wanted if wanted else abandoned or o.why is not orphans.Why.ABANDONED)
    ]
    if missing := wanted - {o.entry.id for o in found}:
        raise NotFound(
            f"no orphans have these ids: {', '.join(sorted(missing))}",
            hint="see what there is: svcat orphans list -A",
        )
    strays = [] if wanted else orphans.find_secrets(namespace, call.ports)
    if found or strays:
        confirm.by_name("delete", _what_is_deleted(found, strays), confirmed=yes)
    limits = patience(timeout, "", wait=True)
    done = [
        *orphans.clean(found, call.ports, limits, broker_name=broker),
        *orphans.clean_secrets(strays, call.ports),
    ]
    call.show(orphan_list(map(_cleaned_object, done), empty=_nothing_to_clean(known)))
    raise_for([d.error for d in done], "could not be finished")


def abandon(
    call: Call,
    what: Annotated[
        str, typer.Argument(metavar="TYPE/NAME", help="instance/NAME or binding/NAME.")
    ],
    eject: Eject = False,
    yes: Yes = False,
) -> None:
    """Forget a record without asking the broker.

    The last resort when a broker is gone for good: it may still hold what the record led to, and
    charge for it. The ledger keeps the ids.

    Example: svcat abandon instance/db
    """
    abandon_record(call, what, confirmed=yes, ejects=eject)


def abandon_record(call: Call, what: str, *, confirmed: bool, ejects: bool = False) -> None:
    """Forget TYPE/NAME after a confirmation, and show what is left at the broker."""
    abandon_each(call, [what], confirmed=confirmed, ejects=ejects)


def abandon_each(call: Call, whats: list[str], *, confirmed: bool, ejects: bool = False) -> None:
    """Forget each TYPE/NAME after a confirmation; whatever fails, show what is left at brokers."""
    from svcat.app import abandon as app
    from svcat.app import unfinished
    from svcat.output.recovery import abandoned

    gone: list[app.Abandoned] = []
    try:
        for what in whats:
            record = unfinished.load(what, call.namespace, call.ports)
            confirm.by_name(record.name, ABANDON_WARNING, confirmed=confirmed)
            gone += app.abandon(record, call.ports, ejects=ejects)
    finally:
        if gone:
            call.show(abandoned([g.record for g in gone], [e for g in gone for e in g.left]))


def _what_is_deleted(found: "list[Orphan]", strays: "list[StraySecret]") -> str:
    """Return what is to be deleted for good, in words."""
    from svcat.output.safe import safe_line

    entries = [orphan.entry for orphan in found]
    lines = [
        "To be deleted for good:",
        *(f"- {e.kind} {e.name} of {e.namespace} at broker {e.broker.name}" for e in entries),
        *(f"- Secret {stray.name} in {stray.namespace}" for stray in strays),
    ]
    return "\n".join(map(safe_line, lines))


def _nothing_to_clean(known: "list[Orphan]") -> str:
    """Return why nothing is deleted: what was abandoned stays until it is asked for."""
    if known:
        return "No orphans but what was abandoned; that too: svcat orphans clean --abandoned"
    return "No orphans."


def _wish(text: str) -> "Wish":
    from svcat.app import waiting
    from svcat.errors import UsageError

    name, _, value = text.partition("=")
    match name.lower():
        case "delete":
            return waiting.deleted()
        case "condition" if value.lower() in {"ready", "ready=true"}:
            return waiting.ready()
        case "phase" if value:
            return waiting.phase(value)
        case "jsonpath" if value:
            return _path_wish(value)
        case _:
            raise UsageError(
                f"invalid --for value ({text})",
                hint="it is condition=Ready, delete, phase=PHASE or jsonpath='{PATH}'=VALUE",
            )


def _path_wish(text: str) -> "Wish":
    """Read ``{PATH}=VALUE``, or ``{PATH}`` for anything that is there, as kubectl wait does."""
    from svcat import jsonpath
    from svcat.app import waiting
    from svcat.output.bindings import binding_object
    from svcat.output.instances import instance_object
    from svcat.store.records import BindingRecord, InstanceRecord

    end = text.rfind("}") + 1
    path, value = (text[:end], text[end:]) if end else text.partition("=")[::2]
    value, wants_value = value.removeprefix("="), end < len(text) if end else "=" in text
    jsonpath.find(path, {})  # a broken path is the first thing to say

    def is_met(record: object) -> bool:
        if isinstance(record, InstanceRecord):
            found = jsonpath.find(path, instance_object(record))
        elif isinstance(record, BindingRecord):
            found = jsonpath.find(path, binding_object(record))
        else:
            return False
        return any(jsonpath.shown(it) == value for it in found) if wants_value else bool(found)

    return waiting.Wish(text, is_met, f"jsonpath={shlex.quote(text)}")


def _where(call: Call, *, everywhere: bool) -> str:
    """Return the namespace that -n names; all (empty) otherwise, for orphans' may be gone."""
    return "" if everywhere else call.deps.settings.namespace or ""


def _object(what: "Orphan | StraySecret") -> dict[str, object]:
    from svcat.app.orphans import Orphan
    from svcat.output.recovery import orphan_object, stray_secret_object

    if isinstance(what, Orphan):
        return orphan_object(what.entry, what.why)
    return stray_secret_object(what.namespace, what.name, what.binding)


def _cleaned_object(done: "Cleaned") -> dict[str, object]:
    obj = _object(done.what)
    return {**obj, "status": {"reason": done.error.message if done.error else "deleted"}}
