"""What comes out of what, where no other test has the vectors of Service Catalog's own tests."""

from typing import Any

from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP
from tests.parity.conftest import Shop

WANTED = ["--class", "another-provided-service", "--plan", "only"]


def told(shop: Shop) -> dict[str, Any]:
    """The body of the last provision request."""
    body: dict[str, Any] = shop.broker.sent("PUT")[-1].json
    return body


def test_brokers_know_the_cluster_by_the_id_that_it_had(shop: Shop) -> None:
    shop.run("provision", "before", *WANTED)
    before = told(shop)["context"]["clusterid"]
    info = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "cluster-info", "namespace": "default"},
        "data": {"id": "the-id-of-old"},
    }
    with LocalObjects(shop.svcat.home / "data" / "svcat" / "local.db") as api:
        api.create(CONFIG_MAP, info)

    shop.run("provision", "after", *WANTED)

    assert before != "the-id-of-old"
    assert told(shop)["context"]["clusterid"] == "the-id-of-old"
    assert told(shop)["organization_guid"] == "the-id-of-old"


def test_an_empty_object_of_parameters_is_sent_as_none(shop: Shop) -> None:
    shop.svcat.put_secret("s", {"none": "{}"})
    shop.run("provision", "i", *WANTED, "-s", "s[none]", "--params-json", "{}")

    assert "parameters" not in told(shop)


def test_several_bindings_of_one_instance(shop: Shop) -> None:
    shop.run("provision", "i", *WANTED)
    for name in ("a", "b"):
        shop.run("bind", "i", "--name", name)
    assert shop.run("get", "bindings", "--instance", "i", "-o", "name").out.split() == [
        "binding/a",
        "binding/b",
    ]
