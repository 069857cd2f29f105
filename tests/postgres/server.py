"""A real PostgreSQL in a temporary directory, for the length of a test session.

Found in this order: ``SVCAT_TEST_POSTGRES_BIN`` (a directory with ``initdb`` and ``postgres``),
Debian's package (the newest version there is), PATH; as root on Debian it is installed if missing.
The server never runs as root (it refuses to) and dies with the test run.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

BROKER = "svcat_broker"
_START_TIMEOUT_S = 60.0
_CONFIGURATION = """
listen_addresses = '127.0.0.1'
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 60
password_encryption = 'scram-sha-256'
log_statement = 'all'
"""


class NoPostgres(Exception):
    """There is no PostgreSQL to be had; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """The running server; ``socket_directory`` lets anybody in as the superuser."""

    port: int
    socket_directory: Path
    log_file: Path
    broker_password: str

    @property
    def broker_dsn(self) -> str:
        return f"host=127.0.0.1 port={self.port} user={BROKER} dbname=postgres"

    @property
    def superuser_dsn(self) -> str:
        return f"host={self.socket_directory} port={self.port} user=postgres dbname=postgres"

    def superuser(self, database: str = "postgres") -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(self.superuser_dsn, dbname=database, autocommit=True)

    def names(self) -> set[str]:
        """The databases and roles that the broker made."""
        with self.superuser() as connection:
            rows = connection.execute(
                "SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles"
            ).fetchall()
        return {row[0] for row in rows if row[0].startswith(("si_", "sr_", "sb_"))}


def find_binaries() -> Path:
    """The directory with ``initdb`` and ``postgres``. Raises NoPostgres."""
    if chosen := os.environ.get("SVCAT_TEST_POSTGRES_BIN"):
        return Path(chosen)
    if found := _installed():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
            subprocess.run(
                ["apt-get", "-q", *command], env=environment, check=False, capture_output=True
            )
        if found := _installed():
            return found
    raise NoPostgres(
        "no PostgreSQL found: install Debian's package postgresql, or put initdb and postgres on"
        " PATH, or set SVCAT_TEST_POSTGRES_BIN to their directory"
    )


def _installed() -> Path | None:
    packaged = [each for each in Path("/usr/lib/postgresql").glob("*/bin") if each.is_dir()]
    if packaged:
        return max(packaged, key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Make a cluster, start it, make the broker's login; kill and remove it at the end."""
    binaries = find_binaries()
    # Not pytest's own directory, which other users cannot enter.
    directory = Path(tempfile.mkdtemp(prefix="svcat-postgres-"))
    account = _account()
    try:
        if account:
            os.chown(directory, account.pw_uid, account.pw_gid)
        data, log_file = directory / "data", directory / "log"
        _run(binaries / "initdb", account, "-D", str(data), "-U", "postgres", "--no-sync")
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(_CONFIGURATION)
        (data / "pg_hba.conf").write_text(
            "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        port = _free_port()
        with log_file.open("w") as log:
            server = subprocess.Popen(
                [
                    *_as_account(account),
                    str(binaries / "postgres"),
                    *("-D", str(data), "-p", str(port), "-k", str(directory)),
                ],
                stdout=log,
                stderr=log,
                cwd=directory,
            )
        try:
            postgres = Postgres(
                port=port,
                socket_directory=directory,
                log_file=log_file,
                broker_password=secrets.token_urlsafe(12),
            )
            _wait(server, postgres)
            with postgres.superuser() as connection:
                connection.execute(
                    f"CREATE ROLE {BROKER} LOGIN CREATEROLE CREATEDB"
                    f" PASSWORD '{postgres.broker_password}'"
                )
            yield postgres
        finally:
            _stop(server)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _account() -> pwd.struct_passwd | None:
    """Whom to run as: ourselves, or as root Debian's postgres, or nobody."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("PostgreSQL does not run as root, and there is no user to run it as")


def _as_account(account: pwd.struct_passwd | None) -> list[str]:
    dies_with_us = ["setpriv", "--pdeathsig", "KILL"]
    if account is None:
        return dies_with_us
    ids = ["--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups"]
    return [*dies_with_us, *ids]


def _run(program: Path, account: pwd.struct_passwd | None, *arguments: str) -> None:
    options: Mapping[str, Any] = (
        {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    )
    done = subprocess.run(
        [program, *arguments, "--locale=C.UTF-8", "--encoding=UTF8"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **options,
    )
    if done.returncode:
        raise NoPostgres(f"{program} failed: {done.stderr}")


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGINT)  # fast shutdown: leaves no shared memory behind
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait(server: "subprocess.Popen[bytes]", postgres: Postgres) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            postgres.superuser().close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise NoPostgres(postgres.log_file.read_text()) from None
            time.sleep(0.05)
