"""Helm, before and after: it upgrades what is its own, and keeps what svcat added.

Helm 3 sends a strategic three-way merge patch of its last manifest, its new one and the live object
(``createPatch`` in pkg/kube/client.go: ``strategicpatch.CreateThreeWayMergePatch``); Helm 4 applies
on the server.
"""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.injection.helm import HELM_3, HELM_4, Release, find, is_for_this_machine
from tests.injection.test_inject import URL, env, secret_key, template
from tests.injection.test_owners import V1, V2, manifest, require_each_to_keep_his
from tests.injection.yard import Yard, container, deployment

pytestmark = pytest.mark.skipif(
    not is_for_this_machine(), reason="Helm is fetched for Linux on x86-64 only"
)


@dataclass(slots=True)
class Chart:
    """A chart with one Deployment, and the Helm that installs it."""

    program: Path
    yard: Yard
    home: Path
    release: Release
    revision: int = field(default=0)

    def deploy(self, document: dict[str, Any], *words: str) -> str:
        """Install or upgrade to a chart that holds ``document``."""
        self.revision += 1
        chart = self.home / "chart"
        (chart / "templates").mkdir(parents=True, exist_ok=True)
        facts = {"apiVersion": "v2", "name": "web", "version": f"1.0.{self.revision}"}
        (chart / "Chart.yaml").write_text(yaml.safe_dump(facts))
        (chart / "templates" / "web.yaml").write_text(yaml.safe_dump(document))
        return self.helm("upgrade", "--install", "web", str(chart), *words)

    def helm(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            [str(self.program), "-n", self.yard.namespace, *words],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "KUBECONFIG": str(self.yard.server.kubeconfig),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(params=[HELM_3, HELM_4], ids=lambda release: f"helm-{release.version}")
def chart(request: pytest.FixtureRequest, yard: Yard, tmp_path: Path) -> Chart:
    """Nothing installed yet."""
    release: Release = request.param
    return Chart(find(release), yard, tmp_path, release)


def test_an_upgrade_changes_what_is_in_the_chart_and_keeps_what_was_injected(
    chart: Chart, yard: Yard
) -> None:
    def deploy(_: Yard, document: dict[str, Any]) -> None:
        chart.deploy(document)

    require_each_to_keep_his(yard, deploy, deploy)


def test_a_rollback_keeps_it_too(chart: Chart, yard: Yard) -> None:
    chart.deploy(manifest(V1))
    chart.deploy(manifest(V2))
    yard.inject("deployment/web", env=URL)

    chart.helm("rollback", "web", "1")

    assert template(yard)["spec"]["containers"][0]["image"] == V1
    assert env(template(yard))["URL"] == secret_key("uri")
    assert yard.drift() == {}


def test_a_chart_that_gives_up_its_last_variable_takes_ours_with_it_in_helm_3(
    chart: Chart, yard: Yard
) -> None:
    chart.deploy(manifest(V1))
    yard.inject("deployment/web", env=URL)

    chart.deploy(deployment("web", container("app")))

    takes_ours = chart.release is HELM_3  # its patch says ``env: null``
    assert ("deployment/web" in yard.drift()) is takes_ours
    yard.repair()
    assert env(template(yard)) == {"URL": secret_key("uri")}
    assert yard.drift() == {}


def test_a_forced_upgrade_replaces_and_that_is_seen_and_mended(chart: Chart, yard: Yard) -> None:
    chart.deploy(manifest(V1))
    yard.inject("deployment/web", env=URL)
    server_side = ("--server-side=false",) if chart.release is HELM_4 else ()
    force = "--force-replace" if chart.release is HELM_4 else "--force"

    chart.deploy(manifest(V2), force, *server_side)

    assert "URL" not in env(template(yard))
    assert yard.drift()["deployment/web"][0] == "stripped"
    yard.repair()
    assert env(template(yard))["URL"] == secret_key("uri")
    assert yard.drift() == {}
