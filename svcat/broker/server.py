"""Starts and stops the broker: one process, one state directory, one socket.

``serve`` is what ``svcat broker serve`` calls. Once requests are answered it prints
``listening on http://HOST:PORT``; SIGTERM and SIGINT let requests under way finish first.
"""

import asyncio
import fcntl
import logging
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import uvicorn
from starlette.applications import Starlette

from svcat.broker.app import make_app
from svcat.broker.audit import Audit
from svcat.broker.catalog import Catalog
from svcat.broker.core import Core
from svcat.broker.drivers.registry import load_drivers
from svcat.broker.errors import BrokerSetupError
from svcat.broker.limits import LIMITS
from svcat.broker.locks import InstanceLocks
from svcat.broker.login import Login
from svcat.broker.settings import Settings, is_loopback
from svcat.broker.state import State
from svcat.broker.work import Work

_log = logging.getLogger(__name__)
STATE_FILE = "broker.db"


def serve(settings: Settings) -> None:
    """Run the broker until SIGTERM or SIGINT. Raises BrokerSetupError if it cannot start."""
    settings.check()
    _check_certificate(settings)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if settings.tls_cert_file is None and not is_loopback(settings.host):
        _log.warning("logins and credentials go in clear over the network: put TLS before this")
    with running_app(settings) as app, _listen(settings) as listener:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=int(LIMITS.stop_wait_s),
            ssl_certfile=settings.tls_cert_file,
            ssl_keyfile=settings.tls_key_file,
        )
        _Server(config, _url(settings, listener)).run_on(listener)


@contextmanager
def running_app(settings: Settings) -> Iterator[Starlette]:
    """The application with its workers, for a server or for a test that wraps it."""
    with _own_state_dir(settings):
        audit = Audit(settings.audit_file)
        catalog = Catalog(load_drivers(settings), realm=settings.realm)
        login = Login(settings)
        state = State(settings.state_dir / STATE_FILE)
        locks = InstanceLocks()
        work = Work(state, catalog, locks, audit)
        work.start()
        try:
            yield make_app(Core(state, catalog, locks, work), login, audit)
        finally:
            work.stop(LIMITS.stop_wait_s)
            state.close()
            audit.close()


class _Server(uvicorn.Server):
    """Says when it is ready, and ends quietly (exit status 0) on SIGTERM and SIGINT."""

    def __init__(self, config: uvicorn.Config, url: str) -> None:
        super().__init__(config)
        self._url = url

    def run_on(self, listener: socket.socket) -> None:
        """Serve on the listening socket until a signal comes."""
        asyncio.run(self.serve(sockets=[listener]))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell whoever waits for the line."""
        await super().startup(sockets)
        print(f"listening on {self._url}", flush=True)  # noqa: T201 - the promised line

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on the first signal; unlike uvicorn, do not die of it afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


@contextmanager
def _own_state_dir(settings: Settings) -> Iterator[None]:
    """Hold the state directory against a second broker."""
    lock: TextIO
    try:
        settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (settings.state_dir / "lock").open("a", encoding="utf-8")
    except OSError as error:
        raise BrokerSetupError(
            f"cannot write to state directory {settings.state_dir}: {error.strerror}"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BrokerSetupError(
                f"another broker runs with state directory {settings.state_dir}; "
                "stop it, or give this one another (--state-dir)"
            ) from error
        yield


def _check_certificate(settings: Settings) -> None:
    if settings.tls_cert_file is None:
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.tls_cert_file, settings.tls_key_file)
    except OSError as error:  # SSLError too
        raise BrokerSetupError(
            f"cannot use TLS certificate {settings.tls_cert_file}: {error.strerror}"
        ) from error


@contextmanager
def _listen(settings: Settings) -> Iterator[socket.socket]:
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=128)
    except OSError as error:
        raise BrokerSetupError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}"
        ) from error
    with listener:
        # asyncio does this for sockets that it makes itself; without it an answer in two parts
        # waits 40 ms for the other side's delayed ACK. Accepted connections inherit it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


def _url(settings: Settings, listener: socket.socket) -> str:
    scheme = "https" if settings.tls_cert_file else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{listener.getsockname()[1]}"
