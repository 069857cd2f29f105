"""A broker in memory, for the explorer: what it did is there to be looked at.

It answers with the real ``osb.outcome`` tables, so that what a command learns from a status or a
silence is what it would learn on the wire.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any

from svcat.osb.models import (
    BindRequest,
    Bound,
    BrokerError,
    Call,
    Catalog,
    Deleted,
    FetchedCatalog,
    LastOperation,
    OperationState,
    Outcome,
    Plan,
    Provisioned,
    ProvisionRequest,
    Reply,
    ServiceOffering,
    UpdateRequest,
)
from svcat.osb.outcome import (
    POLLS,
    READS,
    Body,
    NoAnswer,
    may_be_running,
    needs_mitigation,
    outcome,
)

VERSION = "2.17"
POLLS_NEEDED = 2

Exchange = tuple[int | NoAnswer, Any, str]
"""Status, body, error code."""

Act = Callable[[], Exchange]
Effect = Callable[[Call, str, Act], Exchange]
"""Carries an act out, or loses it: call, the id it is about, the act."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a broker behaves."""

    is_async: bool = False
    async_fails: bool = False
    deletes_slowly: bool = False
    refuses: bool = False
    refuses_updates: bool = False
    conflicts_on_replay: bool = False  # 409 to a request that it carried out before
    credentials_once: bool = False
    retrievable: bool = False
    rotatable: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """An instance or a binding at the broker."""

    state: str  # ready, working, deleting, broken
    body: str = ""
    plan: str = ""
    instance: str = ""
    password: str = ""
    polls: int = 0


@dataclass(slots=True)
class Holdings:
    """What exists at the broker, and what was done wrong to it."""

    instances: dict[str, Resource] = field(default_factory=dict)
    bindings: dict[str, Resource] = field(default_factory=dict)
    passwords: int = 0
    wrongs: list[str] = field(default_factory=list)

    def copy(self) -> "Holdings":
        return Holdings(dict(self.instances), dict(self.bindings), self.passwords, [*self.wrongs])

    def state(self) -> Hashable:
        """Return what tells these holdings from others."""
        return frozenset(self.instances.items()), frozenset(self.bindings.items()), self.passwords


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int) -> None:
        self.status = status


def catalog_of(habits: Habits) -> Catalog:
    plans = (
        Plan(id="small-id", name="small", binding_rotatable=habits.rotatable),
        Plan(id="large-id", name="large", binding_rotatable=habits.rotatable),
    )
    service = ServiceOffering(
        id="service-id",
        name="pg",
        bindable=True,
        plan_updateable=True,
        bindings_retrievable=habits.retrievable,
        plans=plans,
    )
    return Catalog(services=(service,))


