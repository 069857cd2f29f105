"""Requests that are no proper requests: none of them names a plan, so nothing can come of them."""

from svcat.conformance.bodies import provision_body, without
from svcat.conformance.instance_life import new_id
from svcat.conformance.judging import expect, expect_refused
from svcat.conformance.offer import Offer
from svcat.conformance.session import Answer
from svcat.conformance.stage import Stage

_CUT = b'{"service_id": "svcat-check", "plan_id"'


def not_json(stage: Stage) -> Answer:
    """A provision request that is no JSON: 400."""
    return expect(stage.platform.provision(new_id(), _CUT), 400)


def not_an_object(stage: Stage) -> Answer:
    """A provision request that is no object: 400."""
    return expect(stage.platform.provision(new_id(), b"[]"), 400)


def no_service_id(stage: Stage) -> Answer:
    """A provision request without service_id: 400."""
    body = without(provision_body(_nowhere(), None), "service_id")
    return expect(stage.platform.provision(new_id(), body, incomplete=True), 400)


def no_plan_id(stage: Stage) -> Answer:
    """A provision request without plan_id: 400."""
    body = without(provision_body(_nowhere(), None), "plan_id")
    return expect(stage.platform.provision(new_id(), body, incomplete=True), 400)


def unknown_service(stage: Stage) -> Answer:
    """A provision request for an offering that is not in the catalog is refused."""
    body = provision_body(_nowhere(), None)
    return expect_refused(stage.platform.provision(new_id(), body, incomplete=True))


def content_type(stage: Stage) -> Answer:
    """A body of another content type is refused with 400, if it is refused for that."""
    headers = {"Content-Type": "text/plain"}
    return expect(stage.platform.provision(new_id(), {}, headers=headers), 400)


def delete_without_ids(stage: Stage) -> Answer:
    """A delete without service_id and plan_id: 400, or 410 where there is nothing to delete."""
    return expect(stage.platform.deprovision(new_id(), {}), 400, 410)


def _nowhere() -> Offer:
    return Offer(service_id=new_id(), plan_id=new_id())
