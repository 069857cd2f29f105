"""The broker as methods: one an endpoint of OSB 2.17 (``app.ports.Broker``).

All but ``catalog`` return a Reply, whatever happens; it is for the caller to decide what a lost
answer means to a record. Re-sent in here is only what a 4xx proves not to have been carried out:
with another API version (412), with ``accepts_incomplete`` (AsyncRequired), with ``app_guid``
(RequiresApp). Knows nothing of Kubernetes.
"""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from svcat.clock import Clock, SystemClock
from svcat.http import HttpClient
from svcat.osb.catalog_fetch import CatalogFetcher
from svcat.osb.headers import identity_value
from svcat.osb.login import Login
from svcat.osb.models import (
    BindRequest,
    Bound,
    Call,
    Deleted,
    FetchedCatalog,
    FetchedInstance,
    Identity,
    LastOperation,
    MaintenanceInfo,
    Outcome,
    Provisioned,
    ProvisionRequest,
    Reply,
    UpdateRequest,
)
from svcat.osb.reply import reply_of
from svcat.osb.transport import Attempt, Transport
from svcat.osb.urls import binding_path, instance_path, query
from svcat.osb.wire import encode

T = TypeVar("T")

MIB = 1024 * 1024
BODY_CAP = MIB
CATALOG_CAP = 16 * MIB
_ASYNC_BINDINGS_SINCE = 14


