"""A service's whole life, with real processes, on both stores, against two unrelated brokers."""

from uuid import UUID

from tests.e2e.conftest import Offer
from tests.e2e.place import Place


def test_the_main_job_from_register_to_deregister(place: Place, offer: Offer) -> None:
    place.register(offer.broker)
    assert offer.service in place.run("marketplace").out

    ready = place.run("provision", "db", "--class", offer.service, "--plan", offer.sync, "--wait")
    assert "Ready" in ready.out
    assert len(offer.instances()) == 1

    place.run("bind", "db")
    secret = place.secret("db")
    assert secret[offer.secret_key]
    assert {"type", "provider"} <= set(secret)

    described = place.run("describe", "binding", "db")
    assert offer.secret_key in described.out
    assert secret[offer.secret_key] not in described.out + described.err
    shown = place.run("describe", "binding", "db", "--show-secrets", "-o", "json").json
    assert shown["secretData"] == secret

    assert place.run("unbind", "db").out == "deleted db\n"
    assert place.run("deprovision", "db").out == "deleted db\n"
    place.run("deregister", "b")
    assert place.objects_of_ours() == []


def test_every_noun_can_be_listed_got_and_described(place: Place, offer: Offer) -> None:
    place.register(offer.broker)
    place.run("provision", "db", "--class", offer.service, "--plan", offer.sync)
    place.run("bind", "db", "--name", "reader", "--secret-name", "login")

    for noun, name in {
        "broker": "b",
        "class": offer.service,
        "plan": f"{offer.service}/{offer.sync}",
        "instance": "db",
        "binding": "reader",
    }.items():
        plural = "classes" if noun == "class" else f"{noun}s"
        bare = name.rpartition("/")[2]
        for words in (["get", plural], ["get", noun, name], ["describe", noun, name]):
            done = place.run(*words)
            assert bare in done.out
            assert done.err == ""

    place.run("unbind", "--name", "reader")
    place.run("deprovision", "db")
    place.run("deregister", "b")


def test_a_slow_plan_is_waited_for_by_default(place: Place, offer: Offer) -> None:
    place.register(offer.broker)
    words = ["--class", offer.service, "--plan", offer.slow, "--interval", "200ms"]
    assert "Ready" in place.run("provision", "db", *words).out
    place.run("bind", "db")
    place.run("unbind", "db")
    place.run("deprovision", "db", "--interval", "200ms")
    place.run("deregister", "b")
    assert place.objects_of_ours() == []


def test_no_wait_returns_when_accepted_and_wait_sees_it_through(place: Place, offer: Offer) -> None:
    place.register(offer.broker)
    words = ["--class", offer.service, "--plan", offer.slow, "--no-wait"]
    assert "Provisioning" in place.run("provision", "db", *words).out
    place.run("wait", "instance/db", "--for", "condition=Ready", "--interval", "200ms")
    place.run("wait", "instance/db", "--for=jsonpath={.status.phase}=ready")
    place.run("wait", "instance/db", "--for=jsonpath={.spec.externalID}")
    for lacking in ("{.status.phase}=elsewhere", "{.status.nothing}"):
        late = place.run(
            "wait", "instance/db", f"--for=jsonpath={lacking}", "--timeout", "1ms", code=9
        )
        assert "svcat wait instance/db" in late.err
    assert place.run("get", "instance", "db", "-o", "jsonpath={.status.phase}").out == "ready"

    place.run("deprovision", "db", "--no-wait")
    place.run("wait", "instance/db", "--for", "delete", "--interval", "200ms")
    place.run("deregister", "b")
    assert place.objects_of_ours() == []


