"""Faults of asynchronous operations: what is said while they run, and at their end."""

from tests.conformance.faults import (
    ASYNC,
    ASYNC_BIND,
    Change,
    Fault,
    Make,
    again,
    answers,
    becomes,
    instead,
    members,
    ok_with,
    requests,
)
from tests.conformance.spoiling import Asked, Forward, Spoil, Told, refusal

RUNNING, SUCCEEDED = "in progress", "succeeded"


def _fault(name: str, caught_by: str, make: Make, *with_it: str, timeout_s: float = 20.0) -> Fault:
    return Fault(
        name=name, caught_by=caught_by, make=make, plan=ASYNC, with_it=with_it, timeout_s=timeout_s
    )


def _of_bindings(name: str, caught_by: str, make: Make, *with_it: str) -> Fault:
    return Fault(name=name, caught_by=caught_by, make=make, plan=ASYNC_BIND, with_it=with_it)


def _is_accepted(asked: Asked, told: Told) -> bool:
    return told.status == 202


def _polls(kind: str, state: str, change: Change) -> Make:
    """Change what polls of one kind of operation tell. The broker's operations begin with it."""
    call = "poll-binding" if kind.endswith("bind") else "poll-instance"
    return answers(
        call,
        change,
        lambda asked, told: (
            asked.params.get("operation", "").startswith(kind)
            and told.status == 200
            and told.body["state"] == state
        ),
    )


def _always_async(call: str) -> Make:
    return requests(
        call,
        lambda asked: asked.with_target(
            f"{asked.target}{'&' if asked.params else '?'}accepts_incomplete=true"
        ),
        lambda asked: "accepts_incomplete" not in asked.params and b"service_id" in _all(asked),
    )


def _all(asked: Asked) -> bytes:
    return asked.target.encode() + asked.raw


def _forgetting(kind: str) -> Make:
    """Tell the end of an operation once."""

    def make() -> Spoil:
        ended: set[str] = set()

        def spoil(asked: Asked, forward: Forward) -> Told:
            told = forward(asked)
            operation = asked.params.get("operation", "")
            if not operation.startswith(kind):
                return told
            if operation in ended:
                return refusal(404)
            if told.body.get("state") == SUCCEEDED:
                ended.add(operation)
            return told

        return spoil

    return make


def _while_provisioning(call: str, change: Change) -> Make:
    """Change answers about an instance that is being made."""
    return _while("provision", "poll-instance", call, change)


def _while_binding(call: str, change: Change) -> Make:
    """Change answers about a binding that is being made."""
    return _while("bind", "poll-binding", call, change)


def _while(begin: str, poll: str, call: str, change: Change) -> Make:
    def make() -> Spoil:
        running: set[str] = set()

        def spoil(asked: Asked, forward: Forward) -> Told:
            told = forward(asked)
            if asked.call == begin and told.status == 202:
                running.add(asked.id)
            if asked.call == poll and told.body.get("state") != RUNNING:
                running.discard(asked.id)
            is_about = any(instance in asked.target for instance in running)
            return change(asked, told) if asked.call == call and is_about else told

        return spoil

    return make


def _while_updating(call: str, change: Change) -> Make:
    """Change answers to ``call`` while an update runs, but for the request that began it."""

    def make() -> Spoil:
        running: dict[str, bytes] = {}

        def spoil(asked: Asked, forward: Forward) -> Told:
            told = forward(asked)
            if asked.call == "update" and told.status == 202:
                running.setdefault(asked.id, asked.raw)
            if asked.call == "poll-instance" and told.body.get("state") != RUNNING:
                running.clear()
            is_other = bool(running) and asked.raw not in running.values()
            return change(asked, told) if asked.call == call and is_other else told

        return spoil

    return make


