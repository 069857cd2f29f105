"""Making a binding's Secret hold what it should: credentials at hand, or fetched, laid out anew.

What stands in the Secret is used as long as it is what svcat put there (its digest says so); else
the broker is asked, if it gives bindings out again. The Secret is changed by compare-and-swap for
the id that the record has *now*: whoever rotates meanwhile wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from svcat.app import secret_layout
from svcat.app.binding_secret import sources_of
from svcat.app.broker_login import open_broker
from svcat.app.catalog import plan_of
from svcat.app.credential_state import Flaw, flaw_of, is_as_wanted
from svcat.app.events import error_of, in_words
from svcat.app.lookup import broker_at
from svcat.app.ports import Ports
from svcat.app.secret_layout import Layout
from svcat.errors import AuthFailed, Conflict, NotFound, SvcatError, Unreachable
from svcat.osb.models import Bound, Call, JsonObject, Outcome, Reply
from svcat.store.records import BindingPhase, BindingRecord, InstanceRecord, Role
from svcat.store.secrets import CredentialsSecret, digest_of

ROUNDS = 10
_NOT_THERE = (404, 410)


class CredentialsLost(Conflict):
    """The credentials of ``binding_id`` cannot be had a second time: only a rotation helps.

    ``is_unknown``: the broker does not know that id (any more), so nothing can be its successor.
    """

    def __init__(self, record: BindingRecord, why: str, *, is_unknown: bool = False) -> None:
        super().__init__(
            f"the credentials of binding {record.name!r} cannot be had again: {why}",
            hint=f"get new ones: svcat rotate {record.name} -n {record.namespace}",
        )
        self.why = why
        self.binding_id = _current_id(record)
        self.is_unknown = is_unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The broker's credentials of one binding id."""

    binding_id: str
    body: JsonObject = field(repr=False)
    expires_at: str = ""
    renew_before: str = ""


@dataclass(slots=True)
class Mender:
    """One command's work on the Secret of one binding."""

    ports: Ports
    _known: Document | None = field(default=None, init=False)

    def mend(self, record: BindingRecord) -> bool:
        """Make the Secret as the record wants it; return whether that took anything.

        Raises CredentialsLost, Conflict (the Secret is another's, or the binding is in other
        hands), UsageError, AuthFailed, Unreachable.
        """
        for attempt in range(ROUNDS):
            current = _require_ready(record, self.ports)
            secret = self.ports.secrets.find(current.namespace, current.secret_name)
            if is_as_wanted(current, secret):
                return attempt > 0
            self._step(current, secret)
        raise Conflict(f"binding {record.name!r} is being changed by others", hint="try again")

    def layout(self, record: BindingRecord, secret: CredentialsSecret | None) -> Layout:
        """Return what the Secret should hold. Raises as ``mend`` does."""
        document = self._document(record, secret)
        return secret_layout.lay_out_document(document.body, record, sources_of(record, self.ports))

    def _step(self, record: BindingRecord, secret: CredentialsSecret | None) -> None:
        """Bring the Secret one write further; what it then is, the next look says."""
        secrets = self.ports.secrets
        flaw = flaw_of(record, secret)
        if flaw is Flaw.FOREIGN and secret is not None and secret.came_back_with(record):
            self._take_over(record, secret)
            return
        if secret is not None and secret.owner_uid != record.uid and secret.is_of(record):
            secrets.adopt(secret, record)
            return
        if flaw is Flaw.FOREIGN:
            raise _not_ours(record)
        document = self._document(record, secret)
        layout = self.layout(record, secret)
        if secret is None:
            secrets.reserve(record, document.binding_id)
        elif secret.wanted_id != document.binding_id:
            secrets.fence(secret, document.binding_id)
        elif secrets.fill(
            secret,
            document.binding_id,
            layout.contents,
            expires_at=document.expires_at or secret.expires_at or record.expires_at,
            renew_before=document.renew_before or secret.renew_before or record.renew_before,
            shape=record.shape,
        ):
            self.ports.say(f"Secret {record.secret_name} holds the credentials as asked for")
            for remark in layout.remarks:
                self.ports.warn(f"Secret {record.secret_name}: {remark}")

    def _take_over(self, record: BindingRecord, secret: CredentialsSecret) -> None:
        """Let what came out of a backup know each other by the uids that they have now."""
        records = self.ports.records
        instance = records.find(InstanceRecord, record.namespace, record.instance)
        is_same = instance is not None and instance.instance_id == record.instance_id
        uid = instance.uid if instance is not None and is_same else record.instance_uid
        manager = record.manager_uid or secret.noted("manager-uid") or secret.owner_uid
        known = records.change(
            record, lambda found: replace(found, manager_uid=manager, instance_uid=uid)
        )
        if known is not None:
            self.ports.secrets.adopt(secret, known)

    def _document(self, record: BindingRecord, secret: CredentialsSecret | None) -> Document:
        current_id = _current_id(record)
        if self._known is None or self._known.binding_id != current_id:
            self._known = at_hand(record, secret, self.ports) or self._fetched(record)
        return self._known

    def _fetched(self, record: BindingRecord) -> Document:
        broker = broker_at(record.broker, self.ports)
        offer = plan_of(broker, record.service_id, record.plan_id, self.ports)
        if offer is not None and not offer.service.bindings_retrievable:
            raise CredentialsLost(record, "their broker gives them out only once")
        reply = open_broker(broker, self.ports).fetch_binding(
            record.instance_id,
            _current_id(record),
            service_id=record.service_id,
            plan_id=record.plan_id,
        )
        if reply.body is None or reply.body.is_empty:
            raise _complaint(record, reply, self.ports)
        metadata = reply.body.metadata
        return Document(
            binding_id=_current_id(record),
            body=secret_layout.document_of(reply.body),
            expires_at=(metadata.expires_at or "") if metadata else "",
            renew_before=(metadata.renew_before or "") if metadata else "",
        )


