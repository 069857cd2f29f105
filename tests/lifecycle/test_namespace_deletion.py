"""A namespace that is deleted with live instances in it, on a real server with its controllers."""

from collections.abc import Iterator

import pytest

from svcat.errors import NotFound
from svcat.kube.client import KubeObjects
from svcat.objects import CONFIG_MAP, NAMESPACE, list_all
from tests.controlplane.server import KubeServer
from tests.e2e.conftest import Offer
from tests.e2e.place import Place
from tests.waiting import wait_until

PROVISION = ("provision", "db", "--class", "sqlite", "--plan", "file")


@pytest.fixture
def doomed(
    kube: Place, kube_server: KubeServer, kube_api: KubeObjects, bundled: Offer
) -> Iterator[Place]:
    """A namespace of its own that a test deletes, and a broker for the whole cluster."""
    if not kube_server.has_controllers:
        pytest.skip("without controllers no namespace ends")
    kept = kube.namespace
    kube.register(bundled.broker, f"of-{kept}", "--scope", "cluster")
    kube.namespace = f"{kept}-doomed"
    kube_api.create(NAMESPACE, {"metadata": {"name": kube.namespace}})
    yield kube
    kube.attempt("orphans", "clean", "--yes")
    kube.run("deregister", f"of-{kept}", "--scope", "cluster")


def in_namespace(place: Place, *words: str) -> tuple[str, ...]:
    return (*words, "-n", place.namespace)


def is_there(place: Place) -> bool:
    try:
        place.objects.get(NAMESPACE, "", place.namespace)
    except NotFound:
        return False
    return True


def test_what_a_deleted_namespace_held_is_named_and_can_be_deleted(
    doomed: Place, kube_server: KubeServer, bundled: Offer
) -> None:
    doomed.run(*in_namespace(doomed, *PROVISION))
    doomed.run(*in_namespace(doomed, "bind", "db"))
    assert doomed.run("orphans", "list").err == "No orphans.\n"

    kube_server.run_kubectl("delete", "namespace", doomed.namespace)

    assert not is_there(doomed)
    listed = doomed.run("orphans", "list", "-o", "json").json["items"]
    assert [(o["spec"]["type"], o["spec"]["name"]) for o in listed] == [
        ("binding", "db"),
        ("instance", "db"),
    ]
    assert {o["metadata"]["name"] for o in listed} == bundled.instances() | bundled.bindings()
    assert {o["status"]["reason"] for o in listed} == {"its namespace was deleted"}
    assert len(bundled.instances()) == len(bundled.bindings()) == 1
    doomed.run("orphans", "clean", "--yes")
    assert (bundled.instances(), bundled.bindings()) == (set(), set())
    assert doomed.run("orphans", "list").err == "No orphans.\n"


def test_a_protected_instance_makes_its_namespace_wait_until_it_is_deprovisioned(
    doomed: Place, kube_server: KubeServer, bundled: Offer
) -> None:
    doomed.run(*in_namespace(doomed, *PROVISION, "--protect"))
    doomed.run(*in_namespace(doomed, "bind", "db"))

    kube_server.run_kubectl("delete", "namespace", doomed.namespace, "--wait=false")

    def only_the_instance_is_left() -> bool:
        left = list_all(doomed.objects, CONFIG_MAP, doomed.namespace)
        ours = [o["metadata"]["name"] for o in left if o["metadata"]["name"].startswith("svcat.")]
        return ours == ["svcat.instance.db"]

    wait_until(only_the_instance_is_left)
    assert is_there(doomed)
    told = doomed.run(*in_namespace(doomed, "get", "instances")).err
    assert "its record was deleted" in told
    assert f"svcat resume db -n {doomed.namespace}" in told
    for words in (("bind", "db"), ("update", "db", "--plan", "file-async"), PROVISION):
        assert "is to go" in doomed.run(*in_namespace(doomed, *words), code=6).err
    done = doomed.run(*in_namespace(doomed, "resume", "-o", "json")).json["items"]
    assert [(r["metadata"]["name"], r["status"]["phase"]) for r in done] == [("db", "deleted")]
    assert (bundled.instances(), bundled.bindings()) == (set(), set())
    assert doomed.run("orphans", "list").err == "No orphans.\n"
    wait_until(lambda: not is_there(doomed))


def test_a_registration_that_went_with_the_namespace_is_replaced_by_one_of_the_same_url(
    doomed: Place, kube_server: KubeServer, bundled: Offer
) -> None:
    in_it = in_namespace(doomed)
    doomed.register(bundled.broker, "own", *in_it)
    doomed.run(*PROVISION, "--broker", "own", "--scope", "namespace", "--protect", *in_it)
    kube_server.run_kubectl("delete", "namespace", doomed.namespace, "--wait=false")
    wait_until(lambda: doomed.attempt("describe", "broker", "own", *in_it).code != 0)

    doomed.run("deprovision", "db", *in_it)

    assert bundled.instances() == set()
    wait_until(lambda: not is_there(doomed))


def test_deleting_the_record_of_a_protected_instance_is_a_wish_to_deprovision(
    kube: Place, kube_server: KubeServer, bundled: Offer
) -> None:
    kube.register(bundled.broker)
    kube.run(*PROVISION, "--protect")
    kube.run("bind", "db")
    delete = ["delete", "cm", "svcat.instance.db", "-n", kube.namespace, "--wait=false"]
    kube_server.run_kubectl(*delete)

    refused = kube.run("resume", "db", code=6)

    assert "still has bindings: db" in refused.err
    assert len(bundled.bindings()) == 1
    kube.run("unbind", "db")
    kube.run("wait", "instance/db", "--for=delete")
    assert bundled.instances() == set()
    assert [o for o in kube.objects_of_ours() if "instance" in o or "ledger" in o] == []
