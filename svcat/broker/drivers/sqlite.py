"""SQLite offering: one database file an instance, for laptops, tests and single nodes.

A file has no logins: a binding is the path and the mode to open it with, and the file belongs to
the broker's own user (mode 0600). WAL, unless the directory is on a network file system.
"""

import hashlib
import sqlite3
from pathlib import Path
from typing import Literal

import msgspec

from svcat.broker.drivers.base import DriverContext, OfferingSpec, PlanSpec
from svcat.broker.errors import BrokerSetupError, DriverError
from svcat.broker.killpoints import kill_point
from svcat.broker.records import Binding, Instance, Kind
from svcat.osb.models import JsonObject

_ASYNC_INSTANCE = frozenset({Kind.PROVISION, Kind.UPDATE, Kind.DEPROVISION})
_ASYNC_BINDING = frozenset({Kind.BIND, Kind.UNBIND})
_FAILING = "file-async-failing"
_SUFFIXES = ("", "-wal", "-shm", "-journal")


class ProvisionParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of a new database file."""

    journal_mode: Literal["wal", "delete"] = "wal"
    page_size: Literal[1024, 2048, 4096, 8192, 16384, 32768, 65536] = 4096


class UpdateParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Parameters that can change later."""

    journal_mode: Literal["wal", "delete"] | msgspec.UnsetType = msgspec.UNSET


class BindParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of a binding."""

    read_only: bool = False


class SqliteDriver:
    """Keeps the files in the offering's own directory, or in the one set by ``directory``."""

    def __init__(self, context: DriverContext) -> None:
        unknown = set(context.options) - {"directory"}
        if unknown:
            raise BrokerSetupError(f"offering {context.name}: unknown option {min(unknown)!r}")
        self._directory = Path(context.options.get("directory", context.directory)).absolute()
        self.offering = OfferingSpec(
            description="A SQLite database file next to the broker",
            display_name="SQLite",
            long_description="One database file an instance. Needs no server; good for laptops,"
            " tests and single nodes.",
            tags=("sqlite", "sql", "relational"),
            plans=_plans(context),
            provision_parameters=ProvisionParameters,
            update_parameters=UpdateParameters,
            bind_parameters=BindParameters,
        )

    def check(self) -> None:
        """Make the directory."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BrokerSetupError(f"cannot make {self._directory}: {error.strerror}") from error

    def provision(self, instance: Instance, plan: PlanSpec) -> JsonObject:
        """Make the file and set what lasts in it."""
        if plan.name == _FAILING:
            raise DriverError("this plan always fails")
        path = self._path(instance.id)
        parameters = msgspec.convert(instance.parameters, ProvisionParameters)
        try:
            path.touch(mode=0o600)
            kill_point("sqlite:file-made")
            _execute(path, f"PRAGMA page_size = {parameters.page_size}", "VACUUM")
            kill_point("sqlite:page-size-set")
            _execute(path, f"PRAGMA journal_mode = {parameters.journal_mode}")
        except (OSError, sqlite3.Error) as error:
            raise DriverError(f"cannot make the database file: {error}") from error
        return {"path": str(path)}

    def update(self, before: Instance, after: Instance, plan: PlanSpec) -> JsonObject:  # noqa: ARG002
        """Set the journal mode, the one thing that can change."""
        path = self._path(after.id)
        parameters = msgspec.convert(after.parameters, ProvisionParameters)
        try:
            _execute(path, f"PRAGMA journal_mode = {parameters.journal_mode}")
        except sqlite3.Error as error:
            raise DriverError(f"cannot change the journal mode: {error}") from error
        return {"path": str(path)}

    def deprovision(self, instance_id: str) -> None:
        """Remove the file and what SQLite keeps beside it."""
        path = self._path(instance_id)
        try:
            for suffix in _SUFFIXES:
                path.with_name(path.name + suffix).unlink(missing_ok=True)
                kill_point("sqlite:file-removed")
        except OSError as error:
            raise DriverError(f"cannot remove the database file: {error.strerror}") from error

    def bind(self, instance: Instance, binding: Binding, plan: PlanSpec) -> None:  # noqa: ARG002
        """Check that the file is there; there is no login to make."""
        if not self._path(instance.id).is_file():
            raise DriverError("the database file is gone", instance_usable=False)

    def credentials(self, instance: Instance, binding: Binding) -> JsonObject:
        """Path and mode."""
        path = self._path(instance.id)
        parameters = msgspec.convert(binding.parameters, BindParameters)
        return {
            "type": "sqlite",
            "provider": "svcat",
            "uri": f"sqlite:///{path}",
            "path": str(path),
            "mode": "ro" if parameters.read_only else "rw",
        }

    def unbind(self, instance_id: str, binding_id: str) -> None:
        """Nothing to remove."""

    def has_instance(self, instance_id: str) -> bool:
        """Whether the file is there."""
        return self._path(instance_id).exists()

    def has_binding(self, instance_id: str, binding_id: str) -> bool:  # noqa: ARG002
        """Never: a binding leaves nothing on the disk."""
        return False

    def _path(self, instance_id: str) -> Path:
        digest = hashlib.sha256(instance_id.encode()).hexdigest()
        return self._directory / f"si_{digest[:24]}.db"


def _plans(context: DriverContext) -> tuple[PlanSpec, ...]:
    bullets = ("One file on the broker's disk", "No server, no login")
    delay_s = context.async_delay_s
    plans = [
        PlanSpec(
            name="file",
            description="A database file, ready at once",
            bullets=bullets,
            maintenance_version="1.0.0",
        ),
        PlanSpec(
            name="file-async",
            description="A database file, made after a delay, as slow services are",
            bullets=bullets,
            asynchronous=_ASYNC_INSTANCE,
            delay_s=delay_s,
            maximum_polling_duration_s=3600,
            maintenance_version="1.0.0",
        ),
    ]
    if context.test_plans:
        plans += [
            PlanSpec(
                name="file-async-bind",
                description="A database file whose bindings are made after a delay",
                asynchronous=_ASYNC_BINDING,
                delay_s=delay_s,
            ),
            PlanSpec(
                name=_FAILING,
                description="Fails after a delay, always",
                asynchronous=_ASYNC_INSTANCE,
                delay_s=delay_s,
            ),
        ]
    return tuple(plans)


def _execute(path: Path, *statements: str) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    try:
        for statement in statements:
            database.execute(statement)
    finally:
        database.close()
