"""What an operator decides about the bundled broker: a TOML file, overridden by the command line.

host = "127.0.0.1"
username = "platform"
password_file = "/run/secrets/password"

[offerings.postgresql]        # the offering's name in the catalog
driver = "postgresql"
dsn = "host=db user=svcat_broker dbname=postgres"
password_file = "/run/secrets/db-password"
"""

import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import msgspec

from svcat.broker.errors import BrokerSetupError

_PORTS = range(65536)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingSettings:
    """One offering: its name in the catalog, the driver that makes it, the driver's options."""

    name: str
    driver: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of the broker; port 0 takes a free one, times in seconds.

    ``realm`` goes into the catalog's ids: give two brokers on one platform different ones.
    """

    state_dir: Path
    host: str = "127.0.0.1"
    port: int = 8080
    username: str = ""
    password_file: Path | None = None
    token_file: Path | None = None
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    audit_file: Path | None = None  # None: standard error
    async_delay_s: float = 2.0  # of the artificial asynchronous plans
    test_plans: bool = False  # offer plans that are only good for testing platforms
    realm: str = ""
    offerings: tuple[OfferingSettings, ...] = (OfferingSettings(name="sqlite", driver="sqlite"),)

    @property
    def has_login(self) -> bool:
        """Whether platforms must log in."""
        return self.password_file is not None or self.token_file is not None

    def check(self) -> None:
        """Refuse what contradicts itself or is open to the network. Raises BrokerSetupError."""
        if self.port not in _PORTS:
            raise BrokerSetupError(f"port must be 0 to 65535, not {self.port}")
        if bool(self.username) != (self.password_file is not None):
            raise BrokerSetupError("username and password file go together: set both or none")
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise BrokerSetupError("TLS certificate and key file go together: set both or none")
        if not self.has_login and not is_loopback(self.host):
            raise BrokerSetupError(
                f"refusing to listen on {self.host} without a login: set a username and a"
                " password file (or a token file), or listen on 127.0.0.1"
            )
        if not self.offerings:
            raise BrokerSetupError("no offering configured: add a table [offerings.NAME]")


def load_settings(config_file: Path | None = None, **overrides: Any) -> Settings:
    """Read the file, let every override that is not None win, and check the whole.

    Raises BrokerSetupError naming the file and the setting.
    """
    document: dict[str, Any] = {}
    if config_file is not None:
        document = _read_toml(config_file)
    values = {**document, **{key: value for key, value in overrides.items() if value is not None}}
    known = {each.name: each for each in fields(Settings)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise BrokerSetupError(f"unknown setting {unknown[0]!r} in {config_file}")
    if "state_dir" not in values:
        raise BrokerSetupError("no state directory: set state_dir")
    if "offerings" in values:
        values["offerings"] = _to_offerings(values["offerings"])
    try:
        settings = msgspec.convert(values, Settings, dec_hook=_to_path)
    except msgspec.ValidationError as error:
        raise BrokerSetupError(f"settings: {error}") from None
    settings.check()
    return settings


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BrokerSetupError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise BrokerSetupError(f"{path} is not TOML: {error}") from error


def _to_offerings(tables: object) -> list[dict[str, Any]]:
    if not isinstance(tables, Mapping):
        raise BrokerSetupError("offerings are tables: [offerings.NAME]")
    offerings = []
    for name, table in tables.items():
        if not isinstance(table, Mapping) or not isinstance(table.get("driver"), str):
            raise BrokerSetupError(f'offering {name}: say which driver makes it: driver = "NAME"')
        options = {key: value for key, value in table.items() if key != "driver"}
        offerings.append({"name": name, "driver": table["driver"], "options": options})
    return offerings


def _to_path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    raise ValueError(f"Expected a path, got {value!r}")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
