"""Services that users provide themselves: a broker of our own, built in, with a Secret a service.

The lifecycle drives it as it drives any broker, so that such an instance is provisioned, bound,
updated and deprovisioned like all others; only here it is known that nobody is called. What the
user gave is in the Secret of that instance id; a binding gets a copy. Errors of the object API are
raised as they are, for every record is kept behind the same API.
"""

from typing import Any

import msgspec

from svcat.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound, Stale
from svcat.objects import SECRET, JsonObject, ObjectApi
from svcat.osb.models import (
    BindRequest,
    Bound,
    BrokerError,
    Catalog,
    Deleted,
    FetchedCatalog,
    FetchedInstance,
    LastOperation,
    Outcome,
    Plan,
    Provisioned,
    ProvisionRequest,
    Reply,
    ServiceOffering,
    UpdateRequest,
)
from svcat.store import names
from svcat.store.records import BrokerRecord, BrokerRef, Scope
from svcat.store.secrets import decode_data, encode_data

NAME = "user-provided"  # of the broker and of its one class; nobody may register a broker so
DOCUMENT = "credentials.json"
_PLAN = Plan(id=f"{NAME}-default", name="default")
SERVICE = ServiceOffering(
    id=NAME,
    name=NAME,
    description="Credentials of a service that svcat does not manage",
    bindable=True,
    bindings_retrievable=True,
    plans=(_PLAN,),
)
CATALOG = Catalog(services=(SERVICE,))
_ROUNDS = 10


def is_ours(ref: BrokerRef) -> bool:
    """Whether a record's broker is the one that is built in."""
    return ref.name == NAME


def registration(namespace: str) -> BrokerRecord:
    """Return what stands for the broker's registration in ``namespace``; it is stored nowhere."""
    return BrokerRecord(namespace=namespace, name=NAME, scope=Scope.NAMESPACE, url="")


