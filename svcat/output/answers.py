"""What a broker answered to ``broker curl``: all of it but credentials and secrets. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from svcat.http import redacted_headers, redacted_url
from svcat.output.safe import safe_line
from svcat.output.view import JsonObject, Text, View, envelope
from svcat.redaction import hidden, secret_texts, shown_parameter, without

_HIDDEN = frozenset({"credentials", "syslog_drain_url", "route_service_url", "volume_mounts"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAnswer:
    """One exchange with a broker, as it was."""

    broker: str
    method: str
    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AnswerView:
    """The answer as a result, and the lines that go beside it."""

    head: list[str]
    whole: View


def answer_view(answer: BrokerAnswer, *, show_secrets: bool) -> AnswerView:
    """Return how an answer looks."""
    headers = answer.headers if show_secrets else redacted_headers(answer.headers)
    body, text = _body(answer.body, show_secrets=show_secrets)
    head = [f"{answer.method} {redacted_url(answer.url)}", f"< {answer.status}"]
    head += [f"< {safe_line(f'{name}: {value}')}" for name, value in headers.items()]
    obj: JsonObject = envelope(
        "BrokerAnswer",
        {"name": answer.broker},
        {"method": answer.method, "url": redacted_url(answer.url)},
        {"code": answer.status, "headers": dict(headers), "body": body},
    )
    return AnswerView(head, View(obj, (Text(text),), (f"broker/{answer.broker}",)))


def _body(body: bytes, *, show_secrets: bool) -> tuple[Any, str]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return _no_json(body, show_secrets=show_secrets)
    if not show_secrets:
        value = _shown(value, _secrets(value))
    return value, json.dumps(value, indent=2, ensure_ascii=False)


def _no_json(body: bytes, *, show_secrets: bool) -> tuple[str, str]:
    text = body.decode(errors="replace").strip()
    # What begins like JSON may be an answer with credentials, cut off.
    if text.startswith(("{", "[", '"')) and not show_secrets:
        text = f"({len(body)} bytes that are no whole JSON; --show-secrets prints them)"
    return text, text


def _secrets(value: Any) -> set[str]:
    """Return what is hidden in one place, so that it is in all."""
    if isinstance(value, dict):
        inner = {key: member for key, member in value.items() if key == "credentials"}
        rest = [member for key, member in value.items() if key != "credentials"]
        return secret_texts(inner).union(*map(_secrets, rest))
    return set().union(*map(_secrets, value)) if isinstance(value, list) else set()


def _shown(value: Any, secrets: set[str], name: str = "") -> Any:
    if name in _HIDDEN:
        return hidden(value)
    if isinstance(value, dict):
        return {key: _shown(member, secrets, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_shown(member, secrets, name) for member in value]
    shown = shown_parameter(name, value)
    return without(shown, secrets) if isinstance(shown, str) else shown
