"""Ten thousand plans: the memory they take, and what is read for a Tab."""

import sys
from collections.abc import Iterator

import pytest

from bench.measuring import peak_mib
from tests.brokers.hostile import HostileBroker
from tests.catalog.shop import SIZE, Shop, plan, priced, service, takes
from tests.cli_updates.svcat import Svcat

pytestmark = pytest.mark.xdist_group("large-catalog")  # one broker, whose story goes on

CLASSES, PLANS = 500, 20
MEMORY_MIB = 120


@pytest.fixture(scope="module")
def svcat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Svcat]:
    """A command that knows a very large catalog."""
    plans = [
        plan(
            f"plan-{n}",
            schemas=takes({"size_gb": SIZE, "zone": {"type": "string"}}, "zone"),
            metadata=priced({"eur": n}, bullets=["1 CPU", "2 GiB memory"]),
        )
        for n in range(PLANS)
    ]
    offers = [
        service(f"service-{n}", *plans, metadata={"longDescription": "word " * 60}, tags=["a"])
        for n in range(CLASSES)
    ]
    command = Svcat(tmp_path_factory.mktemp("large"))
    with HostileBroker() as broker:
        command.run("register", "big", "--url", Shop(broker, offers).url)
        yield command


@pytest.mark.parametrize(
    "words",
    [["marketplace"], ["marketplace", "-o", "json"], ["search", "plan-7"], ["get", "plans"]],
    ids=" ".join,
)
def test_a_very_large_catalog_is_shown_in_little_memory(svcat: Svcat, words: list[str]) -> None:
    command = [sys.executable, "-m", "svcat", *words]
    assert peak_mib(command, svcat.full_environment()) < MEMORY_MIB


def test_a_tab_reads_names_alone(svcat: Svcat) -> None:
    from svcat.local.client import LocalObjects
    from svcat.objects import CONFIG_MAP, list_all

    with LocalObjects(svcat.home / "data" / "svcat" / "local.db") as api:
        kept = [
            obj
            for obj in list_all(api, CONFIG_MAP, "default", selector="svcat.dev/kind=catalog")
            if not obj["metadata"]["name"].endswith(".names")
        ]
        assert kept
        for obj in kept:
            api.delete(CONFIG_MAP, "default", obj["metadata"]["name"])
        done = svcat.run("__complete", "provision", "x", "--class", "service-49")
        assert len(done.out.splitlines()) == 1 + 10 + 1  # service-49, service-490 …, a directive
        done = svcat.run("__complete", "provision", "x", "--class", "service-49", "--plan", "")
        assert done.out.count("plan-") == 2 * PLANS  # the name, and the words about it
        for obj in kept:
            obj["metadata"] = {
                key: obj["metadata"][key] for key in ("name", "namespace", "labels", "annotations")
            }
            api.create(CONFIG_MAP, obj)
    assert svcat.run("get", "class", "service-49", "-o", "name").out == "class/service-49\n"


def test_a_catalog_that_lost_its_names_offers_them_all_the_same(svcat: Svcat) -> None:
    from svcat.local.client import LocalObjects
    from svcat.objects import CONFIG_MAP, list_all

    with LocalObjects(svcat.home / "data" / "svcat" / "local.db") as api:
        for obj in list_all(api, CONFIG_MAP, "default", selector="svcat.dev/kind=catalog"):
            if obj["metadata"]["name"].endswith(".names"):
                api.delete(CONFIG_MAP, "default", obj["metadata"]["name"])
    done = svcat.run("__complete", "provision", "x", "--class", "service-49")
    assert "service-499" in done.out


def test_the_names_go_with_the_broker(svcat: Svcat) -> None:
    svcat.run("sync", "broker", "big")
    svcat.run("deregister", "big")
    assert [name for kind, _, name, _ in svcat.snapshot() if kind == "ConfigMap"] == []


def test_a_small_catalog_needs_no_names_beside_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    command = Svcat(tmp_path_factory.mktemp("small"))
    with HostileBroker() as broker:
        command.run("register", "team", "--url", Shop(broker).url)
    stored = [name for kind, _, name, _ in command.snapshot() if kind == "ConfigMap"]
    assert len(stored) == 2
    assert not any(name.endswith(".names") for name in stored)
    assert "redis" in command.run("__complete", "provision", "x", "--class", "").out
