"""What is said of kubeconfigs that lead nowhere, and the few things a connection does not show."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from svcat.errors import NotFound, SvcatError, UsageError
from svcat.kube.config import load_cluster
from tests.kube.kubeconfigs import Environ, Writer
from tests.kube.servers import ScriptedServer

CANARY = "cAnArY-t0ken"
ROOT = Path(__file__).parents[2]


def test_no_kubeconfig_at_all_names_the_ways_out(environ: Environ, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        load_cluster(kubeconfig=None, context=None, environ=environ())

    assert f"{tmp_path}/home/.kube/config is missing" in caught.value.message
    assert "--kubeconfig" in (caught.value.hint or "")
    assert "--store local" in (caught.value.hint or "")


def test_a_kubeconfig_variable_that_names_nothing_is_named(environ: Environ) -> None:
    with pytest.raises(NotFound, match="/nowhere is missing"):
        load_cluster(kubeconfig=None, context=None, environ=environ(KUBECONFIG="/nowhere"))


def test_a_kubeconfig_flag_that_names_nothing_is_not_found(environ: Environ) -> None:
    with pytest.raises(NotFound, match="kubeconfig /nowhere does not exist"):
        load_cluster(kubeconfig="/nowhere", context=None, environ=environ())


def test_an_unknown_context_names_the_known(kubeconfigs: Writer, environ: Environ) -> None:
    path = kubeconfigs.write()

    with pytest.raises(NotFound) as caught:
        load_cluster(kubeconfig=str(path), context="prod", environ=environ())

    assert caught.value.message == f'context "prod" is not in {path}'
    assert caught.value.hint == "known contexts: c"


CONFIG: dict[str, Any] = {
    "clusters": [{"name": "k", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "u", "user": {"token": CANARY}}],
    "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
    "current-context": "c",
}


def user(**fields: Any) -> dict[str, Any]:
    named = {key.replace("_", "-"): value for key, value in fields.items()}
    return CONFIG | {"users": [{"name": "u", "user": named}]}


def cluster(**fields: Any) -> dict[str, Any]:
    named = {key.replace("_", "-"): value for key, value in fields.items()}
    return CONFIG | {"clusters": [{"name": "k", "cluster": named}]}


def plugin(**fields: Any) -> dict[str, Any]:
    version = {"apiVersion": "client.authentication.k8s.io/v1", "command": "true"}
    return user(exec=version | fields)


HTTPS = "https://127.0.0.1:1"
BROKEN: list[tuple[str, object, type[SvcatError], str]] = [
    ("not YAML", f"users: [\n  token: {CANARY}: x", UsageError, "is not valid YAML, line 2"),
    ("not UTF-8", b"users: \xff", UsageError, "is not UTF-8 text"),
    ("a list", [CANARY], UsageError, "is not a mapping"),
    ("a text", CANARY, UsageError, "is not a mapping"),
    ("empty", "", UsageError, "is empty"),
    ("users is no list", CONFIG | {"users": {"u": {}}}, UsageError, "users is not a list"),
    ("a user is a text", CONFIG | {"users": [CANARY]}, UsageError, "users[0] needs a name"),
    ("a nameless user", CONFIG | {"users": [{"user": {}}]}, UsageError, "users[0] needs a name"),
    ("a user twice", CONFIG | {"users": CONFIG["users"] * 2}, UsageError, '"u" is there twice'),
    ("no current context", CONFIG | {"current-context": ""}, UsageError, "no current context"),
    ("current context is a list", CONFIG | {"current-context": [1]}, UsageError, "is not text"),
    ("unknown context", CONFIG | {"current-context": "d"}, NotFound, 'context "d" is not in'),
    ("unknown cluster", CONFIG | {"clusters": []}, NotFound, 'cluster "k", which context "c"'),
    ("unknown user", CONFIG | {"users": []}, NotFound, 'user "u", which context "c"'),
    ("no server", cluster(), UsageError, 'cluster "k" in {file} names no server'),
    ("not a URL", cluster(server="ftp://x"), UsageError, "not a plain http or https URL"),
    ("a port that is none", cluster(server="https://x:y"), UsageError, "not a plain http or"),
    ("userinfo", cluster(server=f"https://a:{CANARY}@x"), UsageError, "not a plain http or https"),
    ("a query", cluster(server=f"{HTTPS}?x={CANARY}"), UsageError, "not a plain http or https"),
    (
        "authority not base64",
        cluster(server=HTTPS, certificate_authority_data="é"),
        UsageError,
        "certificate-authority-data is not base64",
    ),
    (
        "authority gone",
        cluster(server=HTTPS, certificate_authority="gone.crt"),
        UsageError,
        "gone.crt: no such file or directory",
    ),
    (
        "insecure and an authority",
        cluster(server=HTTPS, certificate_authority_data="eA==", insecure_skip_tls_verify=True),
        UsageError,
        "both a certificate-authority and insecure-skip-tls-verify",
    ),
    (
        "insecure is a word",
        cluster(server=HTTPS, insecure_skip_tls_verify="yes"),
        UsageError,
        "insecure-skip-tls-verify is neither true nor false",
    ),
    (
        "a SOCKS proxy",
        cluster(server=HTTPS, proxy_url=f"socks5://a:{CANARY}@x"),
        UsageError,
        "proxy-url must begin with http:// or https://",
    ),
    ("a token that is a number", user(token=12345), UsageError, "token is not text"),
    ("a token file that is gone", user(tokenFile="gone"), UsageError, "tokenFile: cannot read"),
    (
        "token and password",
        user(token=CANARY, username="ada", password=CANARY),
        UsageError,
        "both a token and a username",
    ),
    ("a key alone", user(client_key_data="eA=="), UsageError, "lacks a client-certificate"),
    ("a certificate alone", user(client_certificate_data="eA=="), UsageError, "lacks a client-key"),
    ("groups without a user", user(token="t", as_groups=["x"]), UsageError, "without as"),
    ("a group that is a text", user(**{"as": "x", "as-groups": CANARY}), UsageError, "not a list"),
    (
        "odd extras",
        user(**{"as": "x", "as-user-extra": {"k": CANARY}}),
        UsageError,
        "not an object",
    ),
    ("plugin is a text", user(exec=CANARY), UsageError, "exec is not a mapping"),
    ("plugin of an unknown version", plugin(apiVersion="v9"), UsageError, 'apiVersion "v9"'),
    ("plugin without a command", plugin(command=None), UsageError, "names no command"),
    ("plugin with odd arguments", plugin(args=CANARY), UsageError, "args is not a list"),
    ("plugin with an odd environment", plugin(env=["x"]), UsageError, "env is not a list"),
    ("plugin of an unknown mode", plugin(interactiveMode="Odd"), UsageError, 'Mode "Odd"'),
]


@pytest.mark.parametrize(
    ("content", "error", "words"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_kubeconfig_is_named_and_not_quoted(
    tmp_path: Path, environ: Environ, content: object, error: type[SvcatError], words: str
) -> None:
    file = tmp_path / "config"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        file.write_text(content if isinstance(content, str) else json.dumps(content))

    with pytest.raises(SvcatError) as caught:
        load_cluster(kubeconfig=str(file), context=None, environ=environ())

    said = f"{caught.value.message} {caught.value.hint}"
    assert type(caught.value) is error
    assert words.format(file=file) in caught.value.message
    assert str(file) in caught.value.message
    assert caught.value.hint
    assert CANARY not in said + repr(caught.value.__cause__)


def test_a_folder_in_place_of_a_kubeconfig_is_named(tmp_path: Path, environ: Environ) -> None:
    with pytest.raises(UsageError, match=f"cannot read {tmp_path}: is a directory"):
        load_cluster(kubeconfig=str(tmp_path), context=None, environ=environ())


def test_one_broken_file_of_a_list_is_named(kubeconfigs: Writer, environ: Environ) -> None:
    good, bad = kubeconfigs.write(), kubeconfigs.file("bad", "[")
    listed = environ(KUBECONFIG=f"{good}:{bad}")

    with pytest.raises(UsageError, match=f"{bad} is not valid YAML"):
        load_cluster(kubeconfig=None, context=None, environ=listed)


def test_the_namespace_is_the_contexts_or_default(kubeconfigs: Writer, environ: Environ) -> None:
    bare = kubeconfigs.write(name="bare")
    named = kubeconfigs.write(context={"namespace": "shop"}, name="named")

    loaded = [
        load_cluster(kubeconfig=str(path), context=None, environ=environ())
        for path in (bare, named)
    ]

    assert [cluster.namespace for cluster in loaded] == ["default", "shop"]
    assert (loaded[0].context_name, loaded[0].user_name) == ("c", "u")


def test_an_unverified_certificate_is_warned_of(kubeconfigs: Writer, environ: Environ) -> None:
    insecure = kubeconfigs.cluster(
        **{"certificate-authority-data": None, "insecure-skip-tls-verify": True}
    )
    path = kubeconfigs.write(cluster=insecure)

    (warning,) = load_cluster(kubeconfig=str(path), context=None, environ=environ()).warnings

    assert "is not verified: insecure-skip-tls-verify" in warning
    assert str(path) in warning


def test_a_cluster_does_not_show_its_login(kubeconfigs: Writer, environ: Environ) -> None:
    user = {"token": CANARY, "client-certificate": "pki/client.crt", "client-key": "pki/client.key"}
    proxied = kubeconfigs.cluster(**{"proxy-url": f"http://ada:{CANARY}@127.0.0.1:1"})
    path = kubeconfigs.write(user, proxied)

    shown = repr(load_cluster(kubeconfig=str(path), context=None, environ=environ()))

    assert CANARY not in shown
    assert "PRIVATE KEY" not in shown


def test_a_changed_current_context_does_not_move_a_running_command(
    kubeconfigs: Writer, environ: Environ
) -> None:
    path = kubeconfigs.write({"token": "old"})
    running = load_cluster(kubeconfig=str(path), context=None, environ=environ())
    contexts = [
        {"name": "c", "context": {"cluster": "k", "user": "u"}},
        {"name": "other", "context": {"cluster": "elsewhere", "user": "u"}},
    ]
    top: dict[str, Any] = {"contexts": contexts, "current-context": "other"}
    kubeconfigs.write({"token": "new"}, **top)

    assert running.renew is not None
    renewed = running.renew()

    assert (renewed.context_name, renewed.headers) == ("c", {"Authorization": "Bearer new"})


def test_a_static_login_starts_nothing_heavy(kubeconfigs: Writer, server: ScriptedServer) -> None:
    path = kubeconfigs.write({"token": "t"})
    script = """
import sys
from svcat.kube.client import KubeObjects
from svcat.kube.config import load_cluster
KubeObjects(load_cluster(kubeconfig=sys.argv[1], context=None)).now()
heavy = {"kubernetes", "subprocess", "asyncio", "httpx", "logging", "email"}
print(sorted(heavy & set(sys.modules)))
"""
    command = [sys.executable, "-c", script, str(path)]

    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert said == "[]\n"
    assert server.asked[-1].target == "/version"
