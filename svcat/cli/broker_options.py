"""What ``register``, ``broker update`` and ``broker check`` can be told about a broker."""

from typing import Annotated, NamedTuple

import typer


class LoginFlags(NamedTuple):
    """How to log in, as given: by a Secret that is there, or with what is in files."""

    basic_secret: Annotated[
        str, typer.Option("--basic-secret", help="A Secret with username and password.")
    ] = ""
    bearer_secret: Annotated[
        str, typer.Option("--bearer-secret", help="A Secret with a token.")
    ] = ""
    username: Annotated[str, typer.Option("--username", help="Log in with this user name.")] = ""
    password_file: Annotated[
        str, typer.Option("--password-file", help="Read the password from this file.")
    ] = ""
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False
    token_file: Annotated[
        str, typer.Option("--token-file", help="Log in with the token in this file.")
    ] = ""
    oauth_secret: Annotated[
        str,
        typer.Option(
            "--oauth-secret", help="A Secret with token_url, client_id, client_secret (and scope)."
        ),
    ] = ""
    token_url: Annotated[
        str,
        typer.Option("--token-url", help="Get a token here, with OAuth 2.0 client credentials."),
    ] = ""
    client_id: Annotated[str, typer.Option("--client-id", help="Who asks for the token.")] = ""
    client_secret_file: Annotated[
        str, typer.Option("--client-secret-file", help="Read the client's secret from this file.")
    ] = ""
    oauth_scope: Annotated[
        str, typer.Option("--oauth-scope", help="What the token is to be good for.")
    ] = ""
    client_cert_secret: Annotated[
        str, typer.Option("--client-cert-secret", help="A Secret with tls.crt and tls.key.")
    ] = ""
    client_cert: Annotated[
        str, typer.Option("--client-cert", help="Log in with this PEM certificate.")
    ] = ""
    client_key: Annotated[
        str, typer.Option("--client-key", help="Its key, if it is in a file of its own.")
    ] = ""

    @property
    def secret_name(self) -> str:
        """The Secret that is there, if one is named."""
        return (
            self.basic_secret or self.bearer_secret or self.oauth_secret or self.client_cert_secret
        )


class TrustFlags(NamedTuple):
    """Whom to trust on the other side."""

    ca: Annotated[
        str, typer.Option("--ca", help="A PEM file with the CA to trust instead of the system's.")
    ] = ""
    skip_tls: Annotated[
        bool, typer.Option("--skip-tls", help="Do not verify the certificate. Use --ca instead.")
    ] = False
    allow_http: Annotated[
        bool, typer.Option("--allow-http", help="Send the login over plain HTTP.")
    ] = False


class TrustChange(NamedTuple):
    """Whom to trust from now on; None: as before."""

    ca: Annotated[
        str | None,
        typer.Option("--ca", help="A PEM file with the CA; '' for the system's."),
    ] = None
    skip_tls: Annotated[
        bool | None,
        typer.Option("--skip-tls/--verify-tls", help="Whether to verify the certificate."),
    ] = None
    allow_http: Annotated[
        bool | None,
        typer.Option("--allow-http/--no-allow-http", help="Send the login over plain HTTP."),
    ] = None


class ReachFlags(NamedTuple):
    """How to reach a broker and what to say to it; None: as usual, or as before."""

    proxy: Annotated[
        str | None,
        typer.Option("--proxy", help="Reach it through this proxy, http://HOST:PORT; '' for none."),
    ] = None
    catalog_limit: Annotated[
        int | None,
        typer.Option("--catalog-limit", help="Allow a catalog of so many MiB; usually 16."),
    ] = None
    api_version: Annotated[
        str | None,
        typer.Option("--api-version", help="Begin with this OSB version, not with the newest."),
    ] = None
    platform: Annotated[
        str | None,
        typer.Option("--platform", help="What it is told that we are: kubernetes, cloudfoundry."),
    ] = None


class OfferFlags(NamedTuple):
    """What of a broker's catalog is offered, and when the catalog counts as old."""

    class_restrictions: Annotated[
        list[str] | None,
        typer.Option(
            "--class-restrictions",
            metavar="REQUIREMENT",
            help='Offer only these classes, like "spec.externalName in (a, b)"; repeated: all must '
            "hold.",
        ),
    ] = None
    plan_restrictions: Annotated[
        list[str] | None,
        typer.Option(
            "--plan-restrictions",
            metavar="REQUIREMENT",
            help='Offer only these plans, like "spec.free=true".',
        ),
    ] = None
    relist_behavior: Annotated[
        str,
        typer.Option(
            "--relist-behavior",
            metavar="duration|manual",
            help="duration: the catalog counts as old after --relist-duration; manual: never.",
        ),
    ] = ""
    relist_duration: Annotated[
        str, typer.Option("--relist-duration", help="When the catalog counts as old; default 24h.")
    ] = ""
