"""The HTTP face: one Starlette application over the life-cycle code.

Order of checks: login, API version, ids, originating identity, body. Each answer repeats the
request identity (OSB 2.17, Request Identity); each change is written to the audit log.
"""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from svcat.broker import bindings, instances
from svcat.broker.answers import Answer
from svcat.broker.audit import Audit, shorten_identity
from svcat.broker.core import Core, last_operation
from svcat.broker.errors import DriverError, Refusal
from svcat.broker.limits import LIMITS
from svcat.broker.login import Login
from svcat.broker.requests import (
    Call,
    check_context,
    check_id,
    check_version,
    parse_body,
    parse_identity,
)
from svcat.osb.models import JsonObject

_log = logging.getLogger(__name__)

Handler = Callable[[Core, Call], Answer]


@dataclass(frozen=True, slots=True)
class Verb:
    """What one method does at one kind of path; ``is_silent`` ones are audited only if refused."""

    name: str
    handler: Handler
    is_silent: bool = False


def fetch_catalog(core: Core, call: Call) -> Answer:
    """The catalog, or 304 if the platform has it."""
    headers = {"ETag": core.catalog.etag}
    known = {
        tag.strip().removeprefix("W/") for tag in call.headers.get("if-none-match", "").split(",")
    }
    if core.catalog.etag in known or "*" in known:
        return Answer(304, headers=headers, raw=b"")
    return Answer(200, headers=headers, raw=core.catalog.body)


_POLLED = {"GET": Verb("poll", last_operation, is_silent=True)}
_CATALOG = {"GET": Verb("catalog", fetch_catalog, is_silent=True)}
_INSTANCE = {
    "PUT": Verb("provision", instances.provision),
    "GET": Verb("fetch-instance", instances.fetch, is_silent=True),
    "PATCH": Verb("update", instances.update),
    "DELETE": Verb("deprovision", instances.deprovision),
}
_BINDING = {
    "PUT": Verb("bind", bindings.bind),
    "GET": Verb("fetch-binding", bindings.fetch),
    "DELETE": Verb("unbind", bindings.unbind),
}


class Front:
    """Turns HTTP requests into calls, and answers into HTTP."""

    def __init__(self, core: Core, login: Login, audit: Audit) -> None:
        self._core = core
        self._login = login
        self._audit = audit
        self._health_limiter = CapacityLimiter(1)

    async def broker(self, request: Request) -> Response:
        """Anything but the health check."""
        try:
            body = await _read_body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        answer = await run_in_threadpool(self._answer, request, body)
        identity = request.headers.get("x-broker-api-request-identity")
        headers = {"x-broker-api-request-identity": identity} if identity else {}
        if answer.status == 401:
            headers["WWW-Authenticate"] = self._login.challenge
        raw = json.dumps(answer.body).encode() if answer.raw is None else answer.raw
        return Response(
            raw,
            status_code=answer.status,
            headers={**headers, **answer.headers},
            media_type="application/json",
        )

    async def health(self, _: Request) -> Response:
        """Whether the process and its state database answer; asks for no login."""
        # Not in the common pool, which requests that wait for a busy instance may fill.
        await to_thread.run_sync(self._core.state.instance_count, limiter=self._health_limiter)
        return Response(b'{"status":"ok"}', media_type="application/json")

    def _answer(self, request: Request, raw_body: bytes | None) -> Answer:
        started = time.monotonic()
        facts: JsonObject = {"request": request.headers.get("x-broker-api-request-identity")}
        verb: Verb | None = None
        call = Call()
        try:
            facts["login"] = self._login.check(request.headers.get("authorization", ""))
            check_version(request.headers.get("x-broker-api-version", ""))
            verb, call = _route(request)
            identity = parse_identity(request.headers.get("x-broker-api-originating-identity", ""))
            facts["identity"] = shorten_identity(identity)
            call = _with_body(call, request, raw_body)
            check_context(call.body, identity)
            answer = verb.handler(self._core, call)
        except Refusal as refusal:
            answer = refusal.to_answer()
        except DriverError as error:
            answer = Refusal(500, error.description).to_answer()
        except Exception:
            # A full disk, a bug: the platform must get an answer that makes it clean up.
            _log.exception("%s failed unexpectedly", verb.name if verb else "request")
            answer = Refusal(500, "internal error, see the broker's log").to_answer()
        if verb is None or not verb.is_silent or answer.status >= 400:
            self._audit.write(
                verb.name if verb else "refused",
                **facts,
                instance_id=call.instance_id,
                binding_id=call.binding_id,
                service_id=call.body.service_id or call.query.get("service_id"),
                plan_id=call.body.plan_id or call.query.get("plan_id"),
                status=answer.status,
                error=answer.body.get("error"),
                description=answer.body.get("description"),
                operation=answer.body.get("operation"),
                duration_ms=round(1000 * (time.monotonic() - started)),
            )
        return answer


def make_app(core: Core, login: Login, audit: Audit) -> Starlette:
    """The ASGI application of a broker."""
    front = Front(core, login, audit)
    app = Starlette(routes=[Route("/healthz", front.health)])

    async def everything_else(scope: Scope, receive: Receive, send: Send) -> None:
        response = await front.broker(Request(scope, receive))
        await response(scope, receive, send)

    # Not a route: Starlette matches decoded paths, and an id may decode to a slash or a newline.
    app.router.default = everything_else
    return app


async def _read_body(request: Request) -> bytes | None:
    """The body, None if it is over the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMITS.body_bytes:
            return None
    return bytes(body)


def _route(request: Request) -> tuple[Verb, Call]:
    # From the raw path: an id may hold an encoded slash (OSB 2.17, URL Properties).
    raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    parts = [unquote(part) for part in raw_path.decode("ascii", "replace").strip("/").split("/")]
    verbs: dict[str, Verb] = {}
    instance_id = binding_id = ""
    match parts:
        case ["v2", "catalog"]:
            verbs = _CATALOG
        case ["v2", "service_instances", instance_id]:
            verbs = _INSTANCE
        case ["v2", "service_instances", instance_id, "last_operation"]:
            verbs = _POLLED
        case ["v2", "service_instances", instance_id, "service_bindings", binding_id]:
            verbs = _BINDING
        case ["v2", "service_instances", instance_id, "service_bindings", binding_id, last]:
            verbs = _POLLED if last == "last_operation" else {}
    if not verbs:
        raise Refusal(404, "no such path")
    if request.method not in verbs:
        raise Refusal(405, f"method {request.method} is not allowed here")
    if verbs is not _CATALOG:
        check_id("instance_id", instance_id)
    if "service_bindings" in parts[3:4]:
        check_id("binding_id", binding_id)
    call = Call(
        instance_id=instance_id,
        binding_id=binding_id,
        query=dict(request.query_params),
        headers=request.headers,
    )
    return verbs[request.method], call


def _with_body(call: Call, request: Request, raw_body: bytes | None) -> Call:
    if raw_body is None:
        raise Refusal(413, f"the body is over {LIMITS.body_bytes} bytes")
    if request.method not in {"PUT", "PATCH"}:
        return call
    return replace(call, body=parse_body(raw_body))
