"""Faults of deleting bindings and instances at once."""

from tests.conformance.faults import Make, again, answers, becomes, ok_with, once, status
from tests.conformance.spoiling import Asked, Forward, Spoil, Told
from tests.conformance.sync_faults import fault


def _remembered(deletion: str, fetch: str) -> Make:
    """Fetches show what is deleted already."""

    def make() -> Spoil:
        shown: dict[str, Told] = {}
        gone: set[str] = set()

        def spoil(asked: Asked, forward: Forward) -> Told:
            told = forward(asked)
            if asked.call == deletion and told.status == 200:
                gone.add(asked.id)
            if asked.call == fetch and told.status == 200:
                shown[asked.id] = told
            return shown.get(asked.id, told) if asked.call == fetch and asked.id in gone else told

        return spoil

    return make


FAULTS = (
    fault(
        "a binding is deleted with 204",
        "unbind.accepted",
        status("unbind", of=200, becomes=204),
        "unbind.ends",
    ),
    fault(
        "a binding is deleted without a word",
        "unbind.answer",
        answers("unbind", lambda asked, told: told.with_raw(b""), lambda a, t: t.status == 200),
    ),
    fault(
        "an instance is deleted with 204",
        "deprovision.accepted",
        status("deprovision", of=200, becomes=204),
        "deprovision.ends",
    ),
    fault(
        "404 for a binding of an instance that is gone",
        "deprovision.unbind",
        once("deprovision", (200,), "unbind", becomes(404)),
    ),
    fault(
        "404 for unbinding without ids",
        "unbind.without-ids",
        status("unbind", of=400, becomes=404),
    ),
    fault(
        "a binding can be deleted twice",
        "unbind.again",
        again("unbind", ok_with(), lambda asked, told: told.status == 410),
    ),
    fault(
        "a binding is there after its end",
        "unbind.fetched",
        _remembered("unbind", "fetch-binding"),
    ),
    fault(
        "an instance is deleted without a word",
        "deprovision.answer",
        answers(
            "deprovision", lambda asked, told: told.with_raw(b""), lambda a, t: t.status == 200
        ),
    ),
    fault(
        "404 for deprovisioning without ids",
        "deprovision.without-ids",
        status("deprovision", of=400, becomes=404),
        "malformed.delete-without-ids",
    ),
    fault(
        "an instance deleted twice is not found",
        "deprovision.again",
        again("deprovision", becomes(404), lambda asked, told: told.status == 410),
    ),
    fault(
        "an instance is there after its end",
        "deprovision.fetched",
        _remembered("deprovision", "fetch-instance"),
    ),
)