def at_hand(
    record: BindingRecord, secret: CredentialsSecret | None, ports: Ports
) -> Document | None:
    """Return the broker's document if the Secret holds it as it was; None: only the broker can."""
    current_id = _current_id(record)
    if secret is None or not secret.is_of(record) or secret.held_id != current_id:
        return None
    as_laid_out = replace(record, shape=secret.shape)
    body = secret_layout.document_in(secret.data, as_laid_out)
    if body is None or not (secret.is_as_filled or _gives(secret, body, as_laid_out, ports)):
        return None
    return Document(binding_id=current_id, body=body)


def _gives(
    secret: CredentialsSecret, body: JsonObject, record: BindingRecord, ports: Ports
) -> bool:
    """Whether ``body``, from a Secret that was changed, is what its contents were made of."""
    try:
        sources: Mapping[str, Mapping[str, bytes]] = sources_of(record, ports)
        layout = secret_layout.lay_out_document(body, record, sources)
    except NotFound:
        return False
    return secret.noted("digest") == digest_of(layout.contents)


def _require_ready(record: BindingRecord, ports: Ports) -> BindingRecord:
    current = ports.records.reload(record)
    if current is None:
        raise NotFound(f"binding {record.name!r} was unbound meanwhile")
    if current.phase is not BindingPhase.READY:
        raise Conflict(
            f"binding {record.name!r} is {current.phase}, not ready",
            hint=f"see it through: svcat resume {record.name} -n {record.namespace}",
        )
    return current


def _current_id(record: BindingRecord) -> str:
    current = record.id_in(Role.CURRENT)
    return current.id if current else ""


def _not_ours(record: BindingRecord) -> Conflict:
    return Conflict(
        f"Secret {record.secret_name!r} in namespace {record.namespace} is not of binding "
        f"{record.name!r}, and stays as it is",
        hint=f"if nobody needs it: kubectl delete secret {record.secret_name} "
        f"-n {record.namespace}; then again",
    )


def _complaint(record: BindingRecord, reply: Reply[Bound], ports: Ports) -> SvcatError:
    """Return what a fetch without credentials means: never again, or not now."""
    words = in_words(error_of(reply, Call.FETCH_BINDING, ports.records.now()))
    if reply.body is not None:
        return CredentialsLost(record, "the broker's answer held none")
    if reply.outcome is Outcome.REFUSED and not reply.refuses_login:
        return CredentialsLost(record, words, is_unknown=reply.status in _NOT_THERE)
    where = f"fetching the credentials of binding {record.name!r}: broker {record.broker.name!r}"
    if reply.refuses_login:
        return AuthFailed(
            f"{where} refuses the login: {words}", hint="mend its login Secret, then the same again"
        )
    return Unreachable(
        f"{where} gave no answer that settles it: {words}",
        hint="the same again later, or get new ones: "
        f"svcat rotate {record.name} -n {record.namespace}",
    )
