"""A third party's driver that fails when told to: a file ``fail-METHOD`` in its directory says how.

Loaded like any other, by its entry point; one file for each instance, one for each binding.
"""

import os
import time
from pathlib import Path

import msgspec

from svcat.broker.drivers.base import DriverContext, OfferingSpec, PlanSpec
from svcat.broker.errors import DriverError, DriverRefusal
from svcat.broker.records import Binding, Instance, Kind
from svcat.osb.models import JsonObject


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    size: int = 1


class TroubledDriver:
    def __init__(self, context: DriverContext) -> None:
        self._root = Path(context.options["root"])
        version = context.options.get("version", "1.0.0")
        plans = (
            PlanSpec(name="sync", description="At once", maintenance_version=version),
            PlanSpec(name="async", description="Later", asynchronous=frozenset(Kind)),
        )
        self.offering = OfferingSpec(
            description="Fails when told to",
            display_name="Troubled",
            long_description="Fails when told to",
            plans=plans,
            provision_parameters=Parameters,
            update_parameters=Parameters,
            rotatable=False,
        )

    def check(self) -> None:
        pass

    def provision(self, instance: Instance, plan: PlanSpec) -> JsonObject:
        self._path(instance.id).touch()
        self._fail("provision")
        return {}

    def update(self, before: Instance, after: Instance, plan: PlanSpec) -> JsonObject:
        self._fail("update")
        return {}

    def deprovision(self, instance_id: str) -> None:
        self._fail("deprovision")
        self._path(instance_id).unlink(missing_ok=True)

    def bind(self, instance: Instance, binding: Binding, plan: PlanSpec) -> None:
        self._path(binding.id).touch()
        self._fail("bind")

    def credentials(self, instance: Instance, binding: Binding) -> JsonObject:
        return {"uri": "troubled:", "password": binding.secret}

    def unbind(self, instance_id: str, binding_id: str) -> None:
        self._fail("unbind")
        self._path(binding_id).unlink(missing_ok=True)

    def has_instance(self, instance_id: str) -> bool:
        return self._path(instance_id).exists()

    def has_binding(self, instance_id: str, binding_id: str) -> bool:
        return self._path(binding_id).exists()

    def _path(self, name: str) -> Path:
        return self._root / f"made-{name}"

    def _fail(self, method: str) -> None:
        file = self._root / f"fail-{method}"
        try:
            how = file.read_text()
        except FileNotFoundError:
            return
        while how == "wait" and file.exists():
            time.sleep(0.01)
        if how == "wait":
            return
        match how:
            case "refusal":
                raise DriverRefusal("cannot be")
            case "bug":
                raise ZeroDivisionError(os.fspath(self._root))
            case "broken":
                raise DriverError("it broke", instance_usable=False, update_repeatable=False)
        raise DriverError("it failed")
