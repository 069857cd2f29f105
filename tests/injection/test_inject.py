"""What inject adds to a pod template, and that eject takes exactly that away: the real server."""

from typing import Any

import pytest

from svcat.app.managed_fields import held_at
from svcat.errors import Conflict, NotFound, UsageError
from svcat.store.injections import InjectionState
from tests.injection.yard import Yard, bare, container, deployment, pod_template


def template(yard: Yard, word: str = "deployment", name: str = "web") -> dict[str, Any]:
    spec: dict[str, Any] = yard.get(word, name)["spec"]
    inner: dict[str, Any] = spec.get("jobTemplate", {"spec": spec})["spec"]["template"]
    return inner


def env(template: dict[str, Any], i: int = 0, group: str = "containers") -> dict[str, Any]:
    entries = template["spec"][group][i].get("env", [])
    return {e["name"]: e.get("value", e.get("valueFrom")) for e in entries}


def secret_key(key: str, secret: str = "db-secret") -> dict[str, Any]:
    return {"secretKeyRef": {"name": secret, "key": key}}


FILES = {"name": "svcat-db", "mountPath": "/bindings/db", "readOnly": True}
ROOT = {"SERVICE_BINDING_ROOT": "/bindings"}
URL = (("uri", "URL"),)


def test_files_are_mounted_where_servicebinding_io_says(yard: Yard) -> None:
    yard.apply(deployment())

    [outcome] = yard.inject("deployment/web")

    made = template(yard)
    assert outcome.changed
    assert made["spec"]["volumes"] == [
        {"name": "svcat-db", "secret": {"secretName": "db-secret", "defaultMode": 420}}
    ]
    assert made["spec"]["containers"][0]["volumeMounts"] == [FILES]
    assert env(made) == ROOT
    assert len(made["metadata"]["annotations"]["svcat.dev/hash-db"]) == 24


def test_variables_come_from_keys_by_name_or_all_of_them_with_a_prefix(yard: Yard) -> None:
    yard.apply(deployment())

    yard.inject("deploy/web", env=(("uri", "DATABASE_URL"),))
    assert env(template(yard)) == {"DATABASE_URL": secret_key("uri")}

    yard.inject("deploy/web", env_all=True, prefix="DB_")
    assert env(template(yard)) == {
        "DB_PASSWORD": secret_key("password"),
        "DB_URI": secret_key("uri"),
        "DB_USERNAME": secret_key("username"),
    }
    assert "volumes" not in template(yard)["spec"]


@pytest.mark.parametrize(
    ("word", "kind", "api_version"),
    [
        ("sts", "StatefulSet", "apps/v1"),
        ("daemonset", "DaemonSet", "apps/v1"),
        ("replicasets.apps", "ReplicaSet", "apps/v1"),
        ("cj", "CronJob", "batch/v1beta1"),
        ("rc", "ReplicationController", "v1"),
    ],
)
def test_every_kind_that_makes_pods_can_be_injected_and_ejected(
    yard: Yard, word: str, kind: str, api_version: str
) -> None:
    spec: dict[str, Any] = {"selector": {"matchLabels": {"app": "web"}}, "template": pod_template()}
    if kind == "StatefulSet":
        spec["serviceName"] = "web"
    if kind == "ReplicationController":
        spec["selector"] = {"app": "web"}
    if kind == "CronJob":
        job = pod_template(restartPolicy="Never")
        spec = {"schedule": "* * 1 1 *", "jobTemplate": {"spec": {"template": job}}}
    document = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": spec}
    yard.apply(document)
    before = bare(yard.get(word, "web"))

    yard.inject(f"{word}/web", files=True, env=URL)
    injected = template(yard, word)
    assert env(injected) == {"URL": secret_key("uri"), **ROOT}
    assert injected["spec"]["containers"][0]["volumeMounts"] == [FILES]
    assert not yard.inject(f"{word}/web", files=True, env=URL)[0].changed

    yard.eject(f"{word}/web")
    assert bare(yard.get(word, "web")) == before
    assert yard.binding().injections == ()


