"""A kubeconfig that is missing, broken or leads nowhere: said clearly, and never worked around."""

from pathlib import Path

import pytest
import yaml

from tests.brokers.hostile import HostileBroker, answer, raw
from tests.controlplane.certificates import Authority
from tests.controlplane.server import KubeServer
from tests.e2e.place import Done, Place


def kubeconfig(server: str, **login: str) -> str:
    """A kubeconfig with one cluster."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": login}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
    )


def ask(local: Place, content: str | None, *, code: int) -> Done:
    """List instances with a kubeconfig of this content, None for no file at all."""
    file = local.home / "config"
    if content is not None:
        file.write_text(content)
    done = local.run(
        "get", "instances", "--store", "kube", code=code, environment={"KUBECONFIG": str(file)}
    )
    error, *hint = done.err.splitlines()
    assert error.startswith("error: ")
    assert len(hint) <= 1
    assert done.out == ""
    assert not (local.home / "data" / "svcat" / "local.db-journal").exists()
    return done


def test_no_kubeconfig_names_the_local_store_and_does_not_take_it(local: Place) -> None:
    done = ask(local, None, code=5)
    assert "no cluster is configured" in done.err
    assert "--store local" in done.err


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ("{", 2, "not valid YAML"),
        ("[]", 2, "not a mapping"),
        ("", 5, "no cluster is configured"),
        ("clusters: 7", 2, "not a list"),
        ("current-context: gone", 5, '"gone"'),
        (kubeconfig("not a url"), 10, "not a url"),
        (kubeconfig("http://127.0.0.1:1"), 10, "connection refused"),
        (kubeconfig("https://127.0.0.1:1"), 10, "connection refused"),
        (kubeconfig("https://no-such-host.invalid"), 10, "no-such-host.invalid"),
    ],
)
def test_a_broken_kubeconfig_is_named_with_what_is_wrong(
    local: Place, content: str, code: int, words: str
) -> None:
    assert words in ask(local, content, code=code).err


def test_a_kubeconfig_named_but_missing_is_not_found(local: Place) -> None:
    words = ["get", "instances", "--store", "kube", "--kubeconfig", "nowhere"]
    assert "kubeconfig nowhere does not exist" in local.run(*words, code=5).err


def test_an_unknown_context_lists_the_known_ones(local: Place) -> None:
    (local.home / "config").write_text(kubeconfig("http://127.0.0.1:1"))
    words = ["get", "instances", "--store", "kube", "--context", "y", "--kubeconfig", "config"]
    done = local.run(*words, code=5)
    assert 'context "y"' in done.err
    assert "x" in done.err.splitlines()[1]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (answer(200, "<html>Welcome to the router</html>", content_type="text/html"), 10),
        (answer(401, {"kind": "Status", "code": 401, "message": "Unauthorized"}), 4),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), 10),
    ],
    ids=["a web page", "login refused", "no HTTP"],
)
def test_something_else_at_the_servers_address(local: Place, said: object, code: int) -> None:
    with HostileBroker() as server:
        server.always(said)  # type: ignore[arg-type]
        done = ask(local, kubeconfig(server.url, token="t0p-s3cret"), code=code)
    assert "t0p-s3cret" not in done.err
    assert "<html>" not in done.err


def test_a_wrong_authority_is_not_believed(
    local: Place, kube_server: KubeServer, tmp_path: Path
) -> None:
    config = yaml.safe_load(kube_server.kubeconfig.read_text())
    other = tmp_path / "other-ca.crt"
    other.write_text(Authority("somebody else").pem)
    cluster = config["clusters"][0]["cluster"]
    cluster.pop("certificate-authority-data", None)
    cluster["certificate-authority"] = str(other)
    done = ask(local, yaml.safe_dump(config), code=10)
    assert "certificate" in done.err


def test_a_wrong_token_is_a_login_error(local: Place, kube_server: KubeServer) -> None:
    config = yaml.safe_load(kube_server.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": "wr0ng-t0ken"}
    done = ask(local, yaml.safe_dump(config), code=4)
    assert "wr0ng-t0ken" not in done.err


def test_a_namespace_that_is_not_there_is_said_when_something_is_to_be_made(kube: Place) -> None:
    with HostileBroker() as server:
        server.always(answer(200, {"services": []}))
        words = ["register", "b", "--url", server.url, "-n", "no-such-namespace"]
        done = kube.run(*words, code=5)
    assert 'namespace "no-such-namespace" does not exist' in done.err
    assert "kubectl create namespace no-such-namespace" in done.err
