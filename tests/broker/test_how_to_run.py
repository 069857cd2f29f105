"""docs/how-to/run-the-broker.md: its configuration loads, its manifests are taken by a server."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from svcat.broker.settings import Settings, load_settings
from tests.controlplane.certificates import Authority
from tests.controlplane.server import KubeServer

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "run-the-broker.md"


def _block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.S)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def manifests() -> dict[str, dict[str, Any]]:
    return {each["kind"]: each for each in yaml.safe_load_all(_block("yaml"))}


def _settings(directory: Path, toml: str) -> Settings:
    file = directory / "broker.toml"
    file.write_text(toml)
    return load_settings(file)


def test_the_configuration_shown_is_valid(tmp_path: Path) -> None:
    settings = _settings(tmp_path, _block("toml"))

    assert [offering.driver for offering in settings.offerings] == ["postgresql", "sqlite"]
    assert settings.has_login


def test_every_setting_is_documented() -> None:
    text = HOW_TO.read_text(encoding="utf-8")

    missing = [name for name in Settings.__slots__ if f"`{name}`" not in text]
    assert [name for name in missing if name != "offerings"] == []


def test_the_dockerfile_does_not_run_as_root() -> None:
    lines = _block("dockerfile").splitlines()

    assert lines[0].startswith("FROM ")
    assert "USER 10001" in lines
    assert 'ENTRYPOINT ["svcat", "broker", "serve"]' in lines


def test_the_manifests_fit_together(tmp_path: Path, manifests: dict[str, dict[str, Any]]) -> None:
    settings = _settings(tmp_path, manifests["ConfigMap"]["data"]["broker.toml"])
    pod = manifests["Deployment"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}

    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    for file in (settings.password_file, settings.tls_cert_file, settings.tls_key_file):
        assert str(file and file.parent) in mounts
    assert str(settings.state_dir) in mounts
    assert container["ports"][0]["containerPort"] == settings.port
    labels = pod["metadata"]["labels"]
    for selector in (
        manifests["Deployment"]["spec"]["selector"]["matchLabels"],
        manifests["Service"]["spec"]["selector"],
        manifests["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    claim = manifests["PersistentVolumeClaim"]["metadata"]["name"]
    assert {"name": "state", "persistentVolumeClaim": {"claimName": claim}} in pod["spec"][
        "volumes"
    ]


def test_the_pod_is_hardened_and_alone(manifests: dict[str, dict[str, Any]]) -> None:
    deployment = manifests["Deployment"]["spec"]
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]

    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert "limits" in container["resources"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/healthz"


def test_no_secret_is_in_the_manifests(manifests: dict[str, dict[str, Any]]) -> None:
    assert "Secret" not in manifests
    configuration = tomllib.loads(manifests["ConfigMap"]["data"]["broker.toml"])
    assert "password" not in configuration["offerings"]["postgresql"]["dsn"]


def test_an_api_server_takes_the_manifests(
    tmp_path: Path,
    kube_server: KubeServer,
    kube_namespace: str,
    kubectl: Path,
) -> None:
    file = tmp_path / "manifests.yaml"
    file.write_text(
        _block("yaml").replace("namespace: svcat-broker", f"namespace: {kube_namespace}")
    )

    printed = kube_server.run_kubectl(
        "apply", "--dry-run=server", "--validate=true", "-f", str(file)
    )

    assert printed.count("created (server dry run)") == 5


def test_kubectl_takes_the_logins_as_shown(
    tmp_path: Path, kube_server: KubeServer, kubectl: Path
) -> None:
    pair = Authority("somebody").issue("broker", names=["broker.svcat-broker.svc"])
    for name, text in (
        ("password", "p"),
        ("pg-password", "p"),
        ("tls.crt", pair.certificate_pem),
        ("tls.key", pair.key_pem),
    ):
        (tmp_path / name).write_text(text)
    shown = re.search(r"```console\n(kubectl create .*?)```", HOW_TO.read_text("utf-8"), re.S)
    assert shown
    made = []
    for line in shown[1].splitlines():
        login = f"--kubeconfig={kube_server.kubeconfig}"
        words = [str(kubectl), login, *line.split()[1:], "--dry-run=client", "-o", "name"]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
        made.append(done.stdout.strip())

    assert made[0] == "namespace/svcat-broker"
    for name in (made.removeprefix("secret/") for made in made[1:]):
        assert f"secretName: {name}" in _block("yaml")
