"""Repairs and new layouts where workloads use the credentials: they follow, or are not cut off."""

from tests.injection.farm import Farm
from tests.injection.test_inject import FILES, URL, env, secret_key, template
from tests.injection.yard import Yard, bare, container, deployment


def delete_record(yard: Yard, name: str = "db") -> None:
    yard.kubectl("delete", "configmap", f"svcat.binding.{name}")


def hash_of(yard: Yard) -> str:
    annotation: str = template(yard)["metadata"]["annotations"]["svcat.dev/hash-db"]
    return annotation


def test_a_rebuilt_record_knows_what_it_is_injected_into(yard: Yard) -> None:
    setup = {"initContainers": [container("setup")]}
    yard.apply(deployment("web", container("app"), container("sidecar"), **setup), deployment("b"))
    before = [bare(yard.get("deployment", name)) for name in ("web", "b")]
    yard.inject("deployment/web", env=(*URL, ("username", "USER")), containers=("app", "setup"))
    yard.inject("deployment/b", files=True)
    known = yard.binding()
    yard.put_instance_on_record(known)
    delete_record(yard)

    yard.svcat("bind", "db", "--repair")

    rebuilt = yard.binding()
    assert rebuilt.uid != known.uid
    assert rebuilt.field_manager == known.field_manager
    assert [i.name for i in rebuilt.injections] == ["b", "web"]
    assert {i.name: (set(i.env), i.files) for i in rebuilt.injections} == {
        "web": ({*URL, ("username", "USER")}, False),
        "b": (set(), True),
    }
    assert set(rebuilt.injections[1].containers) == {"app", "setup"}
    assert yard.drift() == {}

    delete_record(yard)
    yard.svcat("bind", "db", "--repair")
    yard.svcat("eject", "db", "--all")
    assert [bare(yard.get("deployment", name)) for name in ("web", "b")] == before


def test_describe_shows_workloads_and_what_became_of_them(yard: Yard) -> None:
    yard.apply(deployment())
    yard.inject("deployment/web", files=True, env=URL)
    described = yard.svcat("describe", "binding", "db")
    assert "deployment/web" in described.out
    assert "URL (uri), files" in described.out
    assert described.err == ""

    yard.replace(deployment())
    described = yard.svcat("describe", "binding", "db", "-o", "json")

    [problem] = described.json["status"]["problems"]
    assert problem.startswith("deployment/web: stripped: variable URL in container app")
    assert f"mend it: svcat inject db --repair -n {yard.namespace}" in described.err
    yard.svcat("inject", "db", "--repair")
    assert template(yard)["spec"]["containers"][0]["volumeMounts"] == [FILES]
    assert yard.svcat("describe", "binding", "db").err == ""


def test_a_new_layout_replaces_the_pods_and_keeps_the_keys_that_they_use(farm: Farm) -> None:
    yard = farm.yard
    yard.apply(deployment(replicas=0))
    yard.inject("deployment/web", env=URL)
    before = hash_of(yard)

    refused = yard.svcat("update", "binding", "db", "--map", "url=uri", code=6)
    assert "deployment.apps/web needs what would be gone: Secret 'db' has no key 'uri'" in (
        refused.err
    )
    assert hash_of(yard) == before

    yard.svcat("update", "binding", "db", "--add", "more=1")
    assert hash_of(yard) != before
    assert env(template(yard)) == {"URL": secret_key("uri", "db")}
    assert yard.drift() == {}
    farm.uproot()


def test_credentials_that_are_fetched_again_replace_no_pods(farm: Farm) -> None:
    yard = farm.yard
    yard.apply(deployment(replicas=0))
    yard.inject("deployment/web", env=URL)
    before, held = bare(yard.get("deployment", "web")), farm.secret()
    farm.delete_secret()
    assert "Secret 'db' is missing" in yard.svcat("describe", "binding", "db").err

    yard.svcat("bind", "db", "--repair")

    assert farm.secret() == held
    assert bare(yard.get("deployment", "web")) == before
    assert yard.drift() == {}
    farm.uproot()


def test_a_repair_of_a_secret_that_was_changed_brings_the_pods_back(farm: Farm) -> None:
    yard = farm.yard
    yard.apply(deployment(replicas=0))
    yard.inject("deployment/web", env=URL)
    before = hash_of(yard)
    yard.kubectl("patch", "secret", "db", "-p", '{"data":{"uri":"eA=="}}')
    yard.svcat("inject", "db", "--repair")
    assert hash_of(yard) != before

    yard.svcat("bind", "db", "--repair")

    assert hash_of(yard) == before
    farm.uproot()
