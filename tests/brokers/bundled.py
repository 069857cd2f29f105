"""The bundled broker as a real process: ``with start_bundled(directory) as broker: broker.url``.

Also its own launcher (``python -m tests.brokers.bundled`` with JSON settings on stdin).
"""

import json
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.brokers.process import BrokerProcess, die_with_parent, launch

Contents = tuple[set[str], set[str]]


@dataclass(slots=True, kw_only=True)
class BundledBroker(BrokerProcess):
    """The running broker; ``settings`` are those of svcat.broker.settings.Settings as JSON."""

    state_dir: Path
    settings: dict[str, Any]

    def contents(self) -> Contents:
        """Ids of the instances and of the bindings that it has or may have, in any phase."""
        return contents_of(self.state_dir)

    def restart(self, environment: Mapping[str, str] | None = None) -> None:
        """Start again over the same state, on the same port, after ``kill`` or ``stop``."""
        settings = {**self.settings, "port": self.port}
        self.popen, self.url = launch(
            "tests.brokers.bundled", settings, self.log_file, environment=environment
        )


@contextmanager
def start_bundled(
    directory: Path,
    *,
    username: str = "",
    password: str = "",
    environment: Mapping[str, str] | None = None,
    **settings: Any,
) -> Iterator[BundledBroker]:
    """Start the broker with its state in ``directory`` on a free port; SIGKILL it at the end.

    ``settings`` override: short artificial delays, test plans offered.
    """
    state_dir = directory / "state"
    chosen: dict[str, Any] = {
        "state_dir": str(state_dir),
        "port": 0,
        "async_delay_s": 0.2,
        "test_plans": True,
        **settings,
    }
    if username:
        password_file = directory / "password"
        password_file.write_text(password + "\n")
        chosen |= {"username": username, "password_file": str(password_file)}
    log_file = directory / "broker.log"
    popen, url = launch("tests.brokers.bundled", chosen, log_file, environment=environment)
    broker = BundledBroker(
        popen=popen,
        url=url,
        log_file=log_file,
        username=username,
        password=password,
        state_dir=state_dir,
        settings=chosen,
    )
    try:
        yield broker
    finally:
        broker.kill()


def contents_of(state_dir: Path) -> Contents:
    """Read the ids out of a state database, whether or not its broker lives."""
    with closing(sqlite3.connect(f"file:{state_dir}/broker.db?mode=ro", uri=True)) as database:
        instances = {row[0] for row in database.execute("SELECT id FROM instances")}
        bindings = {row[0] for row in database.execute("SELECT id FROM bindings")}
    return instances, bindings


def main() -> None:
    die_with_parent()
    from svcat.broker.errors import BrokerSetupError
    from svcat.broker.server import serve
    from svcat.broker.settings import load_settings

    try:
        serve(load_settings(**json.load(sys.stdin)))
    except BrokerSetupError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
