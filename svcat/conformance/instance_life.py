"""The life of one instance, step by step; nothing happens before a check wants to see it.

Every step is carried out once and its answers are kept. A step whose ground is missing raises
Skipped, so that one fault does not look like twenty.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from svcat.conformance.bodies import (
    bind_body,
    provision_body,
    renamed_context,
    update_body,
)
from svcat.conformance.cleaning import Cleaner
from svcat.conformance.model import Skipped
from svcat.conformance.offer import Offer
from svcat.conformance.operation import Conduct, End, Kind, Pace, Steps, conduct
from svcat.conformance.platform import Platform
from svcat.conformance.session import Answer
from svcat.conformance.variation import differing
from svcat.osb.models import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a full check is to be done with."""

    plan: str = ""  # CLASS/PLAN; empty: make nothing
    parameters: JsonObject = field(default_factory=dict)
    update_parameters: JsonObject = field(default_factory=dict)
    bind_parameters: JsonObject = field(default_factory=dict)
    to_plan: str = ""  # the plan to change to


def new_id() -> str:
    """Return an id that nobody has used."""
    return str(uuid.uuid4())


class InstanceLife:
    """One instance of plan ``offer`` and what is done to it."""

    def __init__(
        self,
        platform: Platform,
        offer: Offer,
        wish: Wish,
        *,
        other: Offer | None,
        target: Offer | None,
        pace: Pace,
    ) -> None:
        self.platform = platform
        self.offer = offer
        self.current = offer  # the plan it has now
        self.wish = wish
        self.other = other  # any other plan of the offering
        self.target = target  # the plan to change to
        self.pace = pace
        self.id = new_id()
        self.cancelled_id = new_id()

    @property
    def body(self) -> JsonObject:
        """What it is provisioned with."""
        return provision_body(self.offer, self.wish.parameters)

    @cached_property
    def other_body(self) -> JsonObject | None:
        """A valid provision request that differs; None if none is known."""
        schema = self.offer.schema("service_instance", "create")
        if (parameters := differing(schema, self.wish.parameters)) is not None:
            return provision_body(self.offer, parameters)
        plan = self.target or self.other
        return None if plan is None else provision_body(plan, self.wish.parameters)

    @cached_property
    def provisioning(self) -> Conduct:
        """Making it."""
        during: dict[str, Callable[[], Answer]] = {
            "repeat": lambda: self.provision(self.body, incomplete=True),
            "bare": lambda: self.platform.poll_instance(self.id, {}),
        }
        if (other := self.other_body) is not None:
            during["conflict"] = lambda: self.provision(other, incomplete=True)
        if self.offer.instances_retrievable:
            during["fetch"] = self.fetch
        if self.offer.bindable:
            body = bind_body(self.offer, {})
            key = (self.id, new_id())
            during["bind"] = lambda: self.platform.bind(key, body, incomplete=True)
        return conduct(
            Steps(
                kind=Kind.PROVISION,
                send=lambda *, incomplete: self.provision(self.body, incomplete=incomplete),
                poll=self._poller(self.offer),
                during=during,
            ),
            self.pace,
        )

    def provision(self, body: JsonObject, *, incomplete: bool = False) -> Answer:
        """Send a provision request for its id."""
        return self.platform.provision(self.id, body, incomplete=incomplete)

    def require_instance(self) -> str:
        """Return its id once it is made. Raises Skipped if it was not."""
        if self.provisioning.end is not End.DONE:
            raise Skipped(f"there is no instance: {self.provisioning.reason}")
        if "deprovisioning" in vars(self):
            raise Skipped("the instance is deleted already")
        return self.id

    @cached_property
    def repeated(self) -> Answer:
        """The answer to the same request again, now that it is made."""
        self.require_instance()
        return self.provision(self.body, incomplete=self.provisioning.is_async)

    def fetch(self) -> Answer:
        """Fetch it."""
        return self.platform.fetch_instance(self.id, self.current.ids)

    def fetched(self) -> Answer:
        """Fetch it once it is made. Raises Skipped if this plan's instances cannot be fetched."""
        self.require_instance()
        if not self.offer.instances_retrievable:
            raise Skipped("the offering does not declare instances_retrievable")
        return self.fetch()

    def _poller(self, offer: Offer) -> Callable[..., Answer]:
        return lambda params: self.platform.poll_instance(self.id, {**offer.ids, **params})

    @cached_property
    def plan_change(self) -> Conduct:
        """Changing the plan. Raises Skipped if that was not asked for or cannot be."""
        if not self.offer.updateable:
            raise Skipped("the plan does not declare plan_updateable")
        if self.target is None:
            raise Skipped("no plan to change to was given (--to-plan)")
        body = update_body(self.current, plan_id=self.target.plan_id)
        self.platform.traces.note((self.id, ""), self.target.ids)
        done = self.update(body, self._context_change())
        if done.end is End.DONE:
            self.current = self.target
            self.platform.traces.moved((self.id, ""), self.target.ids)
        return done

    @cached_property
    def parameter_update(self) -> Conduct:
        """Changing parameters. Raises Skipped if none were given."""
        if not self.wish.update_parameters:
            raise Skipped("no parameters to update were given (--update-params-json)")
        body = update_body(
            self.current, plan_id=self.current.plan_id, parameters=self.wish.update_parameters
        )
        return self.update(body, self._context_change())

    @cached_property
    def context_update(self) -> Conduct:
        """Telling of a new name. Raises Skipped if that is not supported."""
        if not self.offer.allow_context_updates:
            raise Skipped("the offering does not declare allow_context_updates")
        return self.update(self._context_change(), None)

    @property
    def main_update(self) -> Conduct:
        """The greatest of the updates that can be made."""
        if self.target is not None and self.offer.updateable:
            return self.plan_change
        return self.parameter_update if self.wish.update_parameters else self.context_update

    def require_updatable(self) -> None:
        """Raise Skipped unless the instance is there and can be updated: brokers need not."""
        self.require_instance()
        can_be = (
            self.offer.updateable
            or self.offer.allow_context_updates
            or self.offer.maintenance_version
            or self.wish.update_parameters
        )
        if not can_be:
            raise Skipped("nothing in the catalog says that its instances can be updated")

    def update(self, body: JsonObject, rival: JsonObject | None = None) -> Conduct:
        """Carry an update out; ``rival`` is another one, tried while it runs."""
        self.require_instance()
        before = self.current
        during: dict[str, Callable[[], Answer]] = {
            "repeat": lambda: self.platform.update(self.id, body, incomplete=True)
        }
        if rival is not None:
            during["rival"] = lambda: self.platform.update(self.id, rival, incomplete=True)
        if self.offer.instances_retrievable:
            during["fetch"] = self.fetch
        return conduct(
            Steps(
                kind=Kind.UPDATE,
                send=lambda *, incomplete: self.platform.update(
                    self.id, body, incomplete=incomplete
                ),
                poll=self._poller(before),
                during=during,
            ),
            self.pace,
        )

    def _context_change(self) -> JsonObject:
        return update_body(self.current, context=renamed_context())

    @cached_property
    def deprovisioning(self) -> Conduct:
        """Deleting it, bindings first. Raises Skipped if one of those cannot be deleted."""
        self.require_instance()
        if not Cleaner(self.platform, self.pace).remove_bindings(self.id):
            raise Skipped("a binding could not be deleted, which has to come first")
        return self._deletion(self.id, self.current)

    @cached_property
    def cancelling(self) -> Conduct:
        """Deleting a second instance while it is made. Raises Skipped if that is at once."""
        if not self.provisioning.is_async:
            raise Skipped("provisioning is not asynchronous")
        begun = self.platform.provision(self.cancelled_id, self.body, incomplete=True)
        if begun.status != 202:
            raise Skipped(f"a second instance was not accepted: status {begun.status}")
        return self._deletion(self.cancelled_id, self.offer)

    def _deletion(self, instance_id: str, offer: Offer) -> Conduct:
        def send(*, incomplete: bool) -> Answer:
            return self.platform.deprovision(instance_id, offer.ids, incomplete=incomplete)

        return conduct(
            Steps(
                kind=Kind.DEPROVISION,
                send=send,
                poll=lambda params: self.platform.poll_instance(
                    instance_id, {**offer.ids, **params}
                ),
                during={"repeat": lambda: send(incomplete=True)},
            ),
            self.pace,
        )
