"""Every way to log in, to be reached and to be understood, from ``svcat register`` on."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers.hostile import Answer, HostileBroker, Seen, ServerTls, answer
from tests.cli_updates.svcat import Svcat, ToldBroker, plan
from tests.controlplane.certificates import Authority
from tests.osb_rules.broker_words import binds, provision, provisions, register

VERSION = "x-broker-api-version"


@pytest.fixture
def token_server(other_broker: HostileBroker) -> Iterator[HostileBroker]:
    """Gives out token-1, token-2, …"""

    def give(_: Seen) -> Answer:
        return answer(200, {"access_token": f"token-{len(other_broker.requests)}"})

    other_broker.always(give)
    yield other_broker


def oauth_flags(server: HostileBroker, file: Path) -> list[str]:
    file.write_text("s3cret-of-the-client\n")
    words = ["--token-url", f"{server.url}/token", "--client-id", "svcat"]
    return [*words, "--client-secret-file", str(file), "--oauth-scope", "osb"]


def test_R018_oauth_client_credentials_log_in_and_stay_hidden(
    svcat: Svcat, broker: ToldBroker, token_server: HostileBroker, file: Path
) -> None:
    done = register(svcat, broker, *oauth_flags(token_server, file))
    shown = provision(svcat).out

    (first, second) = token_server.requests  # one a command, kept in memory alone
    assert first.body == b"grant_type=client_credentials&scope=osb"
    assert base64.b64decode(first.headers["authorization"][6:]) == b"svcat:s3cret-of-the-client"
    assert second.path == "/token"
    assert provisions(broker)[0].headers["authorization"] == "Bearer token-2"
    assert "oauth from Secret" in done.out
    for text in (done.out, done.err, shown):
        assert "s3cret" not in text and "token-1" not in text


def test_R018_R019_a_token_that_is_refused_is_fetched_anew_once(
    svcat: Svcat, broker: ToldBroker, token_server: HostileBroker, file: Path
) -> None:
    register(svcat, broker, *oauth_flags(token_server, file))
    broker.tell("PUT", answer(401, {}))
    provision(svcat)
    assert [seen.headers["authorization"] for seen in provisions(broker)] == [
        "Bearer token-2",
        "Bearer token-3",
    ]

    broker.tell("PUT", answer(401, {}), answer(401, {}), answer(401, {}))
    done = svcat.run("bind", "db", code=4)

    assert "refuses the login" in done.err
    assert len(binds(broker)) == 2


def test_R018_a_login_secret_of_the_users_own_does_for_oauth_too(
    svcat: Svcat, broker: ToldBroker, token_server: HostileBroker
) -> None:
    svcat.run("get", "brokers")  # so that there is a store
    secret = {"token_url": f"{token_server.url}/token", "client_id": "me", "client_secret": "xyz"}
    svcat.put_secret("mine", secret)

    register(svcat, broker, "--oauth-secret", "mine")

    assert broker.broker.requests[0].headers["authorization"] == "Bearer token-1"


@pytest.mark.parametrize("in_one_file", [False, True])
def test_R018_a_client_certificate_of_a_file_logs_in(
    svcat: Svcat, tmp_path: Path, in_one_file: bool
) -> None:
    servers, clients = Authority("servers"), Authority("clients")
    pair, mine = servers.issue("broker", names=["127.0.0.1"]), clients.issue("svcat")
    texts = {"tls.crt": pair.certificate_pem, "tls.key": pair.key_pem, "ca": servers.pem}
    texts |= {"clients": clients.pem, "my.crt": mine.certificate_pem, "my.key": mine.key_pem}
    texts["both"] = mine.certificate_pem + mine.key_pem
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    tls = ServerTls(
        cert=tmp_path / "tls.crt", key=tmp_path / "tls.key", client_ca=tmp_path / "clients"
    )
    cert = ["--client-cert", "my.crt", "--client-key", "my.key"]
    with HostileBroker(tls=tls) as hostile:
        broker = ToldBroker(hostile, [plan("small")])
        register(svcat, broker, "--ca", "ca", code=None)
        assert hostile.requests == []

        register(svcat, broker, "--ca", "ca", *(["--client-cert", "both"] if in_one_file else cert))
        provision(svcat)

        assert len(provisions(broker)) == 1
        assert "client-cert from Secret" in svcat.run("describe", "broker", "b").out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--token-url", "http://127.0.0.1/x"], "--client-id and a --client-secret-file"),
        (["--client-id", "x"], "needs a --token-url"),
        (["--client-key", "x"], "needs a --client-cert"),
        (["--username", "x", "--client-cert", "y"], "more than one login"),
        (["--client-cert", "none.pem"], "cannot read the client certificate"),
        (["--catalog-limit", "1000"], "from 1 to 256 MiB"),
        (["--api-version", "2.9"], "2.17"),
        (["--proxy", "socks5://p:1"], "not a proxy's URL"),
        (["--proxy", "http://u:canary@p:1"], "holds a login"),
    ],
)
def test_R015_R020_flags_that_contradict_are_said_and_nothing_is_sent(
    svcat: Svcat, broker: ToldBroker, words: list[str], text: str
) -> None:
    done = svcat.run("register", "b", "--url", broker.url, *words, code=2)

    assert text in done.err
    assert "canary" not in done.err
    assert broker.broker.requests == []


def test_Q58_a_catalog_over_the_limit_is_refused_until_it_is_allowed(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.plans = [plan("small", metadata={"blob": "x" * 3 * 1024 * 1024})]

    done = svcat.run("register", "b", "--url", broker.url, "--catalog-limit", "2", code=10)
    assert "larger than 2097152 bytes" in done.err
    assert "--catalog-limit MIB" in done.err
    register(svcat, broker, "--catalog-limit", "4")
    svcat.run("sync", "broker", "b")  # the limit is the broker's, not the command's

    assert "small" in svcat.run("marketplace").out


def test_R003_the_version_that_a_broker_asks_for_is_found_and_remembered(
    svcat: Svcat, broker: ToldBroker
) -> None:
    speak(broker, "2.13")

    register(svcat, broker)
    asked = len(broker.broker.requests)
    provision(svcat)

    assert "API Version:  2.13" in svcat.run("describe", "broker", "b").out
    assert [seen.headers[VERSION] for seen in broker.broker.requests[asked:]] == ["2.13"]


def test_R003_without_a_hint_every_version_is_tried_down_to_2_11(
    svcat: Svcat, broker: ToldBroker
) -> None:
    speak(broker, "2.11", words="no")

    register(svcat, broker)

    tried = [seen.headers[VERSION] for seen in broker.broker.requests]
    assert tried == ["2.17", "2.16", "2.15", "2.14", "2.13", "2.12", "2.11"]


def test_R003_a_broker_that_grew_is_followed_in_the_middle_of_things_and_remembered(
    svcat: Svcat, broker: ToldBroker
) -> None:
    speak(broker, "2.12")
    register(svcat, broker)
    speak(broker, "2.15", words="this broker requires version 2.15 or newer")
    provision(svcat)
    asked = len(broker.broker.requests)

    svcat.run("bind", "db")

    assert [seen.headers[VERSION] for seen in broker.broker.requests[asked:]] == ["2.15"]


def test_R062_R063_a_catalog_is_asked_for_with_its_etag_but_not_with_another_login(
    svcat: Svcat, broker: ToldBroker
) -> None:
    etags: list[str] = []

    def catalog(seen: Seen) -> Answer:
        etags.append(seen.headers.get("if-none-match", ""))
        if etags[-1]:
            return answer(304)
        return answer(200, {"services": []}, {"ETag": 'W/"1"'})

    broker.broker.always(catalog)
    svcat.run("get", "brokers")
    svcat.put_secret("login", {"token": "one"})
    register(svcat, broker, "--bearer-secret", "login")
    svcat.run("sync", "broker", "b")
    svcat.put_secret("login", {"token": "another"})
    svcat.run("sync", "broker", "b")
    svcat.run("sync", "broker", "b")

    assert etags == ["", 'W/"1"', "", 'W/"1"']


def test_R063_another_url_means_another_catalog(
    svcat: Svcat, broker: ToldBroker, other_broker: HostileBroker
) -> None:
    register(svcat, broker)
    ToldBroker(other_broker, [plan("huge")])

    svcat.run("register", "b", "--url", other_broker.url, "--update-if-exists")

    assert "if-none-match" not in other_broker.requests[0].headers
    assert "huge" in svcat.run("marketplace").out


def test_a_broker_behind_a_proxy_is_reached_through_it_and_the_catalog_says_so(
    svcat: Svcat, broker: ToldBroker, other_broker: HostileBroker
) -> None:
    """Over plain HTTP a proxy sees the whole URL; the answer is the broker's own."""
    other_broker.always(broker.broker._default)
    svcat.run(
        *["register", "b", "--url", "http://broker.invalid", "--allow-http"],
        *["--proxy", other_broker.url],
    )

    assert other_broker.requests[0].target == "http://broker.invalid/v2/catalog"
    assert other_broker.url in svcat.run("describe", "broker", "b").out


