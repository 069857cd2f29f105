"""A broker that sings: a canary wherever an answer has room for one."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.brokers.hostile import Answer, HostileBroker, Seen, answer
from tests.canaries.net import Net

HEADERS = ("Set-Cookie", "WWW-Authenticate", "Location", "X-Api-Key")
_SCHEMA = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}


@dataclass(slots=True)
class SingingBroker:
    server: HostileBroker
    net: Net
    next: list[Answer] = field(default_factory=list)  # instead of what would be said
    said: bytearray = field(default_factory=bytearray)
    version: int = 0  # of credentials: each bind gives others

    def __post_init__(self) -> None:
        self.server.always(self._answer)

    @property
    def url(self) -> str:
        return self.server.url

    def _answer(self, seen: Seen) -> Answer:
        reply = self.next.pop(0) if self._is_write(seen) and self.next else self._usual(seen)
        self.said += reply.data
        return reply

    @staticmethod
    def _is_write(seen: Seen) -> bool:
        return seen.method in {"PUT", "PATCH", "DELETE"}

    def _usual(self, seen: Seen) -> Answer:
        if seen.path == "/token":
            token = self.net.plain("oauth access token")
            return self._with_headers(200, {"access_token": token, "token_type": "bearer"})
        if seen.path.endswith("/v2/catalog"):
            return self._with_headers(200, self._catalog())
        if seen.path.endswith("/last_operation"):
            return self._with_headers(200, {"state": "succeeded", "description": "done"})
        if "service_bindings" in seen.path:
            return self._binding(seen)
        kind = {"PUT": "provision", "PATCH": "update", "DELETE": "deprovision"}.get(seen.method)
        if kind is None:
            return self._with_headers(200, {"parameters": {"password": self.net.canary("fetched")}})
        body = {"operation": self.net.plain(f"{kind} operation")}
        if kind == "provision":
            token = self.net.plain("dashboard token")
            user = self.net.plain("dashboard password")
            body["dashboard_url"] = f"https://svcat:{user}@dash.example/x?token={token}&page=1"
        return self._with_headers(202, body)

    def _binding(self, seen: Seen) -> Answer:
        if seen.method == "DELETE":
            return self._with_headers(202, {"operation": self.net.plain("unbind operation")})
        if seen.method == "PUT" and "accepts_incomplete" in seen.params:
            return self._with_headers(202, {"operation": self.net.plain("bind operation")})
        self.version += 1
        return self._with_headers(200 if seen.method == "GET" else 201, self.bound())

    def bound(self) -> dict[str, Any]:
        """A binding with a canary in every corner."""
        sing = self.net.canary
        mark = f"of binding {self.version % 3}"
        key = f"-----BEGIN PRIVATE KEY-----\n{sing(f'key {mark}')}\n-----END PRIVATE KEY-----\n"
        return {
            "credentials": {
                "host": "db.example",
                "port": 5432,
                "username": sing(f"username {mark}"),
                "password": sing(f"password {mark}"),
                "uri": f"db://u:{self.net.plain(f'uri password {mark}')}@db.example/x",
                "private-key": key,
                "name": sing(f"name {mark}"),  # a harmless word elsewhere
                "description": sing(f"description {mark}"),
                "odd/key": sing(f"odd key {mark}"),
                "path": sing(f"path {mark}"),  # becomes no variable
                "deep": {"token": sing(f"deep token {mark}"), "list": [sing(f"in a list {mark}")]},
            },
            "syslog_drain_url": f"syslog://{self.net.plain(f'syslog token {mark}')}@logs.example",
            "route_service_url": f"https://{self.net.plain(f'route token {mark}')}@r.example",
            "volume_mounts": [
                {
                    "driver": "nfs",
                    "container_dir": "/data",
                    "mode": "rw",
                    "device_type": "shared",
                    "device": {"volume_id": sing(f"volume {mark}")},
                }
            ],
        }

    def _catalog(self) -> dict[str, Any]:
        schemas = {
            "service_instance": {"create": {"parameters": _SCHEMA}, "update": {}},
            "service_binding": {"create": {"parameters": _SCHEMA}},
        }
        plan = {"id": "p", "name": "small", "description": "small", "schemas": schemas}
        service = {
            "id": "s",
            "name": "thing",
            "description": "a thing",
            "bindable": True,
            "plan_updateable": True,
            "bindings_retrievable": False,
            "dashboard_client": {
                "id": "client",
                "secret": self.net.canary("dashboard client secret"),
                "redirect_uri": "https://dash.example",
            },
            "plans": [plan, {"id": "p2", "name": "large", "description": "large"}],
        }
        slow = {**service, "id": "slow", "name": "slow", "bindings_retrievable": True}
        slow["dashboard_client"] = {"id": "c2", "secret": self.net.canary("second client secret")}
        slow["plans"] = [{"id": "sp", "name": "small", "description": "small"}]
        return {"services": [service, slow]}

    def _with_headers(self, status: int, body: Any) -> Answer:
        headers = {name: self.net.plain(f"header {name}") for name in HEADERS}
        return answer(status, json.dumps(body), headers)
