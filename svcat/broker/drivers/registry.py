"""Finds drivers by name: the bundled ones, and third parties' by entry point."""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from svcat.broker.drivers.base import ENTRY_POINT_GROUP, Driver, DriverContext, DriverFactory
from svcat.broker.errors import BrokerSetupError
from svcat.broker.settings import Settings

# Imported when used: nobody needs psycopg to hand out SQLite files.
_BUNDLED: Mapping[str, str] = {
    "sqlite": "svcat.broker.drivers.sqlite:SqliteDriver",
    "postgresql": "svcat.broker.drivers.postgresql:PostgresqlDriver",
}


def load_drivers(settings: Settings) -> dict[str, Driver]:
    """One driver for each configured offering. Raises BrokerSetupError."""
    drivers: dict[str, Driver] = {}
    for offering in settings.offerings:
        context = DriverContext(
            name=offering.name,
            directory=_directory(settings.state_dir, offering.name),
            options=offering.options,
            async_delay_s=settings.async_delay_s,
            test_plans=settings.test_plans,
        )
        drivers[offering.name] = _factory(offering.driver)(context)
        drivers[offering.name].check()
    return drivers


def _directory(state_dir: Path, name: str) -> Path:
    if not name or "/" in name or name.startswith("."):
        raise BrokerSetupError(f"offering name {name!r} must be CLI-friendly: letters, digits, -")
    path = state_dir / "offerings" / name
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _factory(driver: str) -> DriverFactory:
    if driver in _BUNDLED:
        module, _, attribute = _BUNDLED[driver].partition(":")
        factory: DriverFactory = getattr(import_module(module), attribute)
        return factory
    found = entry_points(group=ENTRY_POINT_GROUP, name=driver)
    if not found:
        known = sorted({*_BUNDLED, *entry_points(group=ENTRY_POINT_GROUP).names})
        raise BrokerSetupError(f"no driver {driver!r} installed; there are: {', '.join(known)}")
    loaded: DriverFactory = next(iter(found)).load()
    return loaded
