"""``broker curl``: what a broker says, with login and headers as always, and no credentials."""

import base64
import json

from tests.brokers.hostile import HostileBroker, answer
from tests.catalog.shop import Shop
from tests.cli_updates.svcat import Svcat

LOGIN = "Basic " + base64.b64encode(b"svcat:pass:word").decode()


def test_a_broker_is_asked_as_always_and_its_answer_printed(svcat: Svcat, new_shop: Shop) -> None:
    new_shop.login = LOGIN
    words = ["register", "team", "--url", new_shop.url, "--username", "svcat", "--password-stdin"]
    svcat.run(*words, stdin="pass:word\n")
    done = svcat.run("broker", "curl", "team", "/v2/catalog?x=1")
    assert json.loads(done.out)["services"][0]["name"] == "redis"
    seen = new_shop.asked()[-1]
    assert (seen.target, seen.headers["authorization"]) == ("/v2/catalog?x=1", LOGIN)
    assert seen.headers["x-broker-api-version"] == "2.17"
    assert "< 200" in done.err
    assert "pass:word" not in done.err + done.out
    assert LOGIN not in done.err


BINDING = {
    "credentials": {"uri": "pg://u:s3cr3t-pw@h", "password": "s3cr3t-pw", "port": 5432},
    "parameters": {"size": 3, "api_token": "tok-1234"},
    "syslog_drain_url": "syslog://key-9876@logs",
    "dashboard_url": "https://x/?password=s3cr3t-pw",
    "note": "\x1b[31mred",
}


def test_credentials_in_an_answer_are_hidden_unless_asked_for(svcat: Svcat) -> None:
    with HostileBroker() as socket:
        shop = Shop(socket)
        svcat.run("register", "team", "--url", shop.url)
        socket.always(answer(200, BINDING, {"X-Secret-Thing": "abc-987"}))
        path = "/v2/service_instances/i/service_bindings/b"
        for style in ("table", "json", "yaml"):
            done = svcat.run("broker", "curl", "team", path, "-o", style)
            for secret in ("s3cr3t", "5432", "tok-1234", "key-9876", "abc-987", "\x1b"):
                assert secret not in done.out + done.err, (style, secret)
            assert "size" in done.out
        obj = svcat.run("broker", "curl", "team", path, "-o", "json").json
        assert obj["kind"] == "BrokerAnswer"
        assert obj["status"]["code"] == 200
        assert obj["status"]["body"]["credentials"]["password"] == "<redacted>"
        shown = svcat.run("broker", "curl", "team", path, "--show-secrets").out
        assert json.loads(shown)["credentials"]["password"] == "s3cr3t-pw"
        socket.always(answer(200, json.dumps(BINDING)[:-5]))
        assert "s3cr3t" not in svcat.run("broker", "curl", "team", path).out
        socket.always(answer(502, "<h1>Bad gateway</h1>", content_type="text/html"))
        done = svcat.run("broker", "curl", "team", path, code=7)
        assert done.out == "<h1>Bad gateway</h1>\n"


def test_what_changes_things_needs_a_yes(svcat: Svcat, shop: Shop) -> None:
    words = ["broker", "curl", "team", "/v2/service_instances/i", "-X", "put"]
    done = svcat.run(*words, code=2)
    assert "no record" in done.err
    assert shop.asked("PUT") == []
    svcat.run(*words, "--yes", "--data-file", "-", stdin='{"service_id": "s"}')
    (seen,) = shop.asked("PUT")
    assert seen.json == {"service_id": "s"}
    assert seen.headers["content-type"] == "application/json"


def test_a_body_that_is_too_large_is_not_sent_in_part(svcat: Svcat, shop: Shop) -> None:
    words = ("broker", "curl", "team", "/v2/service_instances/x", "-X", "PUT", "--yes")
    done = svcat.run(*words, "--data-file", "-", stdin="x" * (1024 * 1024 + 1), code=2)
    assert "standard input: it is larger than 1 MiB" in done.err
    assert shop.asked("PUT") == []


def test_bad_words_are_refused_and_a_silent_broker_is_told(svcat: Svcat, shop: Shop) -> None:
    svcat.run("broker", "curl", "team", "v2/catalog", code=2)
    svcat.run("broker", "curl", "team", "/v2/a b", code=2)
    svcat.run("broker", "curl", "team", "/v2/catalog", "-X", "STEAL", code=2)
    svcat.run("broker", "curl", "nope", "/v2/catalog", code=5)
    shop.login = "Bearer x"
    svcat.run("broker", "curl", "team", "/v2/catalog", code=4)
    shop.broker.__exit__(None, None, None)
    done = svcat.run("broker", "curl", "team", "/v2/catalog", code=10)
    assert done.out == ""
