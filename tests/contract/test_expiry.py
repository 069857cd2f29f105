"""The contract of every object API: a continue token that comes too late (HTTP 410)."""

import json
import urllib.request
from collections.abc import Callable

import pytest

from svcat.errors import Expired
from svcat.kube.client import KubeObjects
from svcat.kube.config import load_cluster
from svcat.objects import CONFIG_MAP, ObjectApi, list_all
from tests.contract.conftest import Subject
from tests.controlplane.plane import ControlPlane

NAMES = ["a", "b", "c", "d", "e"]


def _fill(objects: ObjectApi, namespace: str) -> None:
    for name in NAMES:
        metadata = {"namespace": namespace, "name": name, "labels": {"shelf": "yes"}}
        objects.create(CONFIG_MAP, {"metadata": metadata})


def _check_expiry(objects: ObjectApi, namespace: str, expire_tokens: Callable[[], None]) -> None:
    """An old token is refused, and comes with a fresh one that goes on from the same place."""
    first = objects.list_page(CONFIG_MAP, namespace, selector="shelf", limit=2)
    expire_tokens()

    with pytest.raises(Expired) as caught:
        objects.list_page(CONFIG_MAP, namespace, continue_token=first.continue_token)

    fresh = caught.value.continue_token
    assert fresh not in ("", first.continue_token)
    rest = objects.list_page(CONFIG_MAP, namespace, selector="shelf", continue_token=fresh)
    assert [item["metadata"]["name"] for item in first.items + rest.items] == NAMES


def _check_going_on(objects: ObjectApi, namespace: str, expire_tokens: Callable[[], None]) -> None:
    """A list that expires half way goes on."""
    found = []
    for item in list_all(objects, CONFIG_MAP, namespace, selector="shelf", limit=2):
        found.append(item["metadata"]["name"])
        if len(found) == 2:
            expire_tokens()

    assert found == NAMES


@pytest.mark.parametrize("subject", ["local", "simulated"], indirect=True)
@pytest.mark.parametrize("check", [_check_expiry, _check_going_on])
def test_an_old_token_is_expired(
    subject: Subject, namespace: str, check: Callable[..., None]
) -> None:
    _fill(subject.objects, namespace)
    assert subject.advance is not None
    advance = subject.advance

    check(subject.objects, namespace, lambda: advance(301))


@pytest.mark.parametrize("subject", ["local", "simulated"], indirect=True)
def test_a_token_is_good_for_five_minutes(subject: Subject, namespace: str) -> None:
    _fill(subject.objects, namespace)
    first = subject.objects.list_page(CONFIG_MAP, namespace, selector="shelf", limit=2)
    assert subject.advance is not None
    subject.advance(299)

    rest = subject.objects.list_page(
        CONFIG_MAP, namespace, selector="shelf", continue_token=first.continue_token
    )

    assert [item["metadata"]["name"] for item in rest.items] == NAMES[2:]


def test_a_token_of_a_compacted_revision_is_expired(own_control_plane: ControlPlane) -> None:
    cluster = load_cluster(kubeconfig=str(own_control_plane.server.kubeconfig), context=None)
    with KubeObjects(cluster) as objects:
        _fill(objects, "default")

        def compact() -> None:
            last = objects.create(CONFIG_MAP, {"metadata": {"namespace": "default", "name": "z"}})
            objects.delete(CONFIG_MAP, "default", "z")
            _compact(own_control_plane, last["metadata"]["resourceVersion"])

        _check_expiry(objects, "default", compact)
        _check_going_on(objects, "default", compact)


def _compact(plane: ControlPlane, revision: str) -> None:
    """Let etcd forget what was before ``revision``, as it does every five minutes by itself."""
    etcd = f"http://127.0.0.1:{plane._etcd_port}/v3/kv/compaction"
    body = json.dumps({"revision": revision, "physical": True}).encode()
    with urllib.request.urlopen(urllib.request.Request(etcd, body), timeout=10) as answer:
        assert answer.status == 200
