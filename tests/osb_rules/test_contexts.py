"""What brokers are told: where an instance lives, who asked, what changed of that since."""

import base64
import getpass
import json
from typing import Any

import pytest

from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP, NAMESPACE, Resource
from tests.brokers.hostile import Seen, answer
from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.osb_rules.broker_words import (
    QUICK,
    SUCCEEDED,
    accepted,
    binds,
    polls,
    provision,
    provisions,
    register,
)

ORIGIN = "x-broker-api-originating-identity"
VERSION = "x-broker-api-version"


def objects(svcat: Svcat) -> LocalObjects:
    return LocalObjects(svcat.home / "data" / "svcat" / "local.db")


def uid_of(svcat: Svcat, namespace: str) -> str:
    with objects(svcat) as api:
        uid: str = api.get(NAMESPACE, "", namespace)["metadata"]["uid"]
        return uid


def annotate(svcat: Svcat, resource: Resource, name: str, **annotations: str) -> None:
    """As ``kubectl annotate`` does; underscores stand for what Python's names lack."""
    with objects(svcat) as api:
        obj = api.get(resource, "default", name)
        obj["metadata"].setdefault("annotations", {}).update(
            {key.replace("__", "/"): text for key, text in annotations.items()}
        )
        api.replace(resource, obj)


def told(seen: Seen) -> Any:
    """The originating identity, its platform apart."""
    platform, _, value = seen.headers[ORIGIN].partition(" ")
    return platform, json.loads(base64.b64decode(value))


def test_R159_R272_R273_R276_R277_a_provision_says_where_the_instance_lives(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)

    assert provisions(registered)[0].json["context"] == {
        "platform": "kubernetes",
        "namespace": "default",
        "clusterid": uid_of(svcat, "kube-system"),
        "instance_name": "db",
    }


def test_R155_R156_Q61_the_deprecated_guids_are_there_and_not_empty(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)

    body = provisions(registered)[0].json
    assert body["organization_guid"] == uid_of(svcat, "kube-system")
    assert body["space_guid"] == uid_of(svcat, "default")
    svcat.run("update", "db", "-p", "a=1")
    previous = registered.sent("PATCH")[0].json["previous_values"]
    assert previous["organization_id"] == body["organization_guid"]
    assert previous["space_id"] == body["space_guid"]


