"""What it says of instances and bindings that do not exist; nothing can come of these requests."""

from svcat.conformance.instance_life import new_id
from svcat.conformance.judging import expect, expect_refused
from svcat.conformance.model import Skipped
from svcat.conformance.session import Answer
from svcat.conformance.stage import Stage

# Not in RFC 3986's unreserved set, so it arrives percent-encoded (OSB 2.17, URL Properties).
_ODD = "svcat check:ä%25+"


def deprovision(stage: Stage) -> Answer:
    """Deleting an instance that does not exist: 410."""
    return expect(stage.platform.deprovision(new_id(), stage.known_plan.ids), 410)


def unbind(stage: Stage) -> Answer:
    """Deleting a binding that does not exist: 410."""
    _require_bindable(stage)
    return expect(stage.platform.unbind((new_id(), new_id()), stage.known_plan.ids), 410)


def fetch_instance(stage: Stage) -> Answer:
    """Fetching an instance that does not exist: 404."""
    if not stage.has(lambda offer: offer.instances_retrievable):
        raise Skipped("no offering declares instances_retrievable")
    return expect(stage.platform.fetch_instance(new_id(), stage.known_plan.ids), 404)


def fetch_binding(stage: Stage) -> Answer:
    """Fetching a binding that does not exist: 404."""
    if not stage.has(lambda offer: offer.bindings_retrievable):
        raise Skipped("no offering declares bindings_retrievable")
    return expect(stage.platform.fetch_binding((new_id(), new_id()), stage.known_plan.ids), 404)


def poll_instance(stage: Stage) -> Answer:
    """Polling an instance that does not exist: 404 (410 is told by the next check)."""
    return expect(stage.platform.poll_instance(new_id(), stage.known_plan.ids), 404, 410)


def poll_instance_404(stage: Stage) -> Answer:
    """That answer is 404: a platform takes 410 for a delete that has succeeded."""
    return expect(stage.platform.poll_instance(new_id(), stage.known_plan.ids), 404)


def poll_binding(stage: Stage) -> Answer:
    """Polling a binding that does not exist: 404 (410 is told by the next check)."""
    _require_bindable(stage)
    key = (new_id(), new_id())
    return expect(stage.platform.poll_binding(key, stage.known_plan.ids), 404, 410)


def poll_binding_404(stage: Stage) -> Answer:
    """That answer is 404: a platform takes 410 for a delete that has succeeded."""
    _require_bindable(stage)
    return expect(stage.platform.poll_binding((new_id(), new_id()), stage.known_plan.ids), 404)


def update(stage: Stage) -> Answer:
    """Updating an instance that does not exist is refused."""
    body = {**stage.known_plan.ids, "previous_values": stage.known_plan.ids}
    return expect_refused(stage.platform.update(new_id(), body))


def odd_id(stage: Stage) -> Answer:
    """An id with spaces and other characters that URLs reserve is an id like any other."""
    return expect(stage.platform.deprovision(_ODD, stage.known_plan.ids), 410)


def slash_in_id(stage: Stage) -> Answer:
    """So is one with an encoded slash."""
    return expect(stage.platform.deprovision("svcat/check", stage.known_plan.ids), 410)


def long_id(stage: Stage) -> Answer:
    """So is one of 200 characters."""
    return expect(stage.platform.deprovision("x" * 200, stage.known_plan.ids), 410)


def _require_bindable(stage: Stage) -> None:
    if not stage.has(lambda offer: offer.bindable):
        raise Skipped("no plan is bindable")
