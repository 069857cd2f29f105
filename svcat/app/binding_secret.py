"""A binding's record and its Secret, as one command works on them: every write of either.

The Secret is reserved, fenced, filled and dropped under rules R9 and R10; what can never be stored
in it is given up, for it would be lost.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from svcat.app import binding_lifecycle as lifecycle
from svcat.app import binding_outcomes as outcomes
from svcat.app import rotation_lifecycle, secret_layout
from svcat.app.facts import Facts
from svcat.app.operation import Session
from svcat.app.ports import Ports
from svcat.app.switching import Switch
from svcat.errors import Forbidden, Invalid, NotFound, SvcatError, UsageError
from svcat.osb.models import Bound
from svcat.store.records import BindingId, BindingPhase, BindingRecord
from svcat.store.secrets import CredentialsSecret, decode_data


@dataclass(slots=True, kw_only=True)
class SecretKeeper:
    """What a command knows of one binding and its Secret."""

    ports: Ports
    session: Session
    switch: Switch = field(default_factory=Switch)  # of a rotation
    name_taken: bool = field(default=False, init=False)
    _unsent_id: str = field(default="", init=False)
    _has_reserved: bool = field(default=False, init=False)
    _refusal: SvcatError | None = field(default=None, init=False)  # of the Secret's reservation
    _secret: CredentialsSecret | None = field(default=None, init=False)
    _stored: BindingRecord | None = field(default=None, init=False)  # as last read or written

    def note_intent(self, record: BindingRecord) -> None:
        """Take note that this command wrote ``record``, which counts the first send of its id.

        It is not to be what was read afterwards: another command may have come between.
        """
        self._unsent_id = current_target(record).id

    def is_unsent(self, record: BindingRecord) -> bool:
        """Whether the next send is the one counted ahead: another command may have come between."""
        target = lifecycle.target_of(record)
        return target is not None and target.id == self._unsent_id

    def _reserve(self, record: BindingRecord) -> BindingRecord | None:
        self._has_reserved = True
        try:
            self.ports.secrets.reserve(record, current_target(record).id)
        except (Forbidden, Invalid) as error:
            facts = replace(self._now(), words=error.message)
            self._refusal = error
            return self._give_up_unsent(record, "SecretRefused", facts)
        return record

    def _refuse_name(self, record: BindingRecord) -> BindingRecord | None:
        self.name_taken = True
        words = f"Secret {record.secret_name!r} exists and does not belong to this binding"
        facts = replace(self._now(), words=words)
        return self._give_up_unsent(record, "SecretNameTaken", facts)

    def _give_up_unsent(
        self, record: BindingRecord, reason: str, facts: Facts
    ) -> BindingRecord | None:
        """End an attempt before its request left; if another command may have sent it, undo it."""
        target = current_target(record)
        if record.phase is BindingPhase.ROTATING:
            return self._change(record, lambda found: rotation_lifecycle.end(found, reason, facts))
        if (
            record.phase is not BindingPhase.BINDING
            or target.sends > 1
            or not self.is_unsent(record)
        ):
            return self._change(record, lambda found: outcomes.give_up(found, reason, facts))
        return self._change(record, lambda found: outcomes.refused(found, target.id, facts, reason))

    def _fence(self, record: BindingRecord) -> BindingRecord | None:
        if self._secret is not None and not self.ports.secrets.fence(
            self._secret, current_target(record).id
        ):
            return self._reload(record)
        return record

    def _drop_secret(self, record: BindingRecord) -> BindingRecord | None:
        if self._secret is not None:
            self.ports.secrets.remove(self._secret)
        return record

    def _drop_reservation(self, record: BindingRecord) -> None:
        """Delete the Secret that was made for a record that is gone."""
        secret = self.ports.secrets.find(record.namespace, record.secret_name)
        if secret is not None and secret.is_of(record):
            self.ports.secrets.remove(secret)

    def _put_away(self, record: BindingRecord, body: Bound) -> BindingRecord | None:
        """Fill the Secret; what can never be stored is given up, for it would be lost."""
        if self._secret is None:
            return record
        metadata = body.metadata
        self.switch.remember(self._secret, record)
        try:
            document = secret_layout.document_of(body)
            layout = secret_layout.lay_out_document(
                document, record, sources_of(record, self.ports)
            )
            is_filled = self.ports.secrets.fill(
                self._secret,
                current_target(record).id,
                layout.contents,
                expires_at=(metadata.expires_at or "") if metadata else "",
                renew_before=(metadata.renew_before or "") if metadata else "",
                shape=record.shape,
            )
            for remark in layout.remarks if is_filled else ():
                self.ports.warn(f"Secret {record.secret_name}: {remark}")
        except (Forbidden, NotFound, UsageError) as error:
            self.switch.is_one_way = True
            facts = replace(self._now(), words=f"the Secret cannot be written: {error}")
            return self._change(
                record, lambda found: outcomes.give_up(found, "ErrorInjectingBindResult", facts)
            )
        return record

    def _change(
        self, record: BindingRecord, decide: Callable[[BindingRecord], BindingRecord | None]
    ) -> BindingRecord | None:
        self._stored = self.ports.records.change(record, decide)
        return self._stored

    def _reload(self, record: BindingRecord) -> BindingRecord | None:
        self._stored = self.ports.records.reload(record)
        return self._stored

    def _now(self) -> Facts:
        return self.session.facts()


def sources_of(record: BindingRecord, ports: Ports) -> dict[str, dict[str, bytes]]:
    """Read the Secrets that a binding's shape adds keys from. Raises NotFound."""
    read = ports.secrets.read
    return {name: decode_data(read(record.namespace, name)) for name in record.shape.add_from}


def current_target(record: BindingRecord) -> BindingId:
    """Return the id that a binding in the making is after."""
    target = lifecycle.target_of(record)
    if target is None:
        raise AssertionError("a binding in the making has an id")
    return target