def test_R191_R278_every_write_carries_the_context_that_the_profile_wants(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    svcat.run("update", "db", "-p", "a=1")
    svcat.run("bind", "db")

    written = registered.sent("PUT", "PATCH")
    assert len(written) == 3
    for seen in written:
        context = seen.json["context"]
        assert context["platform"] == "kubernetes"
        assert context["namespace"] == "default"
        assert context["clusterid"]
        assert "service_bindings" in seen.path or context["instance_name"] == "db"


def test_R217_R221_R281_a_bind_names_the_namespace_as_its_application(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    svcat.run("bind", "db")

    body = binds(registered)[0].json
    assert body["context"]["namespace"] == "default"
    assert body["context"]["clusterid"] == uid_of(svcat, "kube-system")
    assert body["bind_resource"] == {"app_guid": uid_of(svcat, "default")}
    assert "app_guid" not in body  # deprecated; sent to who asks for it


def test_R219_R221_who_answers_requires_app_gets_it_in_both_places(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    registered.tell("PUT", answer(422, {"error": "RequiresApp"}))

    svcat.run("bind", "db")

    body = binds(registered)[1].json
    assert body["app_guid"] == body["bind_resource"]["app_guid"] == uid_of(svcat, "default")


def test_R274_the_namespaces_annotations_are_told_but_not_tools_copies(
    svcat: Svcat, registered: ToldBroker
) -> None:
    copy = {"kubectl.kubernetes.io__last-applied-configuration": "{}"}
    annotate(svcat, NAMESPACE, "default", team="shop", huge="x" * 5000, **copy)

    provision(svcat)

    assert provisions(registered)[0].json["context"]["namespace_annotations"] == {"team": "shop"}


def test_R187_R191_R275_what_changed_of_the_context_is_sent_if_the_class_wants_it(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.offering = {"allow_context_updates": True}
    register(svcat, broker)
    provision(svcat)
    assert "unchanged" in svcat.run("touch", "instance", "db").err
    annotate(svcat, NAMESPACE, "default", team="shop")
    annotate(svcat, CONFIG_MAP, "svcat.instance.db", cost__center="42")

    done = svcat.run("touch", "instance", "db")

    assert "context.namespace_annotations" in done.err
    (patch,) = broker.sent("PATCH")
    assert patch.json["context"]["namespace_annotations"] == {"team": "shop"}
    assert patch.json["context"]["instance_annotations"] == {"cost/center": "42"}
    assert "parameters" not in patch.json
    assert "unchanged" in svcat.run("touch", "instance", "db").err


def test_R187_a_class_that_does_not_want_it_is_not_sent_the_context_alone(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    annotate(svcat, NAMESPACE, "default", team="shop")

    assert "unchanged" in svcat.run("touch", "instance", "db").err
    assert registered.sent("PATCH") == []
    svcat.run("update", "db", "-p", "a=1")  # but with anything else it goes along
    context = registered.sent("PATCH")[0].json["context"]
    assert context["namespace_annotations"] == {"team": "shop"}


def test_R274_R162_a_request_sent_again_tells_what_it_told_before(
    svcat: Svcat, registered: ToldBroker
) -> None:
    """The same id with another body would be another request."""
    registered.tell("PUT", *[answer(200, '{"cut')] * 3)
    provision(svcat, *QUICK, code=8)
    annotate(svcat, NAMESPACE, "default", team="shop")

    svcat.run("resume", "db")

    assert len({seen.body for seen in provisions(registered)}) == 1


def test_R026_R029_R030_every_request_says_who_of_the_users_asked_for_it(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", accepted())
    registered.tell("GET", SUCCEEDED)
    provision(svcat, *QUICK)
    svcat.run("update", "db", "-p", "a=1")
    svcat.run("bind", "db")
    svcat.run("deprovision", "db", "--cascade")

    asked = [*registered.sent(), *polls(registered)]
    assert {seen.method for seen in asked} == {"PUT", "PATCH", "DELETE", "GET"}
    for seen in asked:
        platform, user = told(seen)
        assert platform == "kubernetes"
        assert set(user) == {"username", "uid", "groups", "extra"}
        assert user["username"] == getpass.getuser()


def test_R030_what_two_users_want_is_two_requests(svcat: Svcat, registered: ToldBroker) -> None:
    """Nothing is ever merged: an update in progress refuses another one."""
    provision(svcat)
    registered.tell("PATCH", accepted())
    svcat.run("update", "db", "-p", "a=1", "--no-wait")
    svcat.run("update", "db", "-p", "b=1", "--timeout", "1s", code=6)

    assert [seen.json["parameters"] for seen in registered.sent("PATCH")] == [{"a": "1"}]


def test_R028_fetching_a_catalog_tells_of_nobody(svcat: Svcat, registered: ToldBroker) -> None:
    svcat.run("sync", "broker", "b")

    catalogs = [seen for seen in registered.sent("GET") if seen.path == "/v2/catalog"]
    assert len(catalogs) == 2
    assert all(ORIGIN not in seen.headers for seen in catalogs)


def test_R032_R037_Q60_a_broker_that_knows_only_cloudfoundry_is_spoken_to_so(
    svcat: Svcat, broker: ToldBroker
) -> None:
    register(svcat, broker, "--platform", "cloudfoundry")
    provision(svcat)
    svcat.run("bind", "db")
    svcat.run("deprovision", "db", "--cascade")

    assert len(broker.sent("PUT")) == 2
    for seen in broker.sent():
        platform, user = told(seen)
        assert (platform, list(user)) == ("cloudfoundry", ["user_id"])
    for seen in broker.sent("PUT"):
        context = seen.json["context"]
        assert context["platform"] == "cloudfoundry"
        assert context["space_guid"] == uid_of(svcat, "default")
        assert context["organization_guid"] and context["space_name"] == "default"


def test_Q60_other_platforms_than_the_known_are_refused(svcat: Svcat, broker: ToldBroker) -> None:
    done = svcat.run("register", "b", "--url", broker.url, "--platform", "mesos", code=2)

    assert "kubernetes, cloudfoundry" in done.err


@pytest.mark.parametrize("version", ["2.11", "2.12", "2.13", "2.16"])
def test_R280_members_newer_than_the_version_in_use_are_sent_all_the_same(
    svcat: Svcat, broker: ToldBroker, version: str
) -> None:
    register(svcat, broker, "--api-version", version)
    provision(svcat)
    svcat.run("bind", "db")

    assert {seen.headers[VERSION] for seen in broker.broker.requests} == {version}
    assert all(seen.json["context"]["instance_name"] == "db" for seen in broker.sent("PUT"))
    is_async = ["accepts_incomplete" in seen.params for seen in binds(broker)]
    assert is_async == [False]
