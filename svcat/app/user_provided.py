"""Instances that users provide: made of credentials, changed with credentials.

Credentials go to the built-in broker (``store.user_provided``) in memory only; no record has them.
"""

from contextlib import suppress

from svcat.app import instances, provisioning
from svcat.app.binding_secret import sources_of
from svcat.app.catalog import Offering, find_plan
from svcat.app.instance_work import Done
from svcat.app.lookup import bindings_of
from svcat.app.ports import Patience, Ports
from svcat.app.secret_layout import lay_out_document
from svcat.errors import Conflict, NotFound, OperationFailed, UsageError
from svcat.osb.models import JsonObject
from svcat.store import user_provided as store
from svcat.store.records import (
    BindingRecord,
    InstancePhase,
    InstanceRecord,
    SecretKeyRef,
    UpdateTarget,
)


def create(
    name: str,
    namespace: str,
    ports: Ports,
    patience: Patience,
    *,
    credentials: JsonObject | None = None,
    secret_refs: tuple[SecretKeyRef, ...] = (),
    labels: dict[str, str] | None = None,
) -> Done:
    """Make an instance of ``credentials``, or of what is in a Secret, or see that it is there.

    Raises Conflict if the name has others, and as ``provision`` does.
    """
    _require_some(credentials, secret_refs)
    found = ports.records.find(InstanceRecord, namespace, name)
    is_unfinished = found is not None and found.phase is InstancePhase.PROVISIONING
    if found is not None and is_unfinished and store.is_ours(found.broker):
        with suppress(OperationFailed):  # its credentials were lost: ours are as good
            instances.resume(found, ports, patience)
    order = provisioning.Order(
        name=name,
        namespace=namespace,
        class_name=store.NAME,
        secret_refs=secret_refs,
        unrecorded=credentials,
        labels=labels,
    )
    offer = find_plan(Offering(store.registration(namespace), store.SERVICE), "")
    done = provisioning.provision_plan(order, offer, ports, patience)
    if not done.changed and credentials is not None and done.record is not None:
        _require_same(done.record, credentials, ports)
    return done


def update(
    name: str, namespace: str, credentials: JsonObject, ports: Ports, patience: Patience
) -> Done:
    """Put other credentials in place of an instance's. Its bindings keep theirs: see ``stale``.

    Raises UsageError if it is not user-provided, or made of a Secret; else as an update does.
    """
    _require_some(credentials, ())
    record = ports.records.load(InstanceRecord, namespace, name)
    if not store.is_ours(record.broker):
        raise UsageError(
            f"the credentials of instance {name!r} come from broker {record.broker.name!r}",
            hint="to change its parameters: svcat update NAME -p NAME=VALUE",
        )
    if record.parameters_from:
        source = record.parameters_from[0].name
        raise UsageError(
            f"the credentials of instance {name!r} come from Secret {source!r}",
            hint=f"change that Secret, then: svcat touch instance {name} -n {namespace}",
        )
    if record.phase is InstancePhase.READY and _stored(record, ports) == credentials:
        return Done(record, changed=False)
    target = UpdateTarget(plan_id="", plan_name="")
    return instances.update(name, namespace, target, ports, patience, unrecorded=credentials)


def holders_of_former(record: InstanceRecord, ports: Ports) -> list[str]:
    """Return the bindings that have other credentials than a user-provided instance has now."""
    if not store.is_ours(record.broker):
        return []
    current = _stored(record, ports) or {}
    bindings = bindings_of(record, ports)
    return sorted(each.name for each in bindings if not _holds(each, current, ports))


def is_up_to_date(binding: BindingRecord, ports: Ports) -> bool:
    """Whether a binding holds what its user-provided instance has: nothing new is to be had."""
    if not store.is_ours(binding.broker):
        return False
    broker = store.UserProvided(ports.records.api, binding.namespace)
    document = broker.document(binding.instance_id)
    return document is not None and _holds(binding, document, ports)


def require_no_parameters(record: InstanceRecord) -> None:
    """Raise UsageError if parameters are to be given to what has credentials only."""
    if store.is_ours(record.broker):
        raise UsageError(
            f"instance {record.name!r} is user-provided: it has credentials, no parameters",
            hint=f"change them: svcat update {record.name} --credentials-file FILE",
        )


def _holds(binding: BindingRecord, credentials: JsonObject, ports: Ports) -> bool:
    secret = ports.secrets.find(binding.namespace, binding.secret_name)
    try:
        wanted = lay_out_document(credentials, binding, sources_of(binding, ports)).contents
    except (NotFound, UsageError):
        return False
    return secret is not None and secret.data == wanted


def _stored(record: InstanceRecord, ports: Ports) -> JsonObject | None:
    broker = store.UserProvided(ports.records.api, record.namespace)
    return broker.document(record.instance_id)


def _require_same(record: InstanceRecord, credentials: JsonObject, ports: Ports) -> None:
    if _stored(record, ports) != credentials:
        raise Conflict(
            f"instance {record.name!r} exists, with other credentials",
            hint=f"change them: svcat update {record.name} --credentials-file FILE",
        )


def _require_some(credentials: JsonObject | None, refs: tuple[SecretKeyRef, ...]) -> None:
    if not credentials and not refs:
        raise UsageError("there are no credentials in what was given")