def test_a_plan_that_fails_says_so_and_leaves_nothing_at_the_broker(
    place: Place, offer: Offer
) -> None:
    place.register(offer.broker)
    words = ["--class", offer.service, "--plan", offer.failing, "--interval", "200ms"]
    failed = place.run("provision", "db", *words, code=8)
    error, hint = failed.err.splitlines()[-2:]
    assert error.startswith("error: provisioning instance db failed")
    assert hint.startswith("hint: ")
    assert offer.instances() == set(), "what a failed provision left must be cleaned up"

    assert "Failed" in place.run("get", "instances").out
    place.run("bind", "db", code=6)
    place.run("deprovision", "db")
    place.run("deregister", "b")
    assert place.objects_of_ours() == []


def test_an_asynchronous_binding_ends_with_its_credentials(place: Place, offer: Offer) -> None:
    place.register(offer.broker)
    place.run("provision", "db", "--class", offer.service, "--plan", offer.slow_bind)
    place.run("bind", "db", "--interval", "200ms")
    assert place.secret("db")[offer.secret_key]
    place.run("unbind", "db", "--interval", "200ms")
    assert offer.bindings() == set()
    place.run("deprovision", "db")
    place.run("deregister", "b")
    assert place.objects_of_ours() == []


def test_unbind_takes_all_bindings_of_an_instance(place: Place, offer: Offer) -> None:
    place.register(offer.broker)
    place.run("provision", "db", "--class", offer.service, "--plan", offer.sync)
    for name in ("one", "two"):
        place.run("bind", "db", "--name", name)
    assert len(offer.bindings()) == 2
    assert place.run("unbind", "db").out == "deleted one\ndeleted two\n"
    place.run("deprovision", "db")
    place.run("deregister", "b")
    assert place.objects_of_ours() == []


def test_the_broker_knows_an_instance_by_the_id_that_json_shows(place: Place, offer: Offer) -> None:
    place.register(offer.broker)
    place.run("provision", "db", "--class", offer.service, "--plan", offer.sync)
    place.run("bind", "db")
    path = "jsonpath={.spec.externalID}"
    instance = place.run("get", "instance", "db", "-o", path).out
    binding = place.run("get", "binding", "db", "-o", path).out
    assert (offer.instances(), offer.bindings()) == ({instance}, {binding})
    assert UUID(instance).version == UUID(binding).version == 4
    place.run("deprovision", "db", "--cascade")
    place.run("deregister", "b")
    assert place.objects_of_ours() == []


def test_a_deprovisioned_name_is_free_for_a_new_instance_with_a_new_id(
    place: Place, offer: Offer
) -> None:
    place.register(offer.broker)
    ids = set()
    for _ in range(2):
        words = ["--class", offer.service, "--plan", offer.sync, "-o", "json"]
        ids.add(place.run("provision", "db", *words).json["spec"]["externalID"])
        place.run("deprovision", "db")
    assert len(ids) == 2
    place.run("deregister", "b")


def test_a_cluster_wide_broker_serves_every_namespace(place: Place, offer: Offer) -> None:
    # Its instances are looked for in all namespaces, those of tests at the same time too.
    name = f"shared-by-{place.namespace}"
    place.register(offer.broker, name, "--scope", "cluster")
    row = place.run("get", "brokers", "--no-headers").out.split()
    assert row[:2] == [name, offer.broker.url], "a cluster-wide broker shows no namespace"
    place.run("provision", "db", "--class", offer.service, "--plan", offer.sync)
    place.run("bind", "db")
    place.run("deprovision", "db", "--cascade")
    place.run("deregister", name)
    assert place.objects_of_ours() == []


def test_on_the_local_store_a_namespace_comes_into_being_with_its_first_use(
    local: Place, bundled: Offer
) -> None:
    local.register(bundled.broker, "everywhere", "--scope", "cluster")
    order = ["provision", "db", "-n", "brand-new", "--class", "sqlite", "--plan", "file"]

    local.run(*order, "--dry-run=client")
    assert local.run("get", "instances", "-n", "brand-new", "-o", "json").json["items"] == []
    local.run(*order)
    local.run("bind", "db", "-n", "brand-new")
    local.run("deprovision", "db", "-n", "brand-new", "--cascade")
