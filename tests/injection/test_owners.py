"""Other people's tools before and after: none loses what is theirs, and what takes ours is seen."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from svcat.errors import Conflict
from tests.injection.test_inject import FILES, URL, env, secret_key, template
from tests.injection.yard import Yard, bare, container, deployment

Tool = Callable[[Yard, dict[str, Any]], None]
V1, V2 = "example.com/app:1", "example.com/app:2"


def manifest(image: str, level: str = "info") -> dict[str, Any]:
    entries = [{"name": "LEVEL", "value": level}]
    return deployment("web", {**container("app", env=entries), "image": image})


def kubectl_apply(yard: Yard, document: dict[str, Any]) -> None:
    yard.apply(document)


def server_side(yard: Yard, document: dict[str, Any]) -> None:
    words = ("apply", "--server-side", "--field-manager=gitops", "-f", "-")
    yard.kubectl(*words, stdin=[document])


def strategic_patch(yard: Yard, document: dict[str, Any]) -> None:
    """What a three-way merge sends: the order of the elements it knows, and what changed."""
    found = document["spec"]["template"]["spec"]["containers"][0]
    changed = {
        "name": "app",
        "image": found["image"],
        "env": found["env"],
        "$setElementOrder/env": [{"name": e["name"]} for e in found["env"]],
    }
    spec = {"$setElementOrder/containers": [{"name": "app"}], "containers": [changed]}
    patch = json.dumps({"spec": {"template": {"spec": spec}}})
    yard.kubectl("patch", "deployment", "web", "--type=strategic", "-p", patch)


def require_each_to_keep_his(yard: Yard, create: Tool, change: Tool) -> None:
    """Let an owner make, change and change back what is injected into, and fail on any loss."""
    create(yard, manifest(V1))
    before = bare(yard.get("deployment", "web"))
    yard.inject("deployment/web", files=True, env=URL)

    change(yard, manifest(V2, "debug"))

    made = template(yard)
    assert made["spec"]["containers"][0]["image"] == V2
    assert env(made)["LEVEL"] == "debug"
    assert env(made)["URL"] == secret_key("uri")
    assert made["spec"]["containers"][0]["volumeMounts"] == [FILES]
    assert yard.drift() == {}
    assert not yard.inject("deployment/web", files=True, env=URL)[0].changed

    change(yard, manifest(V1))
    yard.eject("deployment/web")
    assert bare(yard.get("deployment", "web")) == before


@pytest.mark.parametrize(
    ("create", "change"),
    [
        (kubectl_apply, kubectl_apply),
        (server_side, server_side),
        (kubectl_apply, strategic_patch),
    ],
    ids=["kubectl apply", "server-side apply", "strategic merge patch"],
)
def test_an_owners_next_apply_changes_his_fields_and_keeps_ours(
    yard: Yard, create: Tool, change: Tool
) -> None:
    require_each_to_keep_his(yard, create, change)


@pytest.mark.parametrize(
    ("tool", "takes_ours"), [(kubectl_apply, True), (server_side, False)], ids=["kubectl", "server"]
)
def test_an_owner_who_gives_up_a_whole_list_takes_ours_with_it_unless_the_server_merges(
    yard: Yard, tool: Tool, *, takes_ours: bool
) -> None:
    tool(yard, manifest(V1))
    yard.inject("deployment/web", env=URL)

    tool(yard, deployment("web", container("app")))

    assert env(template(yard)) == ({} if takes_ours else {"URL": secret_key("uri")})
    assert ("deployment/web" in yard.drift()) is takes_ours
    yard.repair()
    assert env(template(yard)) == {"URL": secret_key("uri")}


def test_an_owner_who_adds_a_container_is_told_of_it(yard: Yard) -> None:
    yard.apply(manifest(V1))
    yard.inject("deployment/web", env=URL)
    more = manifest(V1)
    more["spec"]["template"]["spec"]["containers"].append(container("sidecar"))
    yard.apply(more)

    assert yard.drift() == {"deployment/web": ("stripped", "variable URL in container sidecar")}
    yard.repair()
    assert env(template(yard), 1) == {"URL": secret_key("uri")}


def test_an_owner_who_takes_a_container_away_takes_ours_with_it(yard: Yard) -> None:
    yard.apply(deployment("web", container("app"), container("sidecar")))
    yard.inject("deployment/web", env=URL)
    gone = {"containers": [{"name": "sidecar", "$patch": "delete"}]}
    patch = json.dumps({"spec": {"template": {"spec": gone}}})
    yard.kubectl("patch", "deployment", "web", "--type=strategic", "-p", patch)

    assert yard.drift() == {}
    assert not yard.inject("deployment/web", env=URL)[0].changed


def test_a_replace_drops_ours_and_that_is_seen_and_mended(yard: Yard) -> None:
    yard.apply(manifest(V1))
    yard.inject("deployment/web", files=True, env=URL)

    yard.replace(manifest(V2))

    assert "URL" not in env(template(yard))
    lapse, *details = yard.drift()["deployment/web"]
    assert lapse == "stripped"
    assert {"variable URL in container app", "volume svcat-db"} <= set(details)

    yard.repair()
    assert env(template(yard))["URL"] == secret_key("uri")
    assert template(yard)["spec"]["containers"][0]["image"] == V2
    assert yard.drift() == {}


def test_what_was_deleted_and_made_again_is_another_one(yard: Yard) -> None:
    yard.apply(manifest(V1), deployment("other"))
    yard.inject("deployment/web", "deployment/other")
    yard.kubectl("delete", "deployment", "web", "other", "--cascade=orphan")
    yard.apply(manifest(V1))

    assert yard.drift() == {"deployment/web": ("replaced",), "deployment/other": ("gone",)}

    yard.repair()
    [known] = yard.binding().injections
    assert known.uid == yard.get("deployment", "web")["metadata"]["uid"]
    assert template(yard)["spec"]["containers"][0]["volumeMounts"] == [FILES]
    assert yard.drift() == {}


def test_what_an_owner_takes_over_stays_his_when_ours_is_ejected(yard: Yard) -> None:
    yard.apply(manifest(V1))
    yard.inject("deployment/web", env=URL)
    document = manifest(V1)
    entry = {"name": "URL", "valueFrom": secret_key("uri")}
    document["spec"]["template"]["spec"]["containers"][0]["env"].append(entry)
    words = ("apply", "--server-side", "--force-conflicts", "--field-manager=gitops", "-f", "-")
    yard.kubectl(*words, stdin=[document])

    yard.eject("deployment/web")

    assert env(template(yard))["URL"] == secret_key("uri")


def test_an_owner_who_sets_the_same_variable_later_wins_and_it_is_said(yard: Yard) -> None:
    yard.apply(manifest(V1))
    yard.inject("deployment/web", env=URL)
    document = manifest(V1)
    entries = document["spec"]["template"]["spec"]["containers"][0]["env"]
    entries.append({"name": "URL", "value": "theirs"})
    yard.replace(document)

    lapse, message = yard.drift()["deployment/web"]
    assert lapse == "blocked"
    assert "variable URL in container app already, set by kubectl-replace" in message
    with pytest.raises(Conflict):
        yard.repair()
    assert [i.state for i in yard.binding().injections] == ["injected"]
