"""Where the canary run plays: a store of its own, a broker, and whatever commands say."""

import base64
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP, SECRET, list_all
from svcat.store.secrets import encode_data
from tests.brokers.hostile import HostileBroker
from tests.canaries.broker import SingingBroker
from tests.canaries.net import Catch, Net
from tests.fleet.fleet import ROOT, shared


@dataclass(slots=True)
class Stage:
    home: Path
    net: Net
    broker: SingingBroker
    flags: tuple[str, ...]
    environment: Mapping[str, str]
    ran: list[tuple[str, ...]] = field(default_factory=list)
    caught: list[Catch] = field(default_factory=list)
    typed: bytearray = field(default_factory=bytearray)  # on standard input
    secrets_seen: set[bytes] = field(default_factory=set)

    def run(
        self,
        *words: str,
        code: int | None = 0,
        stdin: str = "",
        explode: str = "",
        password: str = "",
    ) -> tuple[int, bytes, bytes]:
        """Run a command with the flags of this run, and look at all that came out."""
        full = [*words, *self.flags] if "--" not in words else _before_dashes(words, self.flags)
        self.typed += stdin.encode()
        variable = {"SVCAT_BROKER_PASSWORD": password} if password else {}
        done = shared().run(
            *full,
            environment={**self.environment, **variable},
            directory=self.home,
            stdin=stdin,
            first=("tests.canaries.mines:lay", explode) if explode else (),
        )
        out, err = (said.encode(errors="surrogateescape") for said in (done.out, done.err))
        where = f"svcat {' '.join(full)}"
        self.caught += self.net.catches({f"{where} (stdout)": out, f"{where} (stderr)": err})
        self.ran.append(words)
        assert code in {None, done.code}, f"{where}: {done.code}\n{out!r}\n{err!r}"
        self._remember_secrets()
        return done.code, out, err

    def look_at_files(self) -> None:
        """Look at traces; a record is for whoever may see the namespace."""
        outputs = {str(file): file.read_bytes() for file in self.home.glob("*.trace")}
        self.caught += self.net.catches(outputs)

    def put_secret(self, name: str, contents: Mapping[str, str]) -> None:
        """Make a Secret, or change it."""
        data = encode_data({key: value.encode() for key, value in contents.items()})
        with self._objects() as api:
            obj = {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": "default"},
                "data": data,
            }
            found = {o["metadata"]["name"]: o for o in list_all(api, SECRET, "default")}
            if name in found:
                api.replace(SECRET, {**found[name], "data": data})
            else:
                api.create(SECRET, obj)

    def lose(self, binding: str) -> None:
        """Delete a binding's record and its Secret by hand."""
        with self._objects() as api:
            api.delete(CONFIG_MAP, "default", f"svcat.binding.{binding}")
            api.delete(SECRET, "default", binding)

    def was_in_play(self, name: str) -> bool:
        """Whether a canary went over the wire or into a Secret at all."""
        core = self.net.canaries[name][:14].encode()
        logins = [seen.headers.get("authorization", "") for seen in self.broker.server.requests]
        decoded = b"".join(
            base64.b64decode(login.removeprefix("Basic "))
            for login in logins
            if login.startswith("Basic ")
        )
        server = self.broker.server
        places = (server.received, self.broker.said, decoded, self.in_secrets(), self.typed)
        return any(core in place for place in places)

    def in_secrets(self) -> bytes:
        """All that ever was in Secrets of this store."""
        return b"\0".join(self.secrets_seen)

    def _remember_secrets(self) -> None:
        with self._objects() as api:
            for obj in list_all(api, SECRET, ""):
                for value in (obj.get("data") or {}).values():
                    self.secrets_seen.add(base64.b64decode(value))

    def _objects(self) -> LocalObjects:
        return LocalObjects(self.home / "data" / "svcat" / "local.db")


def _before_dashes(words: tuple[str, ...], flags: tuple[str, ...]) -> list[str]:
    end = words.index("--")
    return [*words[:end], *flags, *words[end:]]


@contextmanager
def staged(home: Path, flags: tuple[str, ...], net: Net) -> Iterator[Stage]:
    """Give a stage; what it started ends with it."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "SVCAT_STORE": "local",
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_RUNTIME_DIR": str(home),
        "SVCAT_BROKER_TIMEOUT": "1",
    }
    with HostileBroker() as server:
        yield Stage(home, net, SingingBroker(server, net), flags, environment)