def test_Q42_a_slow_broker_is_given_the_time_that_it_needs(
    svcat: Svcat, registered: ToldBroker
) -> None:
    """Whether a command waits longer is for who types it to say; the default is the spec's 60 s."""
    slow = Answer(then=lambda: iter([b"", answer(201, {}).data]), pause_s=1.2, ending="close")
    registered.tell("PUT", slow, slow)
    svcat.environment["SVCAT_BROKER_TIMEOUT"] = "1"
    assert "no whole answer in time" in provision(svcat, "--keep-failed", code=8).err
    svcat.run("deprovision", "db", "--timeout", "20s")

    svcat.environment["SVCAT_BROKER_TIMEOUT"] = "5"

    provision(svcat)


def test_one_command_needs_one_connection_and_one_token(
    svcat: Svcat, broker: ToldBroker, token_server: HostileBroker, file: Path
) -> None:
    register(svcat, broker, *oauth_flags(token_server, file))
    provision(svcat)
    for name in ("one", "two", "three"):
        svcat.run("bind", "db", "--name", name)
    connections, tokens = broker.broker.connections, len(token_server.requests)

    svcat.run("deprovision", "db", "--cascade")

    assert len(broker.sent("DELETE")) == 4
    assert broker.broker.connections == connections + 1
    assert len(token_server.requests) == tokens + 1


def speak(broker: ToldBroker, version: str, *, words: str = "") -> None:
    """Let the broker take one API version only."""
    plain = broker._answer

    def judged(seen: Seen) -> Answer:
        if seen.headers[VERSION] != version:
            return answer(412, {"description": words or f"this broker speaks version {version}"})
        return plain(seen)

    broker.broker.always(judged)
