"""How a broker's conformance looks: a table with the failures in full, and JSON. Pure."""

from collections import Counter
from collections.abc import Iterator

from svcat.output.view import (
    Block,
    Column,
    Fields,
    JsonObject,
    Section,
    Table,
    View,
    envelope,
)

_COLUMNS = (
    Column("CHECK"),
    Column("LEVEL"),
    Column("RESULT"),
    Column("MESSAGE"),
    Column("SECTION", wide=True),
    Column("SENT", wide=True),
    Column("STATUS", wide=True),
)
_LEFT = (Column("TYPE"), Column("ID"), Column("INSTANCE-ID"), Column("MESSAGE"))
_LEVELS = ("MUST", "SHOULD", "RECOMMENDED")
_RESULTS = {"pass": "passed", "fail": "failed", "skip": "skipped"}


def report_view(facts: JsonObject) -> View:
    """Return the View of a report (``conformance.Report.facts``)."""
    obj = envelope(
        "ConformanceReport",
        {"name": facts["url"]},
        {"url": facts["url"], "apiVersion": facts["apiVersion"], "plan": facts["plan"]},
        {
            "conforms": not _failed(facts, "MUST"),
            "counts": {level: _counts(facts, level) for level in _LEVELS},
            "checks": facts["checks"],
            "leftBehind": facts["leftBehind"],
        },
    )
    rows = tuple(_row(check) for check in facts["checks"])
    blocks: list[Block] = [Table(_COLUMNS, rows), *_failures(facts)]
    if facts["leftBehind"]:
        left = tuple(map(_left_row, facts["leftBehind"]))
        blocks.append(Section("May still be there", Table(_LEFT, left)))
    blocks.append(Section("Summary", Fields(tuple(_summary(facts)))))
    names = tuple(f"check/{c['id']}" for c in facts["checks"] if c["result"] == "fail")
    return View(obj, tuple(blocks), names)


def verdict(facts: JsonObject) -> str:
    """Return what breaks a MUST, in a line; empty if nothing does."""
    failed = _failed(facts, "MUST")
    if not failed:
        return ""
    shown = ", ".join(check["id"] for check in failed[:5])
    more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
    return f"the broker breaks {len(failed)} MUST: {shown}{more}"


def left_behind_lines(facts: JsonObject) -> Iterator[str]:
    """Give a line for each thing that could not be deleted, with all that is needed to do it."""
    for left in facts["leftBehind"]:
        kind, identifier, instance, reason = _left_row(left)
        of = f" of instance {instance}" if instance else ""
        ids = f"service_id {left['classExternalID']}, plan_id {left['planExternalID']}"
        yield f"{kind} {identifier}{of} ({ids}): {reason}"


def _row(check: JsonObject) -> tuple[str, ...]:
    return (
        check["id"],
        check["level"],
        check["result"],
        check.get("reason") or check["title"],
        check["section"],
        check.get("sent", ""),
        str(check.get("status", "")),
    )


def _left_row(left: JsonObject) -> tuple[str, ...]:
    instance, binding = left["instanceExternalID"], left.get("bindingExternalID", "")
    if binding:
        return "binding", binding, instance, left["reason"]
    return "instance", instance, "", left["reason"]


def _failures(facts: JsonObject) -> Iterator[Section]:
    for level in ("MUST", "SHOULD"):
        for check in _failed(facts, level):
            lines = [
                ("Section", check["section"]),
                ("Expected", check["title"]),
                ("Found", check.get("reason", "")),
            ]
            if "sent" in check:
                lines += [("Sent", check["sent"]), ("Received", received(check))]
            yield Section(f"{check['id']} ({level})", Fields(tuple(lines)))


def received(check: JsonObject) -> str:
    """Return what came back, in a line."""
    return f"{check.get('status', 'no answer')} {check.get('received', '')}".rstrip()


def _summary(facts: JsonObject) -> Iterator[tuple[str, str]]:
    yield "Broker", facts["url"]
    yield "API Version", facts["apiVersion"]
    yield "Plan", facts["plan"] or "none: nothing was made (--full)"
    for level in _LEVELS:
        counts = _counts(facts, level)
        yield level, ", ".join(f"{counts[result]} {word}" for result, word in _RESULTS.items())
    yield "Verdict", verdict(facts) or "no MUST is broken"


def _failed(facts: JsonObject, level: str) -> list[JsonObject]:
    return [c for c in facts["checks"] if c["level"] == level and c["result"] == "fail"]


def _counts(facts: JsonObject, level: str) -> dict[str, int]:
    counted = Counter(c["result"] for c in facts["checks"] if c["level"] == level)
    return {result: counted[result] for result in _RESULTS}
