"""The TLS context of one server: TLS 1.2 at least, one root of trust, no key on disk."""

import os
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from svcat.http.messages import NotSent, Tls


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Build the context; raises NotSent for certificates or keys that cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if tls.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif tls.ca_pem is None:
        context.load_default_certs()  # tens of milliseconds: only when it is wanted
    else:
        _trust_only(context, tls.ca_pem)
    if tls.client_cert_pem is not None:
        _load_client_certificate(context, tls.client_cert_pem, tls.client_key_pem)
    return context


def _trust_only(context: ssl.SSLContext, ca_pem: str) -> None:
    # Whatever is named here is an anchor, as in kubectl: an intermediate or the server's own
    # self-signed certificate will do.
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(cadata=ca_pem)
    except (ssl.SSLError, ValueError, UnicodeEncodeError) as error:
        raise NotSent("the CA certificate given for this server is not valid PEM") from error


def _load_client_certificate(context: ssl.SSLContext, cert: str, key: str | None) -> None:
    try:
        with _nameless_file(cert) as cert_path, _nameless_file(key or cert) as key_path:
            # An encrypted key fails instead of asking on the terminal.
            context.load_cert_chain(cert_path, key_path, password="")
    except (ssl.SSLError, ValueError, OSError) as error:
        raise NotSent("the client certificate and its key cannot be used together") from error


@contextmanager
def _nameless_file(text: str) -> Iterator[str]:
    """Give OpenSSL, which only reads files, a path to one that vanishes with the process.

    It has no name of its own, so nothing is left behind even by SIGKILL.
    """
    if sys.platform == "linux" and hasattr(os, "memfd_create"):
        file = os.fdopen(os.memfd_create("svcat"), "w+b")
        folder = "/proc/self/fd"
    else:
        import tempfile  # noqa: PLC0415 - only where there is no memfd

        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
        folder = "/dev/fd"
    with file:
        file.write(text.encode())
        file.flush()
        file.seek(0)
        yield f"{folder}/{file.fileno()}"
