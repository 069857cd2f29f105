"""A platform as small as can be: raw requests on real sockets, nothing of svcat's own client."""

import base64
import http.client
import json
import ssl
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tests.brokers.process import BrokerProcess

CONTEXT = {
    "platform": "kubernetes",
    "namespace": "shop",
    "clusterid": "cluster-1",
    "instance_name": "orders",
}


class Lost(Exception):
    """The connection ended without an answer."""


@dataclass(frozen=True, slots=True)
class Got:
    """An answer; ``body`` is None if it is no JSON."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What to provision: the catalog's ids, by name."""

    service_id: str
    plan_id: str

    @property
    def query(self) -> dict[str, str]:
        return {"service_id": self.service_id, "plan_id": self.plan_id}


@dataclass(slots=True)
class Platform:
    """Sends requests to one broker."""

    url: str
    username: str = ""
    password: str = field(default="", repr=False)
    accepts_incomplete: bool = True
    tls: ssl.SSLContext | None = None

    @classmethod
    def of(cls, broker: BrokerProcess) -> "Platform":
        return cls(broker.url, broker.username, broker.password)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Got:
        """Send one request; a header of None is left out. Raises Lost."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        target = path + ("?" + urlencode(query, quote_via=quote) if query else "")
        connection = self._connect()
        try:
            connection.request(method, target, raw, self._headers(headers or {}, raw))
            answer = connection.getresponse()
            text = answer.read()
        except (ConnectionError, http.client.HTTPException) as error:
            raise Lost(repr(error)) from error
        finally:
            connection.close()
        try:
            decoded = json.loads(text)
        except ValueError:
            decoded = None
        return Got(answer.status, decoded, {k.lower(): v for k, v in answer.getheaders()})

    def _connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme == "https":
            return http.client.HTTPSConnection(parts.netloc, timeout=30, context=self.tls)
        return http.client.HTTPConnection(parts.netloc, timeout=30)

    def _headers(self, extra: Mapping[str, str | None], raw: bytes | None) -> dict[str, str]:
        login = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        headers: dict[str, str | None] = {
            "X-Broker-API-Version": "2.17",
            "Authorization": f"Basic {login}" if self.username else None,
            "Content-Type": "application/json" if raw is not None else None,
            **extra,
        }
        return {name: value for name, value in headers.items() if value is not None}

    def catalog(self) -> Any:
        return self.send("GET", "/v2/catalog").body

    def target(self, plan: str, offering: str = "") -> Target:
        for service in self.catalog()["services"]:
            for each in service["plans"]:
                if each["name"] == plan and offering in ("", service["name"]):
                    return Target(service_id=service["id"], plan_id=each["id"])
        raise KeyError(plan)

    def provision(self, instance_id: str, target: Target, **fields: Any) -> Got:
        body = {
            **target.query,
            "organization_guid": "cluster-1",
            "space_guid": "namespace-1",
            "context": CONTEXT,
            **fields,
        }
        return self.send("PUT", instance_path(instance_id), body, query=self._incomplete())

    def update(self, instance_id: str, target: Target, **fields: Any) -> Got:
        body = {"service_id": target.service_id, **fields}
        return self.send("PATCH", instance_path(instance_id), body, query=self._incomplete())

    def fetch(self, instance_id: str) -> Got:
        return self.send("GET", instance_path(instance_id))

    def deprovision(self, instance_id: str, target: Target) -> Got:
        query = {**target.query, **self._incomplete()}
        return self.send("DELETE", instance_path(instance_id), query=query)

    def bind(self, instance_id: str, binding_id: str, target: Target, **fields: Any) -> Got:
        body = {**target.query, "context": CONTEXT, **fields}
        path = binding_path(instance_id, binding_id)
        return self.send("PUT", path, body, query=self._incomplete())

    def fetch_binding(self, instance_id: str, binding_id: str) -> Got:
        return self.send("GET", binding_path(instance_id, binding_id))

    def unbind(self, instance_id: str, binding_id: str, target: Target) -> Got:
        query = {**target.query, **self._incomplete()}
        return self.send("DELETE", binding_path(instance_id, binding_id), query=query)

    def poll(self, instance_id: str, binding_id: str = "", operation: str | None = None) -> Got:
        path = binding_path(instance_id, binding_id) if binding_id else instance_path(instance_id)
        query = {"operation": operation} if operation else None
        return self.send("GET", f"{path}/last_operation", query=query)

    def wait(self, instance_id: str, binding_id: str = "", operation: str | None = None) -> Got:
        """Poll until there is no more ``in progress``."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            got = self.poll(instance_id, binding_id, operation)
            if not (got.status == 200 and got.body["state"] == "in progress"):
                return got
            time.sleep(0.02)
        raise TimeoutError(instance_id)

    def _incomplete(self) -> dict[str, str]:
        return {"accepts_incomplete": "true"} if self.accepts_incomplete else {}


def instance_path(instance_id: str) -> str:
    return f"/v2/service_instances/{quote(instance_id, safe='')}"


def binding_path(instance_id: str, binding_id: str) -> str:
    return f"{instance_path(instance_id)}/service_bindings/{quote(binding_id, safe='')}"


def new_id() -> str:
    return str(uuid.uuid4())
