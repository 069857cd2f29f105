"""The ten requests of a platform, free to be sent wrong; what they may have made is noted.

Before a create leaves, its id is noted as something that may exist; 200 and 410 to a delete take it
off again. After a 4xx to a first send nothing should be there (OSB 2.17, Service Broker Errors);
the id is kept apart, for brokers that made it all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from svcat.conformance.model import Leftover
from svcat.conformance.session import Answer, Headers, Session
from svcat.osb.models import Call
from svcat.osb.urls import CATALOG_PATH, binding_path, instance_path

Key = tuple[str, str]  # instance id, binding id (empty for the instance itself)
Params = Mapping[str, str]


@dataclass(slots=True)
class Traces:
    """What may exist at the broker because of us, with every plan it may belong to."""

    plans: dict[Key, list[dict[str, str]]] = field(default_factory=dict)
    lost: set[Key] = field(default_factory=set)  # asked for, no answer: may yet come into being
    refused: dict[Key, dict[str, str]] = field(default_factory=dict)  # and not heard of since

    def note(self, key: Key, ids: dict[str, str]) -> bool:
        """Note something that is about to be asked for; whether it is new."""
        is_new = key not in self.plans
        self.refused.pop(key, None)
        known = self.plans.setdefault(key, [])
        if ids not in known:
            known.append(ids)
        return is_new

    def moved(self, key: Key, ids: dict[str, str]) -> None:
        """Note that something has these ids now; it may not, so the old ones stay."""
        if key in self.plans:
            self.plans[key] = [ids, *(known for known in self.plans[key] if known != ids)]

    def set_apart(self, key: Key) -> None:
        """Note that something was refused: it is not there if the broker is true to its word."""
        self.refused[key] = self.plans[key][0]
        self.plans.pop(key)

    def forget(self, key: Key) -> None:
        """Forget what is certainly not there."""
        self.plans.pop(key, None)
        self.refused.pop(key, None)
        self.lost.discard(key)

    def bindings(self, instance_id: str = "") -> list[Key]:
        """Return the bindings, newest first, of one instance or of all."""
        return [k for k in reversed(self.plans) if k[1] and instance_id in ("", k[0])]

    def instances(self) -> list[Key]:
        """Return the instances, newest first."""
        return [key for key in reversed(self.plans) if not key[1]]

    def leftover(self, key: Key, reason: str) -> Leftover:
        """Return what is to be told of something that stays."""
        ids = self.plans[key][0] if key in self.plans else self.refused[key]
        return Leftover(instance_id=key[0], binding_id=key[1], reason=reason, **ids)


class Platform:
    """Sends the requests; ``fallback`` are the ids to delete with what was asked for without."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.traces = Traces()
        self.fallback: dict[str, str] = {"service_id": "svcat-check", "plan_id": "svcat-check"}

    def catalog(self, headers: Headers | None = None) -> Answer:
        """GET /v2/catalog."""
        return self.session.send(Call.CATALOG, CATALOG_PATH, headers=headers)

    def provision(
        self,
        instance_id: str,
        body: object,
        *,
        incomplete: bool = False,
        headers: Headers | None = None,
    ) -> Answer:
        """PUT an instance; ``incomplete`` adds accepts_incomplete=true."""
        target = instance_path(instance_id) + _query({}, incomplete=incomplete)
        return self._create(Call.PROVISION, (instance_id, ""), target, body, headers)

    def fetch_instance(self, instance_id: str, params: Params) -> Answer:
        """GET an instance."""
        return self.session.send(Call.FETCH_INSTANCE, instance_path(instance_id) + _query(params))

    def update(
        self,
        instance_id: str,
        body: object,
        *,
        incomplete: bool = False,
        headers: Headers | None = None,
    ) -> Answer:
        """PATCH an instance."""
        target = instance_path(instance_id) + _query({}, incomplete=incomplete)
        return self.session.send(Call.UPDATE, target, body=body, headers=headers)

    def deprovision(
        self,
        instance_id: str,
        params: Params,
        *,
        incomplete: bool = False,
        headers: Headers | None = None,
    ) -> Answer:
        """DELETE an instance."""
        target = instance_path(instance_id) + _query(params, incomplete=incomplete)
        return self._delete(Call.DEPROVISION, (instance_id, ""), target, headers)

    def poll_instance(self, instance_id: str, params: Params) -> Answer:
        """GET an instance's last operation."""
        target = f"{instance_path(instance_id)}/last_operation{_query(params)}"
        return self.session.send(Call.POLL_INSTANCE, target)

    def bind(
        self,
        key: Key,
        body: object,
        *,
        incomplete: bool = False,
        headers: Headers | None = None,
    ) -> Answer:
        """PUT a binding."""
        target = binding_path(*key) + _query({}, incomplete=incomplete)
        return self._create(Call.BIND, key, target, body, headers)

    def fetch_binding(self, key: Key, params: Params) -> Answer:
        """GET a binding."""
        return self.session.send(Call.FETCH_BINDING, binding_path(*key) + _query(params))

    def unbind(
        self,
        key: Key,
        params: Params,
        *,
        incomplete: bool = False,
        headers: Headers | None = None,
    ) -> Answer:
        """DELETE a binding."""
        target = binding_path(*key) + _query(params, incomplete=incomplete)
        return self._delete(Call.UNBIND, key, target, headers)

    def poll_binding(self, key: Key, params: Params) -> Answer:
        """GET a binding's last operation."""
        target = f"{binding_path(*key)}/last_operation{_query(params)}"
        return self.session.send(Call.POLL_BINDING, target)

    def _create(
        self, call: Call, key: Key, target: str, body: object, headers: Headers | None
    ) -> Answer:
        is_new = self.traces.note(key, self._ids_in(body))
        self.traces.lost.add(key)
        answer = self.session.send(call, target, body=body, headers=headers)
        if answer.status is not None:
            self.traces.lost.discard(key)
        if is_new and answer.is_client_error:
            self.traces.set_apart(key)
        return answer

    def _delete(self, call: Call, key: Key, target: str, headers: Headers | None) -> Answer:
        answer = self.session.send(call, target, headers=headers)
        if answer.status == 200 or (answer.status == 410 and key not in self.traces.lost):
            self.traces.forget(key)
        return answer

    def _ids_in(self, body: object) -> dict[str, str]:
        given = body if isinstance(body, dict) else {}
        return {
            name: value if isinstance(value := given.get(name), str) and value else other
            for name, other in self.fallback.items()
        }


def _query(params: Params, *, incomplete: bool = False) -> str:
    pairs = {**params, **({"accepts_incomplete": "true"} if incomplete else {})}
    written = (f"{name}={quote(value, safe='-._~')}" for name, value in pairs.items())
    return "?" + "&".join(written) if pairs else ""