INSTANCES = (
    _fault(
        "202 to a platform that cannot wait",
        "provision.async-required",
        _always_async("provision"),
    ),
    _fault(
        "AsyncRequired without its code",
        "provision.async-required",
        answers("provision", becomes(422), lambda asked, told: b"AsyncRequired" in told.raw),
    ),
    _fault(
        "200 for what is still being made",
        "provision.repeat-while-running",
        again("provision", lambda asked, told: told.with_status(200), _is_accepted),
    ),
    _fault(
        "another operation with every repetition",
        "provision.repeat-while-running",
        again("provision", members(operation="another"), _is_accepted),
    ),
    _fault(
        "an operation of 10,001 characters",
        "provision.answer",
        answers("provision", members(operation="x" * 10_001), _is_accepted),
        "provision.polls",
        "provision.ends",
        "provision.repeat-while-running",
    ),
    _fault(
        "another conflict while it is made is fine",
        "provision.conflict-while-running",
        _while_provisioning(
            "provision",
            lambda asked, told: Told(status=202) if told.status == 409 else told,
        ),
    ),
    _fault(
        "what is still being made can be fetched",
        "provision.fetch-while-running",
        _while_provisioning("fetch-instance", ok_with()),
    ),
    _fault(
        "409 for binding what is still being made",
        "provision.bind-while-running",
        _while_provisioning("bind", becomes(409)),
    ),
    _fault(
        "states in upper case",
        "provision.polls",
        _polls("provision", RUNNING, members(state="IN PROGRESS")),
        "provision.ends",
    ),
    _fault(
        "503 for every second poll",
        "provision.polls",
        _polls("provision", RUNNING, becomes(503)),
        "provision.ends",
    ),
    _fault(
        "an empty description in a poll",
        "provision.poll-members",
        _polls("provision", RUNNING, members(description="")),
    ),
    _fault(
        "instance_usable in a poll of a provision",
        "provision.poll-members",
        _polls("provision", SUCCEEDED, members(instance_usable=True)),
    ),
    _fault(
        "polls need the hints",
        "provision.bare-poll",
        instead("poll-instance", refusal(400), lambda asked: "service_id" not in asked.params),
    ),
    _fault(
        "it never ends",
        "provision.ends",
        _polls("provision", SUCCEEDED, members(state=RUNNING)),
        timeout_s=2.0,
    ),
    _fault(
        "it fails",
        "provision.ends",
        _polls("provision", SUCCEEDED, members(state="failed")),
    ),
    _fault(
        "the end of an operation is forgotten at once",
        "provision.poll-after-end",
        _forgetting("provision"),
        "provision.bare-poll",
    ),
    _fault(
        "an update is accepted without being asked to",
        "update.async-required",
        _always_async("update"),
    ),
    _fault(
        "200 for an update that still runs",
        "update.repeat-while-running",
        again("update", lambda asked, told: told.with_status(200), _is_accepted),
    ),
    _fault(
        "a state of updating that there is not",
        "update.polls",
        _polls("update", RUNNING, members(state="updating")),
        "update.ends",
        "update.parameters",
        "bind.accepted",
        "deprovision.accepted",
    ),
    _fault(
        "an empty description in a poll of an update",
        "update.poll-members",
        _polls("update", RUNNING, members(description="")),
    ),
    _fault(
        "an update that fails",
        "update.ends",
        _polls("update", SUCCEEDED, members(state="failed")),
        "update.parameters",
    ),
    _fault(
        "the end of an update is forgotten at once",
        "update.poll-after-end",
        _forgetting("update"),
    ),
    _fault(
        "409 for another update while one runs",
        "update.rival-while-running",
        _while_updating("update", becomes(409)),
    ),
    _fault(
        "404 for what is being updated",
        "update.fetch-while-running",
        _while_updating("fetch-instance", becomes(404)),
    ),
    _fault(
        "an instance is deleted while nobody can wait",
        "deprovision.async-required",
        _always_async("deprovision"),
    ),
    _fault(
        "410 for a delete that still runs",
        "deprovision.repeat-while-running",
        again("deprovision", lambda asked, told: Told(status=410), _is_accepted),
    ),
    _fault(
        "a state of deleting that there is not",
        "deprovision.polls",
        _polls("deprovision", RUNNING, members(state="deleting")),
        "deprovision.while-provisioning",
        "deprovision.ends",
    ),
    _fault(
        "update_repeatable in a poll of a delete",
        "deprovision.poll-members",
        _polls("deprovision", RUNNING, members(update_repeatable=True)),
    ),
    _fault(
        "a delete that never ends",
        "deprovision.ends",
        _polls("deprovision", SUCCEEDED, members(state=RUNNING)),
        "deprovision.while-provisioning",
        timeout_s=2.0,
    ),
    _fault(
        "404 for deleting what is still being made",
        "deprovision.while-provisioning",
        _while_provisioning("deprovision", becomes(404)),
    ),
)

BINDINGS = (
    _of_bindings(
        "202 for a binding that nobody can wait for",
        "bind.async-required",
        _always_async("bind"),
    ),
    _of_bindings(
        "credentials before the binding is made",
        "bind.no-information-in-202",
        answers("bind", members(credentials={"password": "early"}), _is_accepted),
    ),
    _of_bindings(
        "an operation that is a number",
        "bind.answer",
        answers("bind", members(operation=7), _is_accepted),
    ),
    _of_bindings(
        "what is still being bound can be fetched",
        "bind.fetch-while-running",
        _while_binding("fetch-binding", ok_with(credentials={"password": "early"})),
    ),
    _of_bindings(
        "another conflict while it is bound is fine",
        "bind.conflict-while-running",
        _while_binding(
            "bind", lambda asked, told: Told(status=202) if told.status == 409 else told
        ),
    ),
    _of_bindings(
        "the end of a bind operation is forgotten at once",
        "bind.poll-after-end",
        _forgetting("bind"),
    ),
    _of_bindings(
        "a state of unbinding that there is not",
        "unbind.polls",
        _polls("unbind", RUNNING, members(state="unbinding")),
        "unbind.ends",
    ),
    _of_bindings(
        "instance_usable in a poll of unbinding",
        "unbind.poll-members",
        _polls("unbind", RUNNING, members(instance_usable=False)),
    ),
    _of_bindings(
        "200 for a binding that is still being made",
        "bind.repeat-while-running",
        again("bind", lambda asked, told: told.with_status(200), _is_accepted),
    ),
    _of_bindings(
        "a state of binding that there is not",
        "bind.polls",
        _polls("bind", RUNNING, members(state="binding")),
        "bind.ends",
    ),
    _of_bindings(
        "a description in a poll of a binding that is a list",
        "bind.poll-members",
        _polls("bind", RUNNING, members(description=[])),
    ),
    _of_bindings(
        "a binding that fails",
        "bind.ends",
        _polls("bind", SUCCEEDED, members(state="failed")),
    ),
    _of_bindings(
        "a binding without credentials when it is made",
        "bind.information",
        answers(
            "fetch-binding", lambda asked, told: told.with_body({}), lambda a, t: t.status == 200
        ),
        "rotate.information",
    ),
    _of_bindings(
        "202 for unbinding to who cannot wait",
        "unbind.async-required",
        _always_async("unbind"),
    ),
    _of_bindings(
        "410 for unbinding that still runs",
        "unbind.repeat-while-running",
        again("unbind", lambda asked, told: Told(status=410), _is_accepted),
    ),
    _of_bindings(
        "unbinding that fails",
        "unbind.ends",
        _polls("unbind", SUCCEEDED, members(state="failed")),
    ),
)

FAULTS = (*INSTANCES, *BINDINGS)
