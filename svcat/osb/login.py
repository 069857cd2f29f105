"""How svcat logs in at a broker. Secrets are wrapped: no repr, message or log can hold one.

A client certificate is no login in this sense: it belongs to the TLS set-up of the HttpClient.
"""

import base64
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, urlencode

import msgspec

from svcat.clock import Clock
from svcat.errors import UsageError
from svcat.http import AnswerLost, HttpClient, NotSent, Request
from svcat.osb.jsontext import UNREADABLE
from svcat.osb.urls import broker_url

_TOKEN_CAP = 256 * 1024
_EARLY_S = 30.0  # a token that is about to expire would do so on the way
_DEFAULT_LIFE_S = 300.0
_SHORTEST_SECRET = 4  # hiding "a" everywhere would tell more than it hides


class Secret:
    """A text that shows itself only to ``reveal``."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written down")


@dataclass(frozen=True, slots=True)
class NoLogin:
    """No authentication, or a client certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicLogin:
    """HTTP Basic, sent with every request without being asked."""

    username: str
    password: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerLogin:
    """A token that somebody else looks after."""

    token: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentialsLogin:
    """OAuth 2.0 client credentials (RFC 6749, 4.4): a token is fetched when one is needed."""

    token_url: str
    client_id: str
    client_secret: Secret
    scope: str = ""


Login = NoLogin | BasicLogin | BearerLogin | ClientCredentialsLogin


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float | str | None = None


class Authorizer:
    """Makes the Authorization header; keeps a fetched token in memory, and there alone."""

    def __init__(
        self,
        login: Login,
        *,
        http: HttpClient,
        clock: Clock,
        deadline_s: float,
        allow_plain_http: bool,
    ) -> None:
        if isinstance(login, BasicLogin) and ":" in login.username:
            raise UsageError("a user name for HTTP Basic cannot hold ':'")
        if isinstance(login, ClientCredentialsLogin):
            broker_url(login.token_url, allow_plain_http=allow_plain_http)
        self._login = login
        self._http = http
        self._clock = clock
        self._deadline_s = deadline_s
        self._token = ""
        self._token_until = 0.0

    def headers(self) -> dict[str, str]:
        """The header to send; raises NotSent if a token cannot be had."""
        match self._login:
            case BasicLogin(username=username, password=password):
                return {"Authorization": _basic(username, password.reveal())}
            case BearerLogin(token=token):
                return {"Authorization": f"Bearer {token.reveal()}"}
            case ClientCredentialsLogin() as login:
                if not self._token or self._clock.monotonic() > self._token_until:
                    self._fetch_token(login)
                return {"Authorization": f"Bearer {self._token}"}
            case _:
                return {}

    def renew(self) -> bool:
        """Drop a refused token; whether another attempt can end otherwise."""
        had_token = bool(self._token)
        self._token = ""
        return had_token

    def redact(self, text: str) -> str:
        """Write ``text`` (debug pages echo headers) without our secrets."""
        for secret in self._secrets():
            text = text.replace(secret, "***")
        return text

    def redact_body(self, body: bytes) -> bytes:
        """The same for a body as it came, so that no later cut leaves half a secret."""
        for secret in self._secrets():
            body = body.replace(secret.encode(), b"***")
        return body

    def _secrets(self) -> list[str]:
        return [each for each in self._all_secrets() if len(each) >= _SHORTEST_SECRET]

    def _all_secrets(self) -> tuple[str, ...]:
        match self._login:
            case BasicLogin(username=username, password=password):
                plain = password.reveal()
                return (_basic(username, plain).removeprefix("Basic "), plain, quote(plain))
            case BearerLogin(token=token):
                return (token.reveal(),)
            case ClientCredentialsLogin(client_secret=secret):
                return (self._token, secret.reveal())
            case _:
                return ()

    def _fetch_token(self, login: ClientCredentialsLogin) -> None:
        form = {"grant_type": "client_credentials"} | (
            {"scope": login.scope} if login.scope else {}
        )
        client = quote_plus(login.client_id), quote_plus(login.client_secret.reveal())
        request = Request(
            method="POST",
            url=login.token_url,
            headers={
                "Authorization": _basic(*client),
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            body=urlencode(form).encode(),
        )
        try:
            answer = self._http.send(request, deadline_s=self._deadline_s, body_cap=_TOKEN_CAP)
        except (NotSent, AnswerLost) as error:
            raise NotSent(f"no token from the login server: {error}") from error
        if answer.status != 200:
            raise LoginRefused(f"the login server gave no token (status {answer.status})")
        try:
            token = msgspec.json.decode(answer.body, type=_Token)
        except UNREADABLE:
            # Neither the text nor the cause: they may hold the token.
            raise NotSent("the login server's answer holds no token") from None
        self._token = token.access_token
        self._token_until = self._clock.monotonic() + _life_s(token.expires_in) - _EARLY_S


class LoginRefused(NotSent):
    """The login server said no: the broker was not asked."""


def _basic(username: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def _life_s(expires_in: float | str | None) -> float:
    try:
        return float(expires_in or _DEFAULT_LIFE_S)
    except ValueError:
        return _DEFAULT_LIFE_S
