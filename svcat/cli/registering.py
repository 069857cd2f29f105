"""From the flags of ``register`` to what is asked for.

Secrets come from files, standard input or a prompt, never from the command line.
"""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.app.brokers import Registration
    from svcat.store.records import Scope


def registration(
    name: str,
    namespace: str,
    *,
    url: str,
    scope: "Scope",
    basic_secret: str,
    bearer_secret: str,
    username: str,
    password_file: str,
    password_stdin: bool,
    token_file: str,
    ca_file: str,
    skip_tls: bool,
    allow_http: bool,
    replaces: bool,
) -> "Registration":
    """Return the registration asked for. Raises UsageError for flags that contradict."""
    from svcat.app.brokers import Registration
    from svcat.store.records import AuthKind

    ways = [basic_secret, bearer_secret, username, token_file]
    if sum(map(bool, ways)) > 1:
        raise UsageError(
            "cannot use more than one login",
            hint="give one of --basic-secret, --bearer-secret, --username, --token-file",
        )
    if (password_file or password_stdin) and not username:
        raise UsageError("a password needs a --username")
    if ca_file and skip_tls:
        raise UsageError("--ca cannot be used with --skip-tls", hint="keep --ca")
    auth, login = AuthKind.NONE, None
    if basic_secret or username:
        auth = AuthKind.BASIC
    elif bearer_secret or token_file:
        auth = AuthKind.BEARER
    if username:
        password = _password(username, password_file, from_stdin=password_stdin)
        login = {"username": username.encode(), "password": password}
    elif token_file:
        login = {"token": _read(token_file, "the token")}
    return Registration(
        name=name,
        namespace=namespace,
        scope=scope,
        url=url,
        auth=auth,
        secret_name=basic_secret or bearer_secret,
        secret_namespace=namespace,
        login=login,
        ca_pem=_certificates(ca_file) if ca_file else "",
        skip_tls=skip_tls,
        allow_plain_http=allow_http,
        replaces=replaces,
    )


def _password(username: str, file: str, *, from_stdin: bool) -> bytes:
    if file and from_stdin:
        raise UsageError("--password-file cannot be used with --password-stdin")
    if file:
        return _read(file, "the password")
    if from_stdin:
        return sys.stdin.buffer.read(1024 * 1024).rstrip(b"\r\n")
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {username}: ").encode()
    raise UsageError(
        "--username needs a password", hint="give --password-file FILE or --password-stdin"
    )


def _certificates(file: str) -> str:
    import ssl

    text = _read(file, "the CA").decode(errors="replace")
    try:
        if "BEGIN CERTIFICATE" in text:
            ssl.create_default_context(cadata=text)
            return text
    except (ssl.SSLError, ValueError):
        pass
    raise UsageError(f"{file} holds no certificate that can be read", hint="--ca takes a PEM file")


def _read(file: str, what: str) -> bytes:
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {what} from {file}: {error.strerror}") from error
    return content.rstrip(b"\r\n")
