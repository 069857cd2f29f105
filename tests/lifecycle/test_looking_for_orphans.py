"""What others make while orphans are looked for is none."""

from collections.abc import Callable
from typing import Any

from svcat.app import binding_order, bindings, orphans, provisioning
from svcat.app.ports import Patience
from svcat.objects import NAMESPACE, Page, Resource
from tests.lifecycle.bench import HERE, Bench, Time
from tests.sim.broker import Habits
from tests.sim.objects import SimulatedObjects


class ObjectsWithCompany(SimulatedObjects):
    """Somebody does something as soon as a list has been read, once."""

    meanwhile: Callable[[], object] | None = None

    def list_page(self, resource: Resource, namespace: str, **options: Any) -> Page:
        page = super().list_page(resource, namespace, **options)
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()
        return page


def provision(bench: Bench, namespace: str) -> None:
    order = provisioning.Order(name="db", namespace=namespace, class_name="pg", plan_name="small")
    provisioning.provision(order, bench.ports(), Patience())


def bind(bench: Bench) -> None:
    order = binding_order.Order(instance="db", namespace=HERE)
    bindings.bind(order, bench.ports(), Patience())


def test_an_instance_in_a_namespace_that_was_just_made_is_no_orphan() -> None:
    objects = ObjectsWithCompany(strict=False)
    bench = Bench(objects, Time(), Habits())

    def provision_in_a_new_one() -> None:
        objects.create(NAMESPACE, {"metadata": {"name": "new"}})
        provision(bench, "new")

    objects.meanwhile = provision_in_a_new_one

    assert orphans.find("", bench.ports()) == []
    assert len(bench.holdings.instances) == 1


def test_the_credentials_of_a_binding_that_was_just_made_are_no_orphan() -> None:
    objects = ObjectsWithCompany(strict=False)
    bench = Bench(objects, Time(), Habits())
    provision(bench, HERE)
    objects.meanwhile = lambda: bind(bench)

    assert orphans.find_secrets("", bench.ports()) == []
    assert len(bench.holdings.bindings) == 1
