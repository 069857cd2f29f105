"""Logging in: every way, on every request, and nothing of it anywhere else."""

import base64
import pickle
from urllib.parse import parse_qs

import pytest

from svcat.errors import AuthFailed, UsageError
from svcat.osb.login import BasicLogin, BearerLogin, ClientCredentialsLogin, Login, NoLogin, Secret
from svcat.osb.models import Call, Outcome
from tests.brokers.hostile import Answer, HostileBroker, Seen, answer
from tests.osb.calls import REPLYING, call
from tests.osb.conftest import FakeClock, MakeClient

OK = {"services": [], "state": "in progress"}


@pytest.fixture
def tokens() -> object:
    with HostileBroker() as server:
        yield server


def oauth(tokens: HostileBroker, secret: str = "s&cr+t") -> ClientCredentialsLogin:
    return ClientCredentialsLogin(
        token_url=f"{tokens.url}/oauth/token",
        client_id="svcat:1",
        client_secret=Secret(secret),
        scope="osb",
    )


def token(name: str, **more: object) -> object:
    return answer(200, {"access_token": name, "token_type": "bearer", **more})


@pytest.mark.parametrize("password", ["plain", "with:colon", "é%\U0001f600", ""])
def test_R017_R020_basic_goes_with_every_request_unasked(
    broker: HostileBroker, make_client: MakeClient, password: str
) -> None:
    broker.always(answer(200, OK))
    client = make_client(login=BasicLogin(username="plätform", password=Secret(password)))

    client.catalog()
    for which in REPLYING:
        call(client, which)

    expected = base64.b64encode(f"plätform:{password}".encode()).decode()
    assert {seen.headers["authorization"] for seen in broker.requests} == {f"Basic {expected}"}


def test_R020_a_user_name_with_a_colon_is_refused(make_client: MakeClient) -> None:
    with pytest.raises(UsageError, match="':'"):
        make_client(login=BasicLogin(username="a:b", password=Secret("x")))


def test_R018_bearer_and_no_login_at_all(broker: HostileBroker, make_client: MakeClient) -> None:
    broker.always(answer(200, OK))

    make_client(login=BearerLogin(token=Secret("t-1"))).catalog()
    make_client(login=NoLogin()).catalog()

    with_token, without = broker.requests
    assert with_token.headers["authorization"] == "Bearer t-1"
    assert "authorization" not in without.headers


@pytest.mark.parametrize("body", [b"", b"<html>Login</html>", b'{"description": "no"}'])
@pytest.mark.parametrize("which", REPLYING)
def test_R019_a_401_is_not_repeated_and_nothing_is_to_be_deleted(
    broker: HostileBroker, make_client: MakeClient, which: Call, body: bytes
) -> None:
    broker.always(answer(401, body, content_type="text/html"))

    reply = call(make_client(), which)

    assert reply.error is not None
    assert reply.error.status == 401
    assert not reply.needs_mitigation
    assert len(broker.requests) == 1


def test_R018_a_token_is_fetched_once_and_kept_in_memory(
    broker: HostileBroker, tokens: HostileBroker, make_client: MakeClient
) -> None:
    broker.always(answer(200, OK))
    tokens.script(token("t-1", expires_in=3600))  # type: ignore[arg-type]
    client = make_client(login=oauth(tokens))

    client.catalog()
    call(client, Call.PROVISION)

    assert {seen.headers["authorization"] for seen in broker.requests} == {"Bearer t-1"}
    [asked] = tokens.requests
    assert (asked.method, asked.path) == ("POST", "/oauth/token")
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["osb"],
    }
    # RFC 6749, 2.3.1: both halves are form-encoded first.
    assert base64.b64decode(asked.headers["authorization"].split()[1]) == b"svcat%3A1:s%26cr%2Bt"