class UserProvided(msgspec.Struct, frozen=True):
    """The broker (``app.ports.Broker``) of one namespace."""

    api: ObjectApi
    namespace: str

    def document(self, instance_id: str) -> JsonObject | None:
        """Return the credentials of an instance; None if there are none, or none can be read."""
        found = self._find(instance_id)
        try:
            document = msgspec.json.decode(decode_data(found).get(DOCUMENT, b"")) if found else None
        except (ValueError, RecursionError):
            return None
        return document if isinstance(document, dict) else None

    def catalog(self, *, etag: str = "", last_modified: str = "") -> FetchedCatalog:  # noqa: ARG002 - the protocol's
        """Return the one class."""
        return FetchedCatalog(catalog=CATALOG)

    def provision(
        self,
        instance_id: str,
        request: ProvisionRequest,
        *,
        sends: int,  # noqa: ARG002 - the protocol's
    ) -> Reply[Provisioned]:
        """Keep the credentials. They are in no record: who repeats the call may not have them."""
        if self._find(instance_id) is not None:
            return _done(Provisioned())
        if request.parameters is None:
            return _refused("its credentials were lost with the command that had them")
        name = str((request.context or {}).get("instance_name", ""))
        try:
            self.api.create(SECRET, self._object(instance_id, name, request.parameters))
        except AlreadyExists:
            pass
        except (Forbidden, Invalid) as error:
            return _refused(error.message)
        return _done(Provisioned())

    def update(
        self,
        instance_id: str,
        request: UpdateRequest,
        *,
        sends: int,  # noqa: ARG002 - the protocol's
    ) -> Reply[Provisioned]:
        """Keep other credentials in place of the former."""
        if request.parameters is None:
            return _refused("the new credentials were lost with the command that had them")
        data = encode_data({DOCUMENT: msgspec.json.encode(request.parameters)})
        for _ in range(_ROUNDS):
            found = self._find(instance_id)
            if found is None:
                return _refused(self._missing(instance_id))
            try:
                self.api.replace(SECRET, {**found, "data": data})
            except (Stale, NotFound):
                continue
            except (Forbidden, Invalid) as error:
                return _refused(error.message)
            return _done(Provisioned())
        raise Conflict(f"Secret {_object_name(instance_id)!r} keeps changing", hint="try again")

    def fetch_instance(
        self,
        instance_id: str,
        *,
        service_id: str,  # noqa: ARG002 - the protocol's
        plan_id: str,  # noqa: ARG002 - the protocol's
    ) -> Reply[FetchedInstance]:
        """Tell that it is there."""
        if self._find(instance_id) is None:
            return _gone()
        return _done(FetchedInstance(service_id=SERVICE.id, plan_id=_PLAN.id))

    def deprovision(
        self,
        instance_id: str,
        *,
        service_id: str,  # noqa: ARG002 - the protocol's
        plan_id: str,  # noqa: ARG002 - the protocol's
    ) -> Reply[Deleted]:
        """Forget the credentials."""
        found = self._find(instance_id)
        if found is None:
            return _gone()
        try:
            uid = found["metadata"]["uid"]
            self.api.delete(SECRET, self.namespace, _object_name(instance_id), uid=uid)
        except (NotFound, Stale):
            return _gone()
        except Forbidden as error:
            return _refused(error.message)
        return _done(Deleted())

    def bind(
        self,
        instance_id: str,
        binding_id: str,
        request: BindRequest,
        *,
        sends: int,  # noqa: ARG002 - the protocol's
        accepts_incomplete: bool,  # noqa: ARG002 - the protocol's
    ) -> Reply[Bound]:
        """Give the credentials as they are now."""
        if request.parameters:
            return _refused("a user-provided service takes no parameters when it is bound")
        return self.fetch_binding(instance_id, binding_id, service_id=SERVICE.id, plan_id=_PLAN.id)

    def fetch_binding(
        self,
        instance_id: str,
        binding_id: str,  # noqa: ARG002 - all bindings have the same
        *,
        service_id: str,  # noqa: ARG002 - the protocol's
        plan_id: str,  # noqa: ARG002 - the protocol's
    ) -> Reply[Bound]:
        """Give the credentials as they are now."""
        document = self.document(instance_id)
        if document is None:
            return _refused(self._missing(instance_id))
        return _done(Bound(credentials=document))

    def unbind(
        self,
        instance_id: str,  # noqa: ARG002 - nothing is kept of a binding
        binding_id: str,  # noqa: ARG002
        *,
        service_id: str,  # noqa: ARG002
        plan_id: str,  # noqa: ARG002
    ) -> Reply[Deleted]:
        """Agree."""
        return _done(Deleted())

    def poll_instance(
        self,
        instance_id: str,  # noqa: ARG002 - nothing here takes time
        *,
        service_id: str,  # noqa: ARG002
        plan_id: str,  # noqa: ARG002
        operation: str | None,  # noqa: ARG002
    ) -> Reply[LastOperation]:
        """Never asked: nothing is answered with 202."""
        return _gone()

    def poll_binding(
        self,
        instance_id: str,  # noqa: ARG002 - nothing here takes time
        binding_id: str,  # noqa: ARG002
        *,
        service_id: str,  # noqa: ARG002
        plan_id: str,  # noqa: ARG002
        operation: str | None,  # noqa: ARG002
    ) -> Reply[LastOperation]:
        """Never asked: nothing is answered with 202."""
        return _gone()

    def _find(self, instance_id: str) -> JsonObject | None:
        try:
            return self.api.get(SECRET, self.namespace, _object_name(instance_id))
        except NotFound:
            return None

    def _missing(self, instance_id: str) -> str:
        return f"Secret {_object_name(instance_id)!r} with its credentials is gone or unreadable"

    def _object(self, instance_id: str, instance: str, credentials: JsonObject) -> JsonObject:
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": _object_name(instance_id),
                "namespace": self.namespace,
                "labels": {
                    names.KIND: NAME,
                    f"{names.DOMAIN}/instance": names.label_value(instance),
                    "app.kubernetes.io/managed-by": "svcat",
                },
            },
            "type": "Opaque",
            "data": encode_data({DOCUMENT: msgspec.json.encode(credentials)}),
        }


def _object_name(instance_id: str) -> str:
    return f"svcat.{NAME}.{instance_id}"


def _done(body: Any) -> Reply[Any]:
    return Reply(outcome=Outcome.DONE, request_id="", body=body)


def _gone() -> Reply[Any]:
    return Reply(outcome=Outcome.GONE, request_id="")


def _refused(words: str) -> Reply[Any]:
    return Reply(outcome=Outcome.REFUSED, request_id="", error=BrokerError(description=words))
