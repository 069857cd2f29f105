"""The bindings of the one instance, step by step; as ``instance_life``."""

import uuid
from collections.abc import Callable
from functools import cached_property

from svcat.conformance.bodies import bind_body, rotate_body
from svcat.conformance.instance_life import InstanceLife, new_id
from svcat.conformance.model import Skipped
from svcat.conformance.operation import Conduct, End, Kind, Steps, conduct
from svcat.conformance.platform import Key
from svcat.conformance.session import Answer
from svcat.conformance.variation import differing
from svcat.osb.models import JsonObject


class BindingLife:
    """A first binding, a second one with a long id, and a successor of the first."""

    def __init__(self, instance: InstanceLife) -> None:
        self._instance = instance
        self._platform = instance.platform
        self.key: Key = (instance.id, new_id())
        self.successor: Key = (instance.id, new_id())
        # Long and no GUID, but of unreserved characters only (OSB, URL Properties).
        self.odd: Key = (instance.id, f"svcat-check_{'long~' * 12}.{uuid.uuid4().hex}")

    @property
    def request(self) -> JsonObject:
        """What the first binding is made with."""
        return bind_body(self._instance.current, self._instance.wish.bind_parameters)

    @cached_property
    def other_request(self) -> JsonObject | None:
        """A valid bind request that differs; None if none is known."""
        schema = self._instance.offer.schema("service_binding", "create")
        parameters = differing(schema, self._instance.wish.bind_parameters)
        return None if parameters is None else bind_body(self._instance.current, parameters)

    @cached_property
    def binding(self) -> Conduct:
        """Binding it for the first time."""
        self.require_bindable()
        other = self.other_request
        rival = None if other is None else lambda: self.bind(self.key, other, incomplete=True)
        return self._bound(self.key, self.request, rival)

    @cached_property
    def odd_binding(self) -> Conduct:
        """A second binding, with a long id."""
        self.require_binding()
        return self._bound(self.odd, self.request)

    @cached_property
    def rotation(self) -> Conduct:
        """A successor of the first binding. Raises Skipped if that is not supported."""
        if not self._instance.current.rotatable:
            raise Skipped("the plan does not declare binding_rotatable")
        self.require_binding()
        return self._bound(self.successor, rotate_body(self._instance.current, self.key[1]))

    def bind(self, key: Key, body: JsonObject, *, incomplete: bool = False) -> Answer:
        """Send a bind request."""
        return self._platform.bind(key, body, incomplete=incomplete)

    def require_bindable(self) -> None:
        """Raise Skipped unless the instance is there and can be bound."""
        self._instance.require_instance()
        if not self._instance.current.bindable:
            raise Skipped("the plan is not bindable")

    def require_binding(self) -> Key:
        """Return the first binding's ids once it is made. Raises Skipped if it was not."""
        if self.binding.end is not End.DONE:
            raise Skipped(f"there is no binding: {self.binding.reason}")
        if "unbinding" in vars(self):
            raise Skipped("the binding is deleted already")
        return self.key

    def fetch_binding(self, key: Key) -> Answer:
        """Fetch a binding. Raises Skipped if they cannot be fetched."""
        if not self._instance.offer.bindings_retrievable:
            raise Skipped("the offering does not declare bindings_retrievable")
        return self._platform.fetch_binding(key, self._instance.current.ids)

    def information(self, done: Conduct, key: Key) -> Answer:
        """Return the answer that has a binding's credentials."""
        return self.fetch_binding(key) if done.is_async else done.answer

    def _bound(
        self, key: Key, body: JsonObject, rival: Callable[[], Answer] | None = None
    ) -> Conduct:
        ids = self._instance.current.ids
        during: dict[str, Callable[[], Answer]] = {
            "repeat": lambda: self.bind(key, body, incomplete=True)
        }
        if rival is not None:
            during["conflict"] = rival
        if self._instance.offer.bindings_retrievable:
            during["fetch"] = lambda: self._platform.fetch_binding(key, ids)
        return conduct(
            Steps(
                kind=Kind.BIND,
                send=lambda *, incomplete: self.bind(key, body, incomplete=incomplete),
                poll=lambda params: self._platform.poll_binding(key, {**ids, **params}),
                during=during,
            ),
            self._instance.pace,
        )

    @cached_property
    def unbinding(self) -> Conduct:
        """Deleting the first binding."""
        key = self.require_binding()
        ids = self._instance.current.ids
        return conduct(
            Steps(
                kind=Kind.UNBIND,
                send=lambda *, incomplete: self._platform.unbind(key, ids, incomplete=incomplete),
                poll=lambda params: self._platform.poll_binding(key, {**ids, **params}),
                during={"repeat": lambda: self._platform.unbind(key, ids, incomplete=True)},
            ),
            self._instance.pace,
        )
