"""Exchanges with servers, for people and for machines; secrets are hidden already. Pure."""

import json
from collections.abc import Callable
from datetime import datetime

from svcat.http import Exchange
from svcat.output.safe import safe, safe_json

Trace = Callable[[Exchange], None]

_LONGEST_BODY = 4000


def tracing(
    now: Callable[[], datetime],
    *,
    show: Callable[[str], None] | None,
    keep: Callable[[str], None] | None,
) -> Trace:
    """Return what gives each exchange to ``show`` as lines and to ``keep`` as JSON."""

    def trace(exchange: Exchange) -> None:
        if show is not None:
            show(exchange_text(exchange, now()))
        if keep is not None:
            keep(exchange_json(exchange, now()))

    return trace


def exchange_text(exchange: Exchange, now: datetime) -> str:
    """Return an exchange as lines: ``>`` what was sent, ``<`` what came back."""
    lines = [f"{now:%H:%M:%S.%f}"[:-3] + f" {exchange.method} {exchange.url}"]
    lines += [f"> {name}: {value}" for name, value in exchange.sent_headers.items()]
    if exchange.sent:
        lines.append(f"> {exchange.sent}")
    status = exchange.status if exchange.status is not None else "no answer"
    problem = f": {exchange.problem}" if exchange.problem else ""
    lines.append(f"< {status}{problem} ({exchange.duration_ms:.0f} ms)")
    lines += [f"< {name}: {value}" for name, value in exchange.received_headers.items()]
    if exchange.received:
        lines.append(f"< {exchange.received}")
    return "".join(f"trace {safe(line, limit=_LONGEST_BODY)}\n" for line in lines)


def exchange_json(exchange: Exchange, now: datetime) -> str:
    """Return an exchange as one line of JSON."""
    facts = {
        "time": now.isoformat(timespec="milliseconds"),
        "method": exchange.method,
        "url": exchange.url,
        "status": exchange.status,
        "durationMS": round(exchange.duration_ms, 1),
        "problem": exchange.problem,
        "request": {
            "headers": dict(exchange.sent_headers),
            "size": exchange.sent_bytes,
            "body": exchange.sent,
        },
        "response": {
            "headers": dict(exchange.received_headers),
            "size": exchange.received_bytes,
            "body": exchange.received,
        },
    }
    return safe_json(json.dumps(facts, ensure_ascii=False)) + "\n"
