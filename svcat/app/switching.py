"""What only a rotation does: workloads follow the Secret, or the Secret goes back.

The old credentials are remembered as long as the command lives; a later command fetches them, if
the broker gives bindings out again, or goes on to the new ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from svcat.app import rotation_lifecycle as lifecycle
from svcat.app.binding_lifecycle import is_undoing, target_of
from svcat.app.operation import OutOfPatience, Session
from svcat.app.ports import Ports
from svcat.app.rolling import Roller
from svcat.app.rollout import Rollout, State
from svcat.errors import OperationFailed
from svcat.store.records import BindingPhase, BindingRecord, Role
from svcat.store.secrets import CredentialsSecret

PAUSE_S = 1.0
Roll = Callable[[BindingRecord, str, Ports], Rollout]


@dataclass(slots=True)
class Switch:
    """One command's part in the switch from the old credentials to the new ones."""

    ends_in_time: bool = False  # a rollout that outlasts our patience has failed
    awaits: str = ""  # the id that is replaced: work ends when it is deleted, not before
    is_one_way: bool = False  # the old credentials cannot be put back
    roll: Roll = field(default_factory=Roller)
    problem: OperationFailed | None = field(default=None, init=False)  # why it cannot go on now
    is_halted: bool = field(default=False, init=False)
    _earlier: CredentialsSecret | None = field(default=None, init=False)
    _followed: str = field(default="", init=False)

    def remember(self, secret: CredentialsSecret, record: BindingRecord) -> None:
        """Remember what the Secret holds, if that is the old credentials."""
        old = record.id_in(Role.CURRENT)
        is_switching = record.phase is BindingPhase.ROTATING and not is_undoing(record)
        if is_switching and old is not None and secret.held_id == old.id:
            self._earlier = secret

    def put_back(self, secret: CredentialsSecret, record: BindingRecord, ports: Ports) -> bool:
        """Put the old credentials back if they are remembered; return whether they are."""
        old, earlier = record.id_in(Role.CURRENT), self._earlier
        if earlier is None or old is None or earlier.held_id != old.id:
            return False
        ports.secrets.put_back(secret, earlier)  # if it changed meanwhile: look again
        return True

    def has_followed(self, held_id: str) -> bool:
        """Whether every workload has the credentials of ``held_id``."""
        return self._followed == held_id

    def follow(self, record: BindingRecord, session: Session) -> BindingRecord | None:
        """Take a step towards workloads that have what the Secret holds. Raises Unreachable."""
        target = target_of(record)
        held_id = target.id if target else ""
        rollout = self.roll(record, held_id, session.ports)
        match rollout.state:
            case State.DONE | State.NOT_BY_ITSELF:
                self._followed = held_id
            case State.GOING_ON if not session.patience.wait:
                self.is_halted = True
            case State.GOING_ON:
                return self._waited(record, held_id, rollout.words, session)
            case State.FAILED:
                return self._failed(record, held_id, rollout.words, session)
        return record

    def _waited(
        self, record: BindingRecord, held_id: str, words: str, session: Session
    ) -> BindingRecord | None:
        """Wait a little; with nothing left of the patience, a rollback gets its own."""
        session.tell(record.name, words)
        try:
            session.wait(session.patience.interval_s or PAUSE_S)
        except OutOfPatience:
            if not self.ends_in_time or not self._goes_back(record):
                raise
            session.begin_anew()
            return self._failed(record, held_id, f"not within --timeout: {words}", session)
        return record

    def _goes_back(self, record: BindingRecord) -> bool:
        is_possible = not self.is_one_way and not is_undoing(record)
        return is_possible and lifecycle.goes_back(record)

    def _failed(
        self, record: BindingRecord, held_id: str, words: str, session: Session
    ) -> BindingRecord | None:
        ports, facts = session.ports, replace(session.facts(), words=words)
        if is_undoing(record):
            ports.warn(f"binding {record.name} has its old credentials again, but {words}")
            self._followed = held_id
            return record
        if self._goes_back(record):
            return ports.records.change(
                record,
                lambda found: lifecycle.undo(found, held_id, lifecycle.ROLLOUT_FAILED, facts),
            )
        self.is_halted = True
        self.problem = _halted(record, words, is_one_way=self.is_one_way)
        return ports.records.change(record, lambda found: lifecycle.halted(found, held_id, facts))


def _halted(record: BindingRecord, words: str, *, is_one_way: bool) -> OperationFailed:
    name, namespace = record.name, record.namespace
    hint = f"mend the workload, then: svcat resume {name} -n {namespace}"
    how = "the Secret holds the new credentials, the old ones are kept and go on working"
    if is_one_way:
        how = f"it cannot go back, for the old credentials cannot be had again; {how}"
    else:
        hint += f"; or go back: svcat rotate {name} --rollback -n {namespace}"
    return OperationFailed(f"rotating binding {name}: {words}; {how}", hint=hint)
