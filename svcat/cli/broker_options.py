"""What ``register`` and ``broker update`` can be told: login, TLS, what may be offered."""

from typing import Annotated

import typer

BasicSecret = Annotated[
    str, typer.Option("--basic-secret", help="A Secret with username and password.")
]
BearerSecret = Annotated[str, typer.Option("--bearer-secret", help="A Secret with a token.")]
Username = Annotated[
    str, typer.Option("--username", help="Make a login Secret with this user name.")
]
PasswordFile = Annotated[
    str, typer.Option("--password-file", help="Read the password from this file.")
]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
TokenFile = Annotated[
    str, typer.Option("--token-file", help="Make a login Secret with the token in this file.")
]
OAuthSecret = Annotated[
    str,
    typer.Option(
        "--oauth-secret", help="A Secret with token_url, client_id, client_secret (and scope)."
    ),
]
TokenUrl = Annotated[
    str, typer.Option("--token-url", help="Make a login Secret for OAuth 2.0 client credentials.")
]
ClientId = Annotated[str, typer.Option("--client-id", help="Who asks for the token.")]
ClientSecretFile = Annotated[
    str, typer.Option("--client-secret-file", help="Read the client's secret from this file.")
]
OAuthScope = Annotated[str, typer.Option("--oauth-scope", help="What the token is to be good for.")]
ClientCertSecret = Annotated[
    str, typer.Option("--client-cert-secret", help="A Secret with tls.crt and tls.key.")
]
ClientCert = Annotated[
    str, typer.Option("--client-cert", help="Make a login Secret with this PEM certificate.")
]
ClientKey = Annotated[
    str, typer.Option("--client-key", help="Its key, if it is in a file of its own.")
]
ClassRestrictions = Annotated[
    list[str] | None,
    typer.Option(
        "--class-restrictions",
        metavar="REQUIREMENT",
        help='Offer only these classes, like "spec.externalName in (a, b)"; repeated: all must '
        "hold.",
    ),
]
PlanRestrictions = Annotated[
    list[str] | None,
    typer.Option(
        "--plan-restrictions",
        metavar="REQUIREMENT",
        help='Offer only these plans, like "spec.free=true".',
    ),
]
RelistBehavior = Annotated[
    str,
    typer.Option(
        "--relist-behavior",
        metavar="duration|manual",
        help="duration: the catalog counts as old after --relist-duration; manual: never.",
    ),
]
RelistDuration = Annotated[
    str, typer.Option("--relist-duration", help="When the catalog counts as old; default 24h.")
]
