"""What a binding gives besides and instead of credentials, how it is asked for, when it ends."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from svcat.local.client import LocalObjects
from svcat.objects import SECRET
from tests.brokers.hostile import answer
from tests.cli_updates.svcat import Svcat, ToldBroker, plan
from tests.osb_rules.broker_words import (
    GONE,
    OK,
    QUICK,
    SUCCEEDED,
    accepted,
    binds,
    fetches,
    last_segment,
    provision,
    register,
)

CREDENTIALS = {"user": "u", "password": "p"}


def secret(svcat: Svcat, name: str = "db") -> dict[str, str]:
    """The Secret as a workload sees it."""
    with LocalObjects(svcat.home / "data" / "svcat" / "local.db") as api:
        data = api.get(SECRET, "default", name).get("data") or {}
    return {key: base64.b64decode(text).decode() for key, text in data.items()}


def bind(svcat: Svcat, broker: ToldBroker, body: Any, *words: str) -> Any:
    """Provision, then bind and be answered ``body``."""
    provision(svcat)
    broker.tell("PUT", answer(201, body))
    return svcat.run("bind", "db", *words)


MOUNT = {
    "driver": "nfs",
    "container_dir": "/data",
    "mode": "rw",
    "device_type": "shared",
    "device": {"volume_id": "v-1", "mount_config": {"uid": "1000"}},
}
BESIDES = {
    "syslog_drain_url": "syslog-tls://logs.example:6514",
    "route_service_url": "https://filter.example/in",
    "volume_mounts": [MOUNT],
}


def test_R213_what_a_binding_gives_besides_credentials_is_in_its_secret(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.offering = {"requires": ["syslog_drain", "route_forwarding", "volume_mount"]}
    register(svcat, broker)
    endpoints = [{"host": "db.example", "ports": ["5432", "9000-9010"], "protocol": "udp"}]

    done = bind(svcat, broker, {"credentials": CREDENTIALS, "endpoints": endpoints, **BESIDES})

    found = secret(svcat)
    assert found["syslog_drain_url"] == BESIDES["syslog_drain_url"]
    assert found["route_service_url"] == BESIDES["route_service_url"]
    assert json.loads(found["volume_mounts"]) == [MOUNT]
    assert json.loads(found["endpoints"]) == endpoints
    assert done.err == ""
    assert "syslog_drain_url" in svcat.run("describe", "binding", "db").out


def test_R231_Q27_what_the_class_did_not_ask_for_is_taken_with_a_warning(
    svcat: Svcat, registered: ToldBroker
) -> None:
    body = {"credentials": CREDENTIALS, **BESIDES, "route_service_url": "filter.example/in"}

    done = bind(svcat, registered, body)

    for member in BESIDES:
        assert f"gives a {member} although" in done.err
    assert secret(svcat)["route_service_url"] == "filter.example/in"
    assert registered.sent("DELETE") == []


def test_R214_a_route_is_named_to_who_forwards_routes(svcat: Svcat, broker: ToldBroker) -> None:
    broker.offering = {"requires": ["route_forwarding"]}
    register(svcat, broker)
    url = {"route_service_url": "https://filter.example"}

    done = bind(svcat, broker, url, "--route", "shop.example/cart")

    assert binds(broker)[0].json["bind_resource"] == {"route": "shop.example/cart"}
    assert "shop.example/cart" in done.out
    assert secret(svcat)["route_service_url"] == "https://filter.example"
    assert "unchanged" in svcat.run("bind", "db", "--route", "shop.example/cart").err
    assert "route shop.example/cart" in svcat.run("bind", "db", code=6).err


def test_R214_no_route_goes_to_who_forwards_none(svcat: Svcat, registered: ToldBroker) -> None:
    provision(svcat)

    done = svcat.run("bind", "db", "--route", "shop.example", code=2)

    assert "takes no route" in done.err
    assert binds(registered) == []


@pytest.mark.parametrize("is_retrievable", [True, False])
def test_R216_a_bind_may_take_its_time_only_if_its_result_can_be_fetched(
    svcat: Svcat, broker: ToldBroker, is_retrievable: bool
) -> None:
    broker.offering = {"bindings_retrievable": is_retrievable}
    register(svcat, broker)
    provision(svcat)

    svcat.run("bind", "db")

    assert ("accepts_incomplete" in binds(broker)[0].params) is is_retrievable


def test_Q68_a_bind_that_must_be_asynchronous_is_so_and_its_result_is_asked_for(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    registered.tell("PUT", answer(422, {"error": "AsyncRequired"}), accepted())
    registered.tell("GET", SUCCEEDED, answer(200, {"credentials": CREDENTIALS}))

    svcat.run("bind", "db", *QUICK)

    first, second = binds(registered)
    assert first.path == second.path
    assert second.params["accepts_incomplete"] == "true"
    assert secret(svcat)["password"] == "p"


def test_R212_Q33_Q34_credentials_that_come_once_are_kept_and_never_overwritten(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.offering = {"bindings_retrievable": True}
    register(svcat, broker)
    bind(svcat, broker, {"credentials": CREDENTIALS})
    broker.tell("PUT", answer(200, {}))
    broker.tell("GET", answer(200, {"credentials": {}}))

    svcat.run("bind", "db")
    svcat.run("resume", "db", code=None)

    assert secret(svcat)["password"] == "p"
    assert len(binds(broker)) == 1
    assert fetches(broker) == []


def test_Q33_a_replay_answered_without_credentials_gets_a_new_id(
    svcat: Svcat, registered: ToldBroker
) -> None:
    """The first answer was lost; the second says "there already" and keeps the password."""
    provision(svcat)
    registered.tell("PUT", answer(200, '{"cut'), answer(200, {}))

    svcat.run("bind", "db", *QUICK)

    lost, again, fresh = (last_segment(seen) for seen in binds(registered))
    assert lost == again != fresh
    assert [last_segment(seen) for seen in registered.sent("DELETE")] == [lost]
    assert secret(svcat)["password"] == "p"


def test_Q36_Q37_credentials_of_every_shape_are_laid_out_and_none_is_lost(
    svcat: Svcat, registered: ToldBroker
) -> None:
    credentials = {
        "port": 5432,
        "tls": True,
        "none": None,
        "nested": {"a": [1, 2]},
        "with/slash": "x",
        "with $pace": "y",
        "ключ": "z",
    }

    done = bind(svcat, registered, {"credentials": credentials})

    found = secret(svcat)
    assert (found["port"], found["tls"], found["none"]) == ("5432", "true", "null")
    assert json.loads(found["nested"]) == {"a": [1, 2]}
    assert json.loads(found["credentials.json"]) == credentials
    assert "with/slash" in done.err


def test_Q38_a_binding_without_credentials_is_one(svcat: Svcat, registered: ToldBroker) -> None:
    bind(svcat, registered, {})

    assert svcat.run("get", "binding", "db", "-o", "json").json["status"]["phase"] == "ready"


def test_Q39_an_error_of_a_megabyte_is_cut_where_it_is_shown(
    svcat: Svcat, registered: ToldBroker
) -> None:
    registered.tell("PUT", answer(400, {"description": "stack trace " * 5000}))

    done = provision(svcat, code=7)

    assert "stack trace" in done.err
    assert len(done.err) < 5000
    assert len(svcat.run("describe", "instance", "db").out) < 20_000


def moment(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.0Z")


def ending(days: float, renew: float | None = None) -> dict[str, Any]:
    metadata = {"expires_at": moment(days)}
    if renew is not None:
        metadata["renew_before"] = moment(renew)
    return {"credentials": CREDENTIALS, "metadata": metadata}


def test_R235_when_credentials_end_is_shown_and_after_that_it_is_a_problem(
    svcat: Svcat, registered: ToldBroker
) -> None:
    bind(svcat, registered, ending(-1))

    shown = svcat.run("get", "binding", "db", "-o", "json").json["status"]["expiresAt"]
    assert shown in svcat.run("describe", "binding", "db").out
    done = svcat.run("doctor", code=8)
    assert "its credentials ended at" in done.out + done.err


def test_R236_what_is_to_be_renewed_is_found_in_time(svcat: Svcat, broker: ToldBroker) -> None:
    broker.plans = [plan("small", binding_rotatable=True)]
    register(svcat, broker)
    bind(svcat, broker, ending(30, renew=-1))
    svcat.run("bind", "db", "--name", "other")

    svcat.run("rotate", "--expiring", "1h", *QUICK)

    assert binds(broker)[-1].json["predecessor_binding_id"] == last_segment(binds(broker)[0])
    assert len(binds(broker)) == 3


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"expires_at": "next week"}, "expires_at is no time"),
        (
            {"expires_at": "2031-01-01T00:00:00Z", "renew_before": "2032-01-01T00:00:00.123456Z"},
            "renew_before comes after expires_at",
        ),
    ],
)
def test_R237_times_are_kept_as_they_came_and_odd_ones_are_remarked_on(
    svcat: Svcat, registered: ToldBroker, metadata: dict[str, str], words: str
) -> None:
    done = bind(svcat, registered, {"credentials": CREDENTIALS, "metadata": metadata})

    assert words in done.err
    status = svcat.run("get", "binding", "db", "-o", "json").json["status"]
    assert status["expiresAt"] == metadata["expires_at"]


@pytest.fixture
def rotatable(svcat: Svcat, broker: ToldBroker) -> ToldBroker:
    """Broker, instance and binding of a plan whose bindings can be rotated."""
    broker.plans = [plan("small", binding_rotatable=True)]
    register(svcat, broker)
    provision(svcat)
    svcat.run("bind", "db", "-p", "role=reader")
    return broker


def test_R239_R240_R241_R243_a_rotation_names_the_binding_that_it_replaces_and_no_parameters(
    svcat: Svcat, rotatable: ToldBroker
) -> None:
    svcat.run("rotate", "db", *QUICK)

    old, new = binds(rotatable)
    assert last_segment(new) != last_segment(old)
    assert new.path.split("/")[:4] == old.path.split("/")[:4]  # of the same instance
    assert new.json["predecessor_binding_id"] == last_segment(old)
    assert (new.json["service_id"], new.json["plan_id"]) == ("class-id", "small-id")
    assert "parameters" not in new.json


def test_R238_Q76_without_binding_rotatable_a_new_binding_takes_its_place(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)
    svcat.run("bind", "db", "-p", "role=reader")

    svcat.run("rotate", "db", *QUICK)

    old, new = binds(registered)
    assert "predecessor_binding_id" not in new.json
    assert new.json["parameters"] == {"role": "reader"}
    assert [last_segment(seen) for seen in registered.sent("DELETE")] == [last_segment(old)]


def test_R240_what_has_ended_is_nobodys_predecessor(svcat: Svcat, broker: ToldBroker) -> None:
    broker.plans = [plan("small", binding_rotatable=True)]
    register(svcat, broker)
    bind(svcat, broker, ending(-1))

    svcat.run("rotate", "db", *QUICK)

    assert "predecessor_binding_id" not in binds(broker)[1].json


def test_R242_the_old_binding_stays_until_the_new_one_is_in_its_place(
    svcat: Svcat, rotatable: ToldBroker
) -> None:
    rotatable.tell("PUT", answer(400, {"description": "not now"}))

    svcat.run("rotate", "db", *QUICK, code=None)

    assert rotatable.sent("DELETE") == []
    assert secret(svcat)["password"] == "p"
    svcat.run("rotate", "db", "--grace", "1h", "--no-wait")
    assert rotatable.sent("DELETE") == []  # nor while it is to be kept


def test_R244_a_rotation_in_doubt_is_undone_like_a_bind(
    svcat: Svcat, rotatable: ToldBroker
) -> None:
    rotatable.tell("PUT", answer(500, {}))
    rotatable.tell("DELETE", GONE)

    svcat.run("rotate", "db", *QUICK, code=None)

    assert [last_segment(seen) for seen in rotatable.sent("DELETE")] == [
        last_segment(binds(rotatable)[1])
    ]
    assert secret(svcat)["password"] == "p"


def test_Q77_a_broker_is_not_let_go_while_something_of_it_exists(
    svcat: Svcat, registered: ToldBroker
) -> None:
    provision(svcat)

    done = svcat.run("deregister", "b", code=6)

    assert "svcat deprovision db" in done.err
    svcat.run("get", "broker", "b")


def test_Q77_what_a_deleted_namespace_leaves_is_found_and_deleted(
    svcat: Svcat, registered: ToldBroker
) -> None:
    from svcat.objects import NAMESPACE

    svcat.run("register", "mine", "--url", registered.url, "-n", "shop")
    svcat.run("register", "all", "--url", registered.url, "--scope", "cluster")
    words = ["provision", "db", "--class", "thing", "--plan", "small", "--broker", "all"]
    svcat.run(*words, "-n", "shop")
    svcat.run("bind", "db", "-n", "shop")
    with LocalObjects(svcat.home / "data" / "svcat" / "local.db") as api:
        api.delete(NAMESPACE, "", "shop")
    registered.tell("DELETE", OK, OK)

    svcat.run("orphans", "clean", "--yes")

    deleted = [last_segment(seen) for seen in registered.sent("DELETE")]
    assert deleted == [last_segment(seen) for seen in reversed(registered.sent("PUT"))]
