"""``rotate``: new credentials in a binding's Secret, and the old ones gone."""

from typing import TYPE_CHECKING, Annotated

import typer

from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import WaitFlags, parse_duration
from svcat.errors import UsageError, raise_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from svcat.store.records import BindingRecord

Expiring = Annotated[
    str,
    typer.Option(
        "--expiring",
        metavar="DURATION",
        help="Only bindings that end within this time, like 7d or 12h, or are to be renewed now.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "rotate", mutates=True)(rotate)


def rotate(
    call: Call,
    binding: Annotated[str, typer.Argument(help="The binding to rotate.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Every binding of the namespace.")
    ] = False,
    expiring: Expiring = "",
    grace: Annotated[
        str,
        typer.Option(
            "--grace", metavar="DURATION", help="How long the old credentials go on working."
        ),
    ] = "0s",
    rollback: Annotated[
        bool,
        typer.Option("--rollback", help="Go back if workloads do not get on with the new ones."),
    ] = False,
    *,
    waiting: WaitFlags,
) -> None:
    """Replace the credentials of bindings.

    The broker makes new ones, the Secret gets them in one write, the pods of workloads that they
    were injected into are replaced, and then the old ones are deleted. Whoever else read the Secret
    before needs --grace: it comes on top of --timeout. A rotation that came to a halt goes on with
    resume, or back with --rollback.

    Examples:
      svcat rotate db
      svcat rotate db --grace 10m --rollback
      svcat rotate --expiring 7d --no-wait
    """
    from svcat.app import rotation
    from svcat.output.bindings import binding_summary, rotated_list

    if sum((bool(binding), everything, bool(expiring))) != 1:
        raise UsageError(
            "rotate what?", hint="one of: svcat rotate BINDING, --all, or --expiring 7d"
        )
    order = rotation.Order(
        namespace=call.namespace,
        grace_s=round(parse_duration(grace, "--grace")),
        rolls_back=rollback,
    )
    limits = waiting.patience()
    if binding:
        record = rotation.rotate(binding, order, call.ports, limits)
        mention_what_is_left(call, [record])
        call.show(binding_summary(record))
        return
    names = _of_namespace(call, expiring)
    done = list(rotation.rotate_all(names, order, call.ports, limits))
    mention_what_is_left(call, [d.record for d in done if d.record is not None])
    call.show(rotated_list((d.name, d.record, d.error, d.changed) for d in done))
    raise_for([d.error for d in done], "could not be finished")


def _of_namespace(call: Call, expiring: str) -> "list[str]":
    """Return the bindings to rotate; those that end first come first."""
    from svcat.app import expiry
    from svcat.store.records import BindingRecord

    records = call.ports.records
    found = [b for b in records.list(BindingRecord, call.namespace) if expiry.is_rotated(b)]
    if expiring:
        found = due(call, found, expiring)
    return [b.name for b in sorted(found, key=expiry.urgency)]


def due(call: Call, bindings: "Iterable[BindingRecord]", expiring: str) -> "list[BindingRecord]":
    """Return those that end within ``expiring``; times that are none are warned of."""
    from datetime import timedelta

    from svcat.app import expiry

    within = timedelta(seconds=parse_duration(expiring, "--expiring"))
    now = call.ports.records.now()
    found = []
    for binding in bindings:
        for remark in expiry.remarks(binding):
            call.deps.warn(remark)
        if expiry.is_due(binding, within, now):
            found.append(binding)
    return found


def mention_what_is_left(call: Call, records: "list[BindingRecord]") -> None:
    """Say which of ``records`` somebody has to see to later."""
    from svcat.app.binding_lifecycle import kept_until
    from svcat.store.records import BindingPhase

    if call.deps.rehearsal is not None:
        return
    now = call.ports.records.now()
    for record in records:
        until, resume = kept_until(record, now), f"svcat resume {record.name} -n {record.namespace}"
        if record.phase is BindingPhase.ROTATING:
            call.note(f"binding/{record.name} is being rotated; see it through: {resume}")
        elif until is not None:
            call.note(
                f"the old credentials of binding/{record.name} work until "
                f"{until:%Y-%m-%d %H:%M:%S} UTC; then: {resume}"
            )