def test_containers_are_all_of_them_or_those_named_init_containers_too(yard: Yard) -> None:
    setup = {"initContainers": [container("setup")]}
    yard.apply(deployment("web", container("app"), container("sidecar"), **setup))

    yard.inject("deployment/web", env=URL)
    made = template(yard)
    assert [list(env(made, i)) for i in (0, 1)] == [["URL"], ["URL"]]
    assert list(env(made, 0, "initContainers")) == ["URL"]

    yard.inject("deployment/web", env=URL, containers=("setup", "app"))
    made = template(yard)
    assert [list(env(made, i)) for i in (0, 1)] == [["URL"], []]
    assert list(env(made, 0, "initContainers")) == ["URL"]


def test_a_container_that_is_not_there_is_an_error_that_names_those_that_are(yard: Yard) -> None:
    yard.apply(deployment("web", container("app"), container("sidecar")))

    with pytest.raises(UsageError) as caught:
        yard.inject("deployment/web", containers=("ap",))

    assert caught.value.hint == "it has: app, sidecar"
    assert yard.binding().injections == ()


def test_to_repeat_it_changes_nothing_and_starts_no_rollout(yard: Yard) -> None:
    yard.apply(deployment())
    yard.inject("deployment/web", files=True, env_all=True)
    before = yard.get("deployment", "web")["metadata"]["generation"]
    record = yard.binding()

    [outcome] = yard.inject("deployment/web", files=True, env_all=True)

    assert not outcome.changed
    assert yard.get("deployment", "web")["metadata"]["generation"] == before
    assert yard.binding() == record


def test_other_credentials_change_the_annotation_and_so_replace_the_pods(yard: Yard) -> None:
    yard.apply(deployment())
    yard.inject("deployment/web")
    before = template(yard)["metadata"]["annotations"]
    yard.fill(yard.binding(), {"uri": "u", "username": "u", "password": "p-2"})

    assert yard.drift()["deployment/web"][0] == "stripped"
    assert yard.inject("deployment/web")[0].changed

    after = template(yard)["metadata"]["annotations"]
    assert list(before) == list(after) == ["svcat.dev/hash-db"]
    assert before != after


def test_several_workloads_and_a_selector_and_one_failure_of_many(yard: Yard) -> None:
    theirs = container("app", env=[{"name": "URL", "value": "theirs"}])
    yard.apply(deployment("a"), deployment("b"), deployment("c"), deployment("x", theirs))
    yard.kubectl("label", "deployment", "a", "b", "tier=front")

    outcomes = yard.inject(selector="tier=front")
    assert [o.words for o in outcomes] == ["deployment.apps/a", "deployment.apps/b"]

    outcomes = yard.try_inject("deployment/x", "deployment/c", env=URL)
    assert isinstance(outcomes[0].error, Conflict)
    assert outcomes[1].error is None
    assert [i.name for i in yard.binding().injections] == ["a", "b", "c"]


def test_two_bindings_in_one_workload_do_not_disturb_each_other(yard: Yard) -> None:
    yard.bind("cache")
    yard.apply(deployment())
    before = yard.get("deployment", "web")["spec"]

    yard.inject("deployment/web")
    yard.inject("deployment/web", binding="cache")
    made = template(yard)
    paths = [m["mountPath"] for m in made["spec"]["containers"][0]["volumeMounts"]]
    assert sorted(paths) == ["/bindings/cache", "/bindings/db"]
    assert not yard.inject("deployment/web")[0].changed

    yard.eject("deployment/web")
    made = template(yard)
    assert env(made) == ROOT
    assert [v["name"] for v in made["spec"]["volumes"]] == ["svcat-cache"]
    assert not yard.inject("deployment/web", binding="cache")[0].changed

    yard.eject("deployment/web", binding="cache")
    assert yard.get("deployment", "web")["spec"] == before


def test_what_is_asked_for_last_is_all_that_a_workload_gets(yard: Yard) -> None:
    yard.apply(deployment())
    yard.inject("deployment/web", env=URL)
    yard.inject("deployment/web", files=True)

    assert env(template(yard)) == ROOT
    [known] = yard.binding().injections
    assert (known.env, known.files, known.state) == ((), True, InjectionState.INJECTED)