class BrokerClient:
    """One broker. ``api_version`` is the version in use: it changes when the broker asks for it.

    ``on_version`` hears of that change.
    """

    def __init__(
        self,
        url: str,
        *,
        login: Login,
        http: HttpClient,
        api_version: str = "2.17",
        identity: Identity | None = None,
        platform: str = "kubernetes",
        deadline_s: float = 60.0,
        catalog_cap: int = CATALOG_CAP,
        allow_plain_http: bool = False,
        clock: Clock | None = None,
        on_version: Callable[[str], None] = lambda _: None,
    ) -> None:
        clock = clock or SystemClock()
        self._identity = identity
        self._platform = platform
        self._transport = Transport(
            url,
            login=login,
            http=http,
            clock=clock,
            deadline_s=deadline_s,
            allow_plain_http=allow_plain_http,
        )
        self._catalog = CatalogFetcher(
            self._transport,
            api_version=api_version,
            cap=catalog_cap,
            deadline_s=deadline_s,
            clock=clock,
            on_version=on_version,
        )

    @property
    def api_version(self) -> str:
        """The API version that the broker accepts, to be remembered with it."""
        return self._catalog.api_version

    @property
    def base(self) -> str:
        """The broker's URL, as requests are sent to it."""
        return self._transport.base

    def catalog(self, *, etag: str = "", last_modified: str = "") -> FetchedCatalog:
        """Fetch the catalog, if it changed since the answer with these validators.

        Raises AuthFailed, Forbidden, BrokerRefused, Unreachable.
        """
        return self._catalog.fetch(etag=etag, last_modified=last_modified)

    def provision(
        self, instance_id: str, request: ProvisionRequest, *, sends: int
    ) -> Reply[Provisioned]:
        """Create an instance; ``sends`` counts this send too."""
        request = msgspec.structs.replace(
            request, maintenance_info=_version_only(request.maintenance_info)
        )
        target = instance_path(instance_id) + query({"accepts_incomplete": "true"})
        return self._write(Call.PROVISION, "PUT", target, request, Provisioned, sends=sends)

    def fetch_instance(
        self, instance_id: str, *, service_id: str, plan_id: str
    ) -> Reply[FetchedInstance]:
        """Fetch an instance."""
        target = instance_path(instance_id) + query(_ids(service_id, plan_id))
        return self._call(Call.FETCH_INSTANCE, "GET", target, FetchedInstance)

    def update(self, instance_id: str, request: UpdateRequest, *, sends: int) -> Reply[Provisioned]:
        """Change an instance; ``sends`` counts this send too."""
        previous = request.previous_values
        request = msgspec.structs.replace(
            request,
            maintenance_info=_version_only(request.maintenance_info),
            previous_values=msgspec.structs.replace(
                previous, maintenance_info=_version_only(previous.maintenance_info)
            ),
        )
        target = instance_path(instance_id) + query({"accepts_incomplete": "true"})
        return self._write(Call.UPDATE, "PATCH", target, request, Provisioned, sends=sends)

    def deprovision(self, instance_id: str, *, service_id: str, plan_id: str) -> Reply[Deleted]:
        """Delete an instance."""
        target = instance_path(instance_id) + query(
            _ids(service_id, plan_id) | {"accepts_incomplete": "true"}
        )
        return self._call(Call.DEPROVISION, "DELETE", target, Deleted)

    def poll_instance(
        self, instance_id: str, *, service_id: str, plan_id: str, operation: str | None
    ) -> Reply[LastOperation]:
        """Ask how an instance's operation goes.

        DONE means a valid answer, whatever its ``state``; GONE a 410. All others say nothing
        about the operation; ``error.status`` tells them apart.
        """
        params = _ids(service_id, plan_id) | {"operation": operation or None}
        target = f"{instance_path(instance_id)}/last_operation{query(params)}"
        return self._call(Call.POLL_INSTANCE, "GET", target, LastOperation)

    def bind(
        self,
        instance_id: str,
        binding_id: str,
        request: BindRequest,
        *,
        sends: int,
        accepts_incomplete: bool,
    ) -> Reply[Bound]:
        """Create or (with ``predecessor_binding_id``) rotate a binding.

        ``sends`` counts this send too. ``accepts_incomplete`` is not sent below API version 2.14.
        """
        path = binding_path(instance_id, binding_id)
        is_async = accepts_incomplete and self._knows_async_bindings
        has_app = False
        while True:
            target = path + query({"accepts_incomplete": "true" if is_async else None})
            reply = self._write(Call.BIND, "PUT", target, request, Bound, sends=sends)
            code = _code(reply)
            if code == "AsyncRequired" and not is_async:
                is_async = True
            elif code == "RequiresApp" and not has_app and (guid := _app_guid(request)):
                has_app = True
                resource = {**(request.bind_resource or {}), "app_guid": guid}
                request = msgspec.structs.replace(request, app_guid=guid, bind_resource=resource)
            else:
                return _as_asked(reply, is_async=is_async)

    def fetch_binding(
        self, instance_id: str, binding_id: str, *, service_id: str, plan_id: str
    ) -> Reply[Bound]:
        """Fetch a binding."""
        target = binding_path(instance_id, binding_id) + query(_ids(service_id, plan_id))
        return self._call(Call.FETCH_BINDING, "GET", target, Bound)

    def unbind(
        self, instance_id: str, binding_id: str, *, service_id: str, plan_id: str
    ) -> Reply[Deleted]:
        """Delete a binding."""
        path, ids = binding_path(instance_id, binding_id), _ids(service_id, plan_id)
        asynchronous = path + query(ids | {"accepts_incomplete": "true"})
        target = asynchronous if self._knows_async_bindings else path + query(ids)
        reply = self._call(Call.UNBIND, "DELETE", target, Deleted)
        if _code(reply) == "AsyncRequired" and target != asynchronous:
            reply = self._call(Call.UNBIND, "DELETE", asynchronous, Deleted)
        return reply

    def poll_binding(
        self,
        instance_id: str,
        binding_id: str,
        *,
        service_id: str,
        plan_id: str,
        operation: str | None,
    ) -> Reply[LastOperation]:
        """Ask how a binding's operation goes; the reply is as that of ``poll_instance``."""
        params = _ids(service_id, plan_id) | {"operation": operation or None}
        target = f"{binding_path(instance_id, binding_id)}/last_operation{query(params)}"
        return self._call(Call.POLL_BINDING, "GET", target, LastOperation)

    def ask(self, method: str, target: str, body: bytes | None = None) -> Attempt:
        """Send anything, with login and headers as every request has them; decides nothing."""
        return self._send(method, target, body, self._platform, body_cap=CATALOG_CAP)

    @property
    def _knows_async_bindings(self) -> bool:
        return int(self.api_version.partition(".")[2]) >= _ASYNC_BINDINGS_SINCE

    def _write(
        self,
        call: Call,
        method: str,
        target: str,
        request: ProvisionRequest | UpdateRequest | BindRequest,
        wanted: type[T],
        *,
        sends: int,
    ) -> Reply[T]:
        platform = str(request.context.get("platform") or self._platform)
        body = encode(request)
        return self._call(call, method, target, wanted, body=body, sends=sends, platform=platform)

    def _call(
        self,
        call: Call,
        method: str,
        target: str,
        wanted: type[T],
        *,
        body: bytes | None = None,
        sends: int = 1,
        platform: str = "",
    ) -> Reply[T]:
        attempt = self._send(method, target, body, platform or self._platform)
        if attempt.answer == 412 and self._catalog.negotiate(attempt):
            attempt = self._send(method, target, body, platform or self._platform)
        return reply_of(call, attempt, wanted, sends=sends, api_version=self.api_version)

    def _send(
        self,
        method: str,
        target: str,
        body: bytes | None,
        platform: str,
        *,
        body_cap: int = BODY_CAP,
    ) -> Attempt:
        identity = None if self._identity is None else identity_value(platform, self._identity)
        return self._transport.send(
            method,
            target,
            api_version=self.api_version,
            body_cap=body_cap,
            identity=identity,
            body=body,
        )


def _ids(service_id: str, plan_id: str) -> dict[str, str | None]:
    return {"service_id": service_id, "plan_id": plan_id}


def _version_only(info: MaintenanceInfo | None) -> MaintenanceInfo | None:
    return None if info is None else MaintenanceInfo(version=info.version)


def _code(reply: Reply[T]) -> str:
    return reply.error.error if reply.error and reply.error.status == 422 else ""


def _app_guid(request: BindRequest) -> str:
    guid = request.app_guid or (request.bind_resource or {}).get("app_guid")
    return guid if isinstance(guid, str) else ""


def _as_asked(reply: Reply[Bound], *, is_async: bool) -> Reply[Bound]:
    if reply.outcome is not Outcome.ACCEPTED or is_async:
        return reply
    warning = "the broker binds asynchronously although it was not asked to"
    return msgspec.structs.replace(reply, warnings=(*reply.warnings, warning))