class SimulatedBroker:
    """``app.ports.Broker`` over ``holdings``; every call goes through ``effect``."""

    def __init__(self, habits: Habits, holdings: Holdings, effect: Effect) -> None:
        self._habits = habits
        self._holdings = holdings
        self._effect = effect

    def catalog(self, *, etag: str = "", last_modified: str = "") -> FetchedCatalog:
        return FetchedCatalog(catalog=catalog_of(self._habits), api_version=VERSION)

    def provision(
        self, instance_id: str, request: ProvisionRequest, *, sends: int
    ) -> Reply[Provisioned]:
        act = self._answering(self._provision, instance_id, request)
        return self._call(Call.PROVISION, instance_id, act, sends)

    def update(self, instance_id: str, request: UpdateRequest, *, sends: int) -> Reply[Provisioned]:
        act = self._answering(self._update, instance_id, request.plan_id)
        return self._call(Call.UPDATE, instance_id, act, sends)

    def deprovision(self, instance_id: str, *, service_id: str, plan_id: str) -> Reply[Deleted]:
        act = self._answering(self._deprovision, instance_id, plan_id)
        return self._call(Call.DEPROVISION, instance_id, act)

    def poll_instance(
        self, instance_id: str, *, service_id: str, plan_id: str, operation: str | None
    ) -> Reply[LastOperation]:
        act = self._answering(self._poll, self._holdings.instances, instance_id)
        return self._call(Call.POLL_INSTANCE, instance_id, act)

    def fetch_instance(self, instance_id: str, *, service_id: str, plan_id: str) -> Reply[Any]:
        return self._call(Call.FETCH_INSTANCE, instance_id, lambda: (404, None, ""))

    def bind(
        self,
        instance_id: str,
        binding_id: str,
        request: BindRequest,
        *,
        sends: int,
        accepts_incomplete: bool,
    ) -> Reply[Bound]:
        act = self._answering(
            self._bind, instance_id, binding_id, request.predecessor_binding_id, accepts_incomplete
        )
        return self._call(Call.BIND, binding_id, act, sends)

    def fetch_binding(
        self, instance_id: str, binding_id: str, *, service_id: str, plan_id: str
    ) -> Reply[Bound]:
        return self._call(
            Call.FETCH_BINDING, binding_id, self._answering(self._fetch_binding, binding_id)
        )

    def unbind(
        self, instance_id: str, binding_id: str, *, service_id: str, plan_id: str
    ) -> Reply[Deleted]:
        act = self._answering(self._unbind, instance_id, binding_id, plan_id)
        return self._call(Call.UNBIND, binding_id, act)

    def poll_binding(
        self,
        instance_id: str,
        binding_id: str,
        *,
        service_id: str,
        plan_id: str,
        operation: str | None,
    ) -> Reply[LastOperation]:
        act = self._answering(self._poll, self._holdings.bindings, binding_id)
        return self._call(Call.POLL_BINDING, binding_id, act)

    def _provision(self, instance_id: str, request: ProvisionRequest) -> tuple[int, Any]:
        body = f"{request.plan_id} {request.parameters}"
        known = self._holdings.instances.get(instance_id)
        if known is None:
            if self._habits.refuses:
                raise Refused(400)
            state = "working" if self._habits.is_async else "ready"
            made = Resource(state, body=body, plan=request.plan_id)
            self._holdings.instances[instance_id] = made
            return (202 if state == "working" else 201), Provisioned(operation="op")
        if self._habits.conflicts_on_replay or known.body != body or known.state == "deleting":
            raise Refused(409)
        return (202 if known.state == "working" else 200), Provisioned(operation="op")

    def _update(self, instance_id: str, plan_id: str) -> tuple[int, Any]:
        known = self._holdings.instances.get(instance_id)
        if known is None or known.state == "deleting":
            raise Refused(404)
        if self._habits.refuses_updates and known.plan != plan_id:
            raise Refused(422)
        if known.plan == plan_id and known.state == "ready":
            return 200, Provisioned()
        state = "working" if self._habits.is_async else known.state
        self._holdings.instances[instance_id] = replace(known, plan=plan_id, state=state, polls=0)
        return (202 if state == "working" else 200), Provisioned(operation="op")

    def _deprovision(self, instance_id: str, plan_id: str) -> tuple[int, Any]:
        self._require_plan(instance_id, plan_id)
        if any(b.instance == instance_id for b in self._holdings.bindings.values()):
            self._holdings.wrongs.append(f"{instance_id} deprovisioned while it has a binding")
        return self._delete(self._holdings.instances, instance_id)

    def _unbind(self, instance_id: str, binding_id: str, plan_id: str) -> tuple[int, Any]:
        self._require_plan(instance_id, plan_id)
        return self._delete(self._holdings.bindings, binding_id)

    def _require_plan(self, instance_id: str, plan_id: str) -> None:
        known = self._holdings.instances.get(instance_id)
        if known is not None and known.plan != plan_id:
            raise Refused(400)

    def _delete(self, kept: dict[str, Resource], known_id: str) -> tuple[int, Any]:
        known = kept.get(known_id)
        if known is None:
            raise Refused(410)
        if self._habits.deletes_slowly:
            kept[known_id] = replace(known, state="deleting", polls=0)
            return 202, Deleted(operation="op")
        del kept[known_id]
        return 200, Deleted()

    def _poll(self, kept: dict[str, Resource], known_id: str) -> tuple[int, Any]:
        known = kept.get(known_id)
        if known is None:
            raise Refused(410)
        if known.state in {"working", "deleting"} and known.polls + 1 < POLLS_NEEDED:
            kept[known_id] = replace(known, polls=known.polls + 1)
            return 200, LastOperation(state=OperationState.IN_PROGRESS)
        if known.state == "deleting":
            del kept[known_id]
        elif known.state == "working":
            state = "broken" if self._habits.async_fails else "ready"
            known = kept[known_id] = replace(known, state=state)
        is_broken = known.state == "broken"
        state = OperationState.FAILED if is_broken else OperationState.SUCCEEDED
        return 200, LastOperation(state=state)

    def _bind(
        self, instance_id: str, binding_id: str, predecessor: str | None, accepts_incomplete: bool
    ) -> tuple[int, Any]:
        instance = self._holdings.instances.get(instance_id)
        if instance is None or instance.state == "deleting" or self._habits.refuses:
            raise Refused(400)
        known = self._holdings.bindings.get(binding_id)
        if known is None:
            if predecessor is not None and predecessor not in self._holdings.bindings:
                raise Refused(400)
            return self._bound(instance_id, binding_id, accepts_incomplete)
        if known.state == "working":
            return 202, Bound(operation="op")
        if self._habits.conflicts_on_replay or known.state == "deleting":
            raise Refused(409)
        shown = {} if self._habits.credentials_once else {"password": known.password}
        return 200, Bound(credentials=shown)

    def _bound(
        self, instance_id: str, binding_id: str, accepts_incomplete: bool
    ) -> tuple[int, Any]:
        self._holdings.passwords += 1
        password = f"password-{self._holdings.passwords}"
        state = "working" if self._habits.is_async and accepts_incomplete else "ready"
        made = Resource(state, instance=instance_id, password=password)
        self._holdings.bindings[binding_id] = made
        if state == "working":
            return 202, Bound(operation="op")
        return 201, Bound(credentials={"password": password})

    def _fetch_binding(self, binding_id: str) -> tuple[int, Any]:
        known = self._holdings.bindings.get(binding_id)
        if not self._habits.retrievable or known is None or known.state != "ready":
            raise Refused(404)
        return 200, Bound(credentials={"password": known.password})

    @staticmethod
    def _answering(act: Callable[..., tuple[int, Any]], *arguments: Any) -> Act:
        def answer() -> Exchange:
            try:
                status, body = act(*arguments)
            except Refused as refusal:
                return refusal.status, None, ""
            return status, body, ""

        return answer

    def _call(self, call: Call, subject: str, act: Act, sends: int = 1) -> Reply[Any]:
        status, body, code = self._effect(call, subject, act)
        kind = Body.EMPTY if body is None else Body.VALID
        result = outcome(call, status, kind, sends=sends, error_code=code, api_version=VERSION)
        is_good = result in {Outcome.DONE, Outcome.ACCEPTED}
        error = BrokerError(status=None if isinstance(status, NoAnswer) else status, error=code)
        return Reply(
            outcome=result,
            request_id="request",
            body=body if is_good else None,
            error=None if is_good else error,
            may_arrive_late=call not in READS | POLLS and may_be_running(status),
            needs_mitigation=needs_mitigation(
                call, status, kind, sends=sends, error_code=code, api_version=VERSION
            ),
        )
