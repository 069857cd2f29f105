"""Which login the flags ask for, and what goes into its Secret.

Secrets come from files, standard input, a variable or a prompt, never from the command line.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from svcat.cli import input_files, prompt
from svcat.cli.broker_options import LoginFlags
from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.store.records import AuthKind

PASSWORD = "SVCAT_BROKER_PASSWORD"


@dataclass(frozen=True, slots=True)
class ChosenLogin:
    """How to log in: by an existing Secret's name, or with contents for one of our own."""

    kind: "AuthKind"
    secret_name: str = ""
    contents: Mapping[str, bytes] | None = None


def chosen_login(flags: LoginFlags) -> ChosenLogin:
    """Return the one login that is asked for. Raises UsageError for flags that contradict."""
    from svcat.store.records import AuthKind

    ways = {
        "--basic-secret": (AuthKind.BASIC, flags.basic_secret),
        "--username": (AuthKind.BASIC, flags.username),
        "--bearer-secret": (AuthKind.BEARER, flags.bearer_secret),
        "--token-file": (AuthKind.BEARER, flags.token_file),
        "--oauth-secret": (AuthKind.OAUTH, flags.oauth_secret),
        "--token-url": (AuthKind.OAUTH, flags.token_url),
        "--client-cert-secret": (AuthKind.CLIENT_CERT, flags.client_cert_secret),
        "--client-cert": (AuthKind.CLIENT_CERT, flags.client_cert),
    }
    given = {flag: kind for flag, (kind, value) in ways.items() if value}
    if len(given) > 1:
        raise UsageError("cannot use more than one login", hint=f"give one of {', '.join(ways)}")
    _require_partners(flags)
    for flag, kind in given.items():
        if flag.endswith("-secret"):
            return ChosenLogin(kind, secret_name=ways[flag][1])
        return ChosenLogin(kind, contents=_contents(kind, flags))
    return ChosenLogin(AuthKind.NONE)


def read_file(file: str, what: str) -> bytes:
    """Return what a file holds, without line ends at its end. Raises UsageError."""
    return input_files.read(file, what).rstrip(b"\r\n")


def _require_partners(flags: LoginFlags) -> None:
    needs = (
        ("a password", flags.password_file or flags.password_stdin, "--username", flags.username),
        (
            "--client-id, --client-secret-file or --oauth-scope",
            flags.client_id or flags.client_secret_file or flags.oauth_scope,
            "--token-url",
            flags.token_url,
        ),
        ("--client-key", flags.client_key, "--client-cert", flags.client_cert),
    )
    for what, is_given, partner, is_there in needs:
        if is_given and not is_there:
            raise UsageError(f"{what} needs a {partner}")
    if flags.token_url and not (flags.client_id and flags.client_secret_file):
        raise UsageError("--token-url needs a --client-id and a --client-secret-file")


def _contents(kind: "AuthKind", flags: LoginFlags) -> dict[str, bytes]:
    from svcat.store.records import AuthKind

    if kind is AuthKind.BASIC:
        return {"username": flags.username.encode(), "password": _password(flags)}
    if kind is AuthKind.BEARER:
        return {"token": read_file(flags.token_file, "the token")}
    if kind is AuthKind.OAUTH:
        scope = {"scope": flags.oauth_scope.encode()} if flags.oauth_scope else {}
        return {
            "token_url": flags.token_url.encode(),
            "client_id": flags.client_id.encode(),
            "client_secret": read_file(flags.client_secret_file, "the client secret"),
            **scope,
        }
    certificate = read_file(flags.client_cert, "the client certificate")
    key = read_file(flags.client_key, "its key") if flags.client_key else certificate
    return {"tls.crt": certificate, "tls.key": key}


def _password(flags: LoginFlags) -> bytes:
    if flags.password_file and flags.password_stdin:
        raise UsageError("--password-file cannot be used with --password-stdin")
    if flags.password_file:
        return read_file(flags.password_file, "the password")
    if flags.password_stdin:
        return read_file(input_files.STDIN, "the password")
    if password := os.environb.get(PASSWORD.encode()):
        return password
    prompt.require(
        "--username needs a password",
        hint=f"give --password-file FILE or --password-stdin, or set {PASSWORD}",
    )
    return prompt.hidden_line(f"Password of {flags.username}: ").encode()
