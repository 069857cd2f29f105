"""TLS within TLS: what goes through the tunnel of an https:// proxy.

``ssl`` cannot put one of its sockets into another; here the inner conversation is held in memory
and carried over the outer socket. It behaves as a socket does, as far as ``connection`` asks.
"""

import contextlib
import ssl
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_BLOCK_BYTES = 64 * 1024


class InnerTls:
    """A TLS conversation over a socket that speaks TLS already."""

    def __init__(
        self, outer: ssl.SSLSocket, context: ssl.SSLContext, server_name: str, timeout_s: float
    ) -> None:
        """Shake hands; raises TimeoutError, OSError (``ssl.SSLError`` is one)."""
        self._outer = outer
        self._came_in, self._to_go = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came_in, self._to_go, server_hostname=server_name)
        self.settimeout(timeout_s)
        self._carry(self._tls.do_handshake)

    def settimeout(self, seconds: float) -> None:
        """Let what is done from now on end within ``seconds``, however slowly bytes drip in."""
        self._end = time.monotonic() + seconds

    def send(self, data: memoryview) -> int:
        """Send as much of ``data`` as goes at once."""
        return self._carry(lambda: self._tls.write(data))

    def recv(self, size: int) -> bytes:
        """Receive something; nothing if the other side has ended."""
        try:
            return self._carry(lambda: self._tls.read(size))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def fileno(self) -> int:
        """Return what to poll for more to come."""
        return self._outer.fileno()

    def close(self) -> None:
        """Close both conversations."""
        self._outer.close()

    def _carry(self, step: Callable[[], T]) -> T:
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self._flush()
                self._feed()
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    self._flush()  # the alert that says why
                raise
            else:
                self._flush()
                return done

    def _flush(self) -> None:
        rest = memoryview(self._to_go.read())
        while rest:
            self._wait_no_longer_than_allowed()
            rest = rest[self._outer.send(rest) :]

    def _feed(self) -> None:
        self._wait_no_longer_than_allowed()
        if data := self._outer.recv(_BLOCK_BYTES):
            self._came_in.write(data)
        else:
            self._came_in.write_eof()

    def _wait_no_longer_than_allowed(self) -> None:
        left_s = self._end - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._outer.settimeout(left_s)
