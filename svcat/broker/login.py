"""Who may talk to the broker: basic or bearer login, compared in constant time.

The files are read at every request, so that a rotated Secret counts without a restart.
OSB 2.17, Platform to Service Broker Authentication.
"""

import base64
import binascii
import hashlib
import hmac
from pathlib import Path

from svcat.broker.errors import BrokerSetupError, Refusal
from svcat.broker.settings import Settings


class Login:
    """Checks ``Authorization`` headers against the configured files."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        for path in (settings.password_file, settings.token_file):
            if path is not None and not _read_secret(path):
                raise BrokerSetupError(f"{path} cannot be read or is empty: it holds the login")

    def check(self, authorization: str) -> str:
        """The name that logged in, empty if none is asked. Raises Refusal (401)."""
        if not self._settings.has_login:
            return ""
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "basic" and self._is_basic(value.strip()):
            return self._settings.username
        if scheme.lower() == "bearer" and self._is_token(value.strip()):
            return "token"
        raise Refusal(401, "login required")

    @property
    def challenge(self) -> str:
        """The ``WWW-Authenticate`` header of a 401."""
        scheme = "Basic" if self._settings.username else "Bearer"
        return f'{scheme} realm="service broker"'

    def _is_basic(self, value: str) -> bool:
        if self._settings.password_file is None:
            return False
        try:
            username, _, password = base64.b64decode(value, validate=True).partition(b":")
        except (binascii.Error, ValueError):
            return False
        is_user = _same(username, self._settings.username.encode())
        is_password = _same(password, _read_secret(self._settings.password_file))
        return is_user and is_password

    def _is_token(self, value: str) -> bool:
        if self._settings.token_file is None:
            return False
        return _same(value.encode(), _read_secret(self._settings.token_file))


def _same(given: bytes, expected: bytes) -> bool:
    if not expected:
        return False  # an unreadable file lets nobody in
    # Digests first, so that not even the length shows in the time taken.
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(expected).digest())


def _read_secret(path: Path) -> bytes:
    try:
        return path.read_bytes().rstrip(b"\r\n")
    except OSError:
        return b""
