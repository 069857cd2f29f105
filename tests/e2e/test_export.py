"""``export``: from one machine to a cluster by way of kubectl; nothing is lost, nothing double."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.server import KubeServer
from tests.e2e.conftest import Offer
from tests.e2e.place import Place

SERVERS_OWN = {"uid", "resourceVersion", "creationTimestamp", "managedFields", "ownerReferences"}


@pytest.fixture
def machine(local: Place, kube: Place) -> Place:
    """A local store with the namespaces that the cluster is to get."""
    local.namespace, local.system_namespace = kube.namespace, kube.system_namespace
    return local


def broker_of(place: Place) -> str:
    """A name of its own: whoever deregisters it looks for instances in the whole cluster."""
    return f"b-{place.namespace}"


def furnish(place: Place, offer: Offer, *more: str) -> None:
    """A broker for the whole cluster, an instance and a binding."""
    place.register(offer.broker, broker_of(place), "--scope", "cluster")
    here = ("-n", place.namespace)
    place.run("provision", "db", "--class", "sqlite", "--plan", "file", *here, *more)
    place.run("bind", "db", *here)


def exported(place: Place) -> str:
    return place.run("export", "-n", place.namespace, "--show-secrets").out


def kinds(place: Place, *words: str) -> list[str]:
    listed: list[str] = place.run("export", *words, "-o", "name").out.split()
    return listed


@pytest.mark.parametrize("way", [("apply",), ("apply", "--server-side"), ("create",)])
def test_what_began_on_a_machine_goes_on_in_a_cluster(
    machine: Place,
    kube: Place,
    bundled: Offer,
    kube_server: KubeServer,
    kubectl: Path,
    tmp_path: Path,
    way: tuple[str, ...],
) -> None:
    assert kubectl
    furnish(machine, bundled)
    before = machine.run("get", "binding", "db", "-n", machine.namespace, "-o", "json")
    objects = exported(machine)
    if way == ("create",):  # it takes no Namespace that is there already
        found = yaml.safe_load_all(objects)
        ours = {"kind": "Namespace", "metadata": {"name": kube.namespace}, "apiVersion": "v1"}
        objects = yaml.safe_dump_all(obj for obj in found if obj != ours)
    (tmp_path / "all.yaml").write_text(objects)

    kube_server.run_kubectl(*way, "-f", str(tmp_path / "all.yaml"))

    assert '"Ready"' in kube.run("get", "instances", "-o", "json").out
    there = kube.run("describe", "binding", "db", "--show-secrets", "-o", "json")
    assert there.err == ""
    assert json.loads(there.out)["status"]["ids"] == json.loads(before.out)["status"]["ids"]
    assert kube.secret("db") == machine.secret("db")
    assert "orphans: none" in kube.run("doctor").out
    again = ("provision", "db", "--class", "sqlite", "--plan", "file")
    assert "unchanged" in kube.run(*again).err
    assert "unchanged" in kube.run("bind", "db").err
    assert "db" in kube.run("tree", "instance/db").out
    kube.run("rotate", "db", "--interval", "20ms")
    assert len(bundled.bindings()) == 1
    kube.run("unbind", "db")
    assert bundled.bindings() == set()
    kube.run("deprovision", "db")
    kube.run("deregister", broker_of(kube))
    assert kube.objects_of_ours() == []


def test_what_was_moved_twice_still_belongs_together(
    machine: Place, kube: Place, bundled: Offer, kube_server: KubeServer, tmp_path: Path
) -> None:
    furnish(machine, bundled)
    file = tmp_path / "all.yaml"
    for store in (machine, kube):
        file.write_text(exported(store))
        for what in ("configmaps", "secrets"):
            for where in (kube.namespace, kube.system_namespace):
                kube_server.run_kubectl("delete", what, "-n", where, "-l", "svcat.dev/kind")
        kube_server.run_kubectl("apply", "-f", str(file))

        kube.run("rotate", "db", "--interval", "20ms")  # its Secret is written anew

    assert kube.run("describe", "binding", "db").err == ""
    kube.run("bind", "db", "--repair")
    assert "unchanged" in kube.run("bind", "db", "--repair").err
    kube.run("deprovision", "db", "--cascade")
    kube.run("deregister", broker_of(kube))
    assert kube.objects_of_ours() == []


def test_it_holds_nothing_that_is_of_one_server_and_is_the_same_every_time(
    place: Place, bundled: Offer
) -> None:
    furnish(place, bundled)
    text = exported(place)
    listed = json.loads(
        place.run("export", "-n", place.namespace, "--show-secrets", "-o", "json").out
    )

    documents: list[Any] = list(yaml.safe_load_all(text))
    assert documents == listed["items"]
    assert (listed["apiVersion"], listed["kind"]) == ("v1", "List")
    assert text == exported(place)
    assert not [obj for obj in documents if SERVERS_OWN & {*obj, *obj["metadata"]}]
    order = [obj["kind"] for obj in documents]
    assert order == sorted(order, key=("Namespace", "Secret", "ConfigMap").index)
    names = {obj["metadata"]["name"] for obj in documents}
    broker = broker_of(place)
    assert {place.system_namespace, f"svcat.broker.{broker}", "svcat.instance.db", "db"} <= names
    assert len([name for name in names if name.startswith("svcat.ledger.")]) == 2
    assert len([name for name in names if name.startswith(f"svcat.catalog.{broker}.")]) == 1
    place.run("deprovision", "db", "--cascade", "-n", place.namespace)


def test_nothing_is_taken_out_of_the_middle_of_work(local: Place, bundled: Offer) -> None:
    local.register(bundled.broker)
    local.run("provision", "db", "--class", "sqlite", "--plan", "file-async", "--no-wait")

    refused = local.run("export", "--show-secrets", code=6)

    assert refused.out == ""
    assert "instance 'db' in namespace default is in the middle of something" in refused.err
    assert "svcat resume -n default" in refused.err
    local.run("resume", "--interval", "20ms")
    assert "svcat.instance.db" in local.run("export", "--show-secrets").out
    local.run("deprovision", "db", "--interval", "20ms")


def test_nothing_comes_out_unless_it_is_asked_for_with_its_credentials(
    local: Place, bundled: Offer
) -> None:
    furnish(local, bundled)
    for words in ((), ("-o", "yaml"), ("-A", "-o", "jsonpath={.items}")):
        refused = local.run("export", *words, code=2)
        assert "svcat export --show-secrets" in refused.err
        assert "apiVersion: v1\n" not in refused.out

    assert "secret/db" in kinds(local)
    assert local.run("export", "-o", "wide").out.startswith("KIND")
    assert local.run("export", "-n", "empty", "-o", "wide").out == ""
    local.run("deprovision", "db", "--cascade")
