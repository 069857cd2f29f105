"""What to tell somebody whose broker gives no catalog, and what to try next."""

from svcat.errors import AuthFailed, BrokerRefused, Forbidden, SvcatError, Unreachable
from svcat.http import Fault
from svcat.osb.headers import VERSIONS, rejects_version
from svcat.osb.outcome import NoAnswer
from svcat.osb.transport import Attempt
from svcat.osb.wire import excerpt

BASE_URL_HINT = "is this the broker's base URL? it is the part before /v2/catalog"
_LOGIN_HINT = (
    "register it with its login: --username NAME --password-stdin (and --update-if-exists if it is "
    "registered already)"
)
_RIGHTS_HINT = "ask whoever runs the broker for a login that may"
_TROUBLE_HINT = "try again later; whoever runs the broker finds the request by its id in the log"
_REDIRECT_HINT = "register the broker under the URL that it redirects to, if you trust that"
_NETWORK_HINT = "check the URL, the network between here and the broker, and a proxy"
_CAP_HINT = "a catalog that is really that large is allowed with: register --catalog-limit MIB"
_TLS_HINT = f"{_NETWORK_HINT}; a broker with a CA of its own is registered with --ca"


def complaint(base: str, attempt: Attempt) -> SvcatError:
    """The error for an answer that is no catalog, or for no answer; names the request."""
    if attempt.answer is NoAnswer.NOT_SENT and attempt.login_refused:
        return AuthFailed(_message(base, attempt.error.description, attempt))
    if attempt.status is None or (attempt.fault is not None and attempt.status < 400):
        return _no_answer(base, attempt)
    kind, text, hint = _by_status(attempt, attempt.status)
    return kind(_message(base, text, attempt), hint=hint)


def _by_status(attempt: Attempt, status: int) -> tuple[type[SvcatError], str, str | None]:
    words = _words(attempt)
    if rejects_version(status, attempt.error.description):
        tried = f"{VERSIONS[-1]} to {VERSIONS[0]}"
        return BrokerRefused, f"no API version from {tried} is accepted ({words})", None
    known: dict[int, tuple[type[SvcatError], str, str | None]] = {
        401: (AuthFailed, f"the login is refused ({words})", _LOGIN_HINT),
        403: (Forbidden, f"this login may not read the catalog ({words})", _RIGHTS_HINT),
        404: (Unreachable, f"there is no catalog ({words})", BASE_URL_HINT),
    }
    if status in known:
        return known[status]
    if status < 300:
        return Unreachable, words, BASE_URL_HINT
    if status < 400:
        return Unreachable, words, _REDIRECT_HINT
    if status < 500:
        return BrokerRefused, words, None
    return Unreachable, words, _TROUBLE_HINT


def not_a_catalog(base: str, attempt: Attempt, problem: str) -> SvcatError:
    """The error for a 200 that holds no catalog, such as the page of a login portal."""
    media_type = attempt.headers.get("content-type", "no media type")[:100]
    body = b"" if attempt.response is None else attempt.response.body
    start = excerpt(body)[:100] if not body.lstrip().startswith((b"{", b"[")) else ""
    quote = f", begins with {start!r}" if start else ""
    text = f"the answer is no catalog: {problem} ({media_type}{quote})"
    return Unreachable(_message(base, text, attempt), hint=BASE_URL_HINT)


def _no_answer(base: str, attempt: Attempt) -> SvcatError:
    if attempt.fault is Fault.TOO_LARGE:
        return Unreachable(_message(base, f"no catalog: {attempt.reason}", attempt), hint=_CAP_HINT)
    hint = _TLS_HINT if base.startswith("https:") else _NETWORK_HINT
    return Unreachable(_message(base, attempt.error.description, attempt), hint=hint)


def _words(attempt: Attempt) -> str:
    error = attempt.error
    text = f"status {error.status}{' ' + error.error if error.error else ''}"
    return f"{text}: {error.description[:300]}" if error.description else text


def _message(base: str, text: str, attempt: Attempt) -> str:
    return f"broker {base}: {text} (request {attempt.request_id})"