def test_a_variable_of_somebody_else_is_left_and_its_owner_named(yard: Yard) -> None:
    yard.apply(deployment("web", container("app", env=[{"name": "URL", "value": "theirs"}])))
    before = yard.get("deployment", "web")["spec"]

    with pytest.raises(Conflict, match="variable URL in container app already, set by kubectl-cl"):
        yard.inject("deployment/web", env=URL)

    assert yard.get("deployment", "web")["spec"] == before
    assert yard.binding().injections == ()


def test_a_variable_that_another_applier_takes_from_another_secret_is_a_conflict(
    yard: Yard,
) -> None:
    other = {"name": "URL", "valueFrom": secret_key("uri", "theirs")}
    document = deployment("web", container("app", env=[other]))
    words = ("apply", "--server-side", "--field-manager=gitops", "-f", "-")
    yard.kubectl(*words, stdin=[document])

    with pytest.raises(Conflict, match="set by gitops"):
        yard.inject("deployment/web", env=URL)


def test_a_mount_or_a_volume_of_somebody_else_is_left(yard: Yard) -> None:
    mount = {"name": "data", "mountPath": "/bindings/db"}
    data = {"volumes": [{"name": "data", "emptyDir": {}}]}
    yard.apply(deployment("web", container("app", volumeMounts=[mount]), **data))
    with pytest.raises(Conflict, match="/bindings/db in container app already"):
        yard.inject("deployment/web")

    yard.apply(deployment("two", volumes=[{"name": "svcat-db", "emptyDir": {}}]))
    with pytest.raises(Conflict, match="volume svcat-db already"):
        yard.inject("deployment/two")


def test_the_same_entry_may_be_there_already_and_stays(yard: Yard) -> None:
    same = {"name": "URL", "valueFrom": secret_key("uri")}
    yard.apply(deployment("web", container("app", env=[same])))

    yard.inject("deployment/web", env=URL)
    yard.eject("deployment/web")

    assert env(template(yard)) == {"URL": secret_key("uri")}


def test_jobs_and_pods_are_refused_with_the_way_that_works(yard: Yard) -> None:
    pod = pod_template(restartPolicy="Never")["spec"]
    yard.apply(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": pod},
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "j"},
            "spec": {"template": {"spec": pod}},
        },
    )
    for word in ("pod/p", "job/j"):
        with pytest.raises(UsageError, match="cannot be changed once it is there") as caught:
            yard.inject(word)
        assert "svcat inject db --local -f FILE" in str(caught.value.hint)


def test_what_a_deployment_made_is_refused_and_the_deployment_named(yard: Yard) -> None:
    yard.apply(deployment())
    yard.kubectl("wait", "--for=condition=Progressing", "deployment/web", "--timeout=20s")
    [name] = yard.kubectl("get", "rs", "-o", "jsonpath={.items[*].metadata.name}").split()

    with pytest.raises(Conflict, match="is made by deployment/web") as caught:
        yard.inject(f"rs/{name}")
    assert caught.value.hint == "inject that: svcat inject db deployment/web"


def test_what_is_not_there_is_not_made(yard: Yard) -> None:
    with pytest.raises(NotFound):
        yard.inject("deployment/missing")
    with pytest.raises(NotFound, match="knows no kind"):
        yard.inject("nonesuch/x")
    with pytest.raises(UsageError, match="cannot use a Secret"):
        yard.inject("nodes/x")
    yard.apply(deployment())
    with pytest.raises(NotFound, match="is not injected into"):
        yard.eject("deployment/web")


def test_fields_are_held_by_a_manager_of_the_bindings_own(yard: Yard) -> None:
    yard.apply(deployment())
    yard.inject("deployment/web")

    manager = yard.binding().field_manager
    assert manager == f"svcat-b-{yard.binding().uid}"
    held = held_at(yard.get("deployment", "web"), manager, ("spec", "template", "spec"))
    assert sorted(held) == ["f:containers", "f:volumes"]

    yard.eject("deployment/web")
    assert not held_at(yard.get("deployment", "web"), manager, ())


def test_long_names_are_cut_and_stay_unique(yard: Yard) -> None:
    yard.apply(deployment())
    for name in ("n" * 63, "n" * 62 + "m"):
        yard.bind(name)
        yard.inject("deployment/web", binding=name)

    made = template(yard)
    assert len({v["name"] for v in made["spec"]["volumes"]}) == 2
    assert len(made["metadata"]["annotations"]) == 2