def test_a_token_that_ran_out_is_replaced_before_it_is_refused(
    broker: HostileBroker, tokens: HostileBroker, make_client: MakeClient, clock: FakeClock
) -> None:
    broker.always(answer(200, OK))
    tokens.script(token("t-1", expires_in="60"), token("t-2"))  # type: ignore[arg-type]
    client = make_client(login=oauth(tokens))

    client.catalog()
    clock.now += 31
    client.catalog()

    assert [seen.headers["authorization"] for seen in broker.requests] == [
        "Bearer t-1",
        "Bearer t-2",
    ]


@pytest.mark.parametrize("which", [Call.PROVISION, Call.POLL_INSTANCE])
def test_a_token_that_the_broker_refuses_is_replaced_once(
    broker: HostileBroker, tokens: HostileBroker, make_client: MakeClient, which: Call
) -> None:
    broker.script(answer(401), answer(200, OK), answer(401), answer(401))
    tokens.script(token("t-1"), token("t-2"), token("t-3"))  # type: ignore[arg-type]
    client = make_client(login=oauth(tokens))

    first, second = call(client, which), call(client, which)

    assert first.outcome is Outcome.DONE
    assert second.error is not None
    assert second.error.status == 401
    assert [seen.headers["authorization"][-1] for seen in broker.requests] == list("1223")


@pytest.mark.parametrize(
    "refusal",
    [answer(401, {"error": "canary"}), answer(200, {"token": "canary"}), answer(200, b"canary")],
)
def test_without_a_token_nothing_is_sent_to_the_broker(
    broker: HostileBroker, tokens: HostileBroker, make_client: MakeClient, refusal: object
) -> None:
    tokens.always(refusal)  # type: ignore[arg-type]
    client = make_client(login=oauth(tokens))

    reply = call(client, Call.PROVISION)

    assert reply.outcome is Outcome.NOT_SENT
    assert reply.error is not None
    assert "login server" in reply.error.description
    assert "canary" not in repr(reply)
    assert broker.connections == 0


def test_a_login_server_that_refuses_is_a_login_problem(
    tokens: HostileBroker, make_client: MakeClient
) -> None:
    tokens.always(answer(401))

    with pytest.raises(AuthFailed, match="login server"):
        make_client(login=oauth(tokens)).catalog()


@pytest.mark.parametrize("url", ["http://login.example/token", "https://u:canary@login.example"])
def test_a_login_server_must_not_be_asked_in_the_open(make_client: MakeClient, url: str) -> None:
    login = ClientCredentialsLogin(token_url=url, client_id="c", client_secret=Secret("s"))

    with pytest.raises(UsageError) as caught:
        make_client(login=login)

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("secret", ["canary-1", "cänary 2%", "canary-" + "x" * 600])
@pytest.mark.parametrize("kind", ["basic", "bearer", "oauth"])
@pytest.mark.parametrize("is_json", [False, True])
def test_a_debug_page_that_echoes_our_headers_gives_nothing_away(
    broker: HostileBroker,
    tokens: HostileBroker,
    make_client: MakeClient,
    secret: str,
    kind: str,
    is_json: bool,
) -> None:
    tokens.always(token("canary-3"))  # type: ignore[arg-type]
    basic = base64.b64encode(f"u:{secret}".encode()).decode()
    login: Login = oauth(tokens, secret)
    if kind == "basic":
        login = BasicLogin(username="u", password=Secret(secret))
    elif kind == "bearer" and secret.isascii():
        login = BearerLogin(token=Secret(secret))

    def echo(seen: Seen) -> Answer:
        text = f"{seen.headers.get('authorization')} {secret} " + "." * 480 + secret
        return answer(500, {"error": text, "description": text} if is_json else text)

    broker.always(echo)

    reply = call(make_client(login=login), Call.PROVISION)

    assert reply.error is not None
    shown = reply.error.description + reply.error.error
    assert "***" in shown
    assert "nary" not in shown
    assert basic not in shown


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("canary")
    shown = f"{secret} {secret!r} {BasicLogin(username='u', password=secret)} " + str(secret)

    assert "canary" not in shown
    assert secret == Secret("canary")
    assert len({secret, Secret("canary")}) == 1
    with pytest.raises(TypeError):
        pickle.dumps(secret)
