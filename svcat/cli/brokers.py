"""``register``, ``deregister``, ``sync``, ``get brokers``, ``describe broker``."""

from typing import Annotated

import typer

from svcat.cli import groups
from svcat.cli.command import Call, command
from svcat.cli.options import (
    AllNamespaces,
    DoneAnyway,
    FindScope,
    NoInterval,
    NoTimeout,
    ReadScope,
    Selector,
    WriteScope,
    patience,
    read_scope,
    write_scope,
)

Name = Annotated[str, typer.Argument(help="The broker's name.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(app, "register", mutates=True)(register_broker)
    command(app, "deregister", mutates=True)(deregister)
    command(groups.sync(app), "broker", "brokers", "brk", mutates=True)(sync)
    command(groups.get(app), "brokers", "broker", "brk", lists=True)(get)
    command(groups.describe(app), "broker", "brokers", "brk")(describe)


def register_broker(
    call: Call,
    name: Name,
    url: Annotated[str, typer.Option("--url", help="The broker's base URL.")],
    scope: WriteScope = "namespace",
    basic_secret: Annotated[
        str, typer.Option("--basic-secret", help="A Secret with username and password.")
    ] = "",
    bearer_secret: Annotated[
        str, typer.Option("--bearer-secret", help="A Secret with a token.")
    ] = "",
    username: Annotated[
        str, typer.Option("--username", help="Make a login Secret with this user name.")
    ] = "",
    password_file: Annotated[
        str, typer.Option("--password-file", help="Read the password from this file.")
    ] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    token_file: Annotated[
        str, typer.Option("--token-file", help="Make a login Secret with the token in this file.")
    ] = "",
    oauth_secret: Annotated[
        str,
        typer.Option(
            "--oauth-secret", help="A Secret with token_url, client_id, client_secret (and scope)."
        ),
    ] = "",
    token_url: Annotated[
        str,
        typer.Option("--token-url", help="Make a login Secret for OAuth 2.0 client credentials."),
    ] = "",
    client_id: Annotated[str, typer.Option("--client-id", help="Who asks for the token.")] = "",
    client_secret_file: Annotated[
        str, typer.Option("--client-secret-file", help="Read the client's secret from this file.")
    ] = "",
    oauth_scope: Annotated[
        str, typer.Option("--oauth-scope", help="What the token is to be good for.")
    ] = "",
    client_cert_secret: Annotated[
        str, typer.Option("--client-cert-secret", help="A Secret with tls.crt and tls.key.")
    ] = "",
    client_cert: Annotated[
        str,
        typer.Option("--client-cert", help="Make a login Secret with this PEM certificate."),
    ] = "",
    client_key: Annotated[
        str, typer.Option("--client-key", help="Its key, if it is in a file of its own.")
    ] = "",
    ca: Annotated[
        str,
        typer.Option("--ca", help="A PEM file with the CA to trust instead of the system's."),
    ] = "",
    skip_tls: Annotated[
        bool, typer.Option("--skip-tls", help="Do not verify the certificate. Use --ca instead.")
    ] = False,
    allow_http: Annotated[
        bool, typer.Option("--allow-http", help="Send the login over plain HTTP.")
    ] = False,
    proxy: Annotated[
        str, typer.Option("--proxy", help="Reach it through this proxy, http://HOST:PORT.")
    ] = "",
    catalog_limit: Annotated[
        int, typer.Option("--catalog-limit", help="Allow a catalog of so many MiB; usually 16.")
    ] = 0,
    api_version: Annotated[
        str,
        typer.Option("--api-version", help="Begin with this OSB version, not with the newest."),
    ] = "",
    platform: Annotated[
        str,
        typer.Option("--platform", help="What it is told that we are: kubernetes, cloudfoundry."),
    ] = "",
    update_if_exists: Annotated[
        bool, typer.Option("--update-if-exists", help="Change a registration of that name.")
    ] = False,
    wait: DoneAnyway = True,
    timeout: NoTimeout = "5m",
    interval: NoInterval = "1s",
) -> None:
    """Register a broker and fetch its catalog.

    Examples:
      svcat register demo --url http://127.0.0.1:8080
      svcat register team --url https://broker.example.com --username svcat --password-file ./pw
      svcat register all --url https://broker.example.com --scope cluster --basic-secret login
      svcat register m --url https://broker.example.com --client-cert me.crt --client-key me.key
    """
    from svcat.app import brokers
    from svcat.cli.login_flags import LoginFlags
    from svcat.cli.registering import registration
    from svcat.output.brokers import broker_details

    patience(timeout, interval, wait=wait)  # what cannot be is refused, as where it counts
    order = registration(
        name,
        call.namespace,
        url=url,
        scope=write_scope(scope),
        login=LoginFlags(
            basic_secret=basic_secret,
            bearer_secret=bearer_secret,
            oauth_secret=oauth_secret,
            cert_secret=client_cert_secret,
            username=username,
            password_file=password_file,
            password_stdin=password_stdin,
            token_file=token_file,
            token_url=token_url,
            client_id=client_id,
            client_secret_file=client_secret_file,
            oauth_scope=oauth_scope,
            cert_file=client_cert,
            key_file=client_key,
        ),
        ca_file=ca,
        skip_tls=skip_tls,
        allow_http=allow_http,
        api_version=api_version,
        platform=platform,
        proxy=proxy,
        catalog_limit=catalog_limit,
        replaces=update_if_exists,
    )
    synced = brokers.register(order, call.ports)
    for problem in synced.catalog.problems:
        call.deps.warn(problem)
    if skip_tls:
        call.deps.warn(
            "the broker's certificate is not verified: whoever is in between can read the login"
        )
    if not synced.changed:
        call.note(f"broker/{name} unchanged")
    call.show(broker_details(synced.broker))


def deregister(
    call: Call,
    name: Name,
    scope: FindScope = None,
    wait: DoneAnyway = True,
    timeout: NoTimeout = "5m",
    interval: NoInterval = "1s",
) -> None:
    """Forget a broker that has no instances any more.

    Example: svcat deregister demo
    """
    from svcat.app import brokers
    from svcat.app.lookup import find_broker
    from svcat.output.messages import removed

    patience(timeout, interval, wait=wait)
    broker = find_broker(name, call.namespace, read_scope(scope), call.ports)
    brokers.deregister(broker, call.ports)
    call.show(removed("Broker", name, broker.namespace, f'Successfully removed broker "{name}"'))


def sync(call: Call, name: Name, scope: FindScope = None) -> None:
    """Fetch a broker's catalog again.

    Example: svcat sync broker demo
    """
    from svcat.app import brokers
    from svcat.app.lookup import find_broker
    from svcat.output.messages import synced as synced_view

    broker = find_broker(name, call.namespace, read_scope(scope), call.ports)
    synced = brokers.sync(broker, call.ports)
    for problem in (*synced.catalog.problems, *synced.missed):
        call.deps.warn(problem)
    call.show(synced_view(synced.broker, synced.catalog, synced.added, synced.removed))


def get(
    call: Call,
    name: Annotated[str, typer.Argument(help="Only this one.")] = "",
    selector: Selector = "",
    scope: ReadScope = "all",
    all_namespaces: AllNamespaces = False,
) -> None:
    """List brokers.

    Example: svcat get brokers -A
    """
    from svcat.app.lookup import find_broker, visible_brokers
    from svcat.output.brokers import broker_list, broker_row

    now = call.ports.records.now()
    if name:
        broker = find_broker(name, call.namespace, read_scope(scope), call.ports)
        call.show(broker_row(broker, now))
        return
    namespace = call.namespace_or_all(all_namespaces)
    found = visible_brokers(namespace, read_scope(scope), call.ports, selector=selector)
    call.show(broker_list(found, now))


def describe(call: Call, name: Name, scope: ReadScope = "all") -> None:
    """Show one broker.

    Example: svcat describe broker demo
    """
    from svcat.app.lookup import find_broker
    from svcat.output.brokers import broker_details

    call.show(broker_details(find_broker(name, call.namespace, read_scope(scope), call.ports)))
