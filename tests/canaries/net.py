"""Canaries: texts that must not come out, and a net that knows them in every usual disguise."""

import base64
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Catch:
    """A canary that came out."""

    canary: str  # its name
    disguise: str
    where: str


@dataclass(slots=True)
class Net:
    """Makes canaries by name, always the same; finds them in what came out."""

    canaries: dict[str, str] = field(default_factory=dict)
    searched: int = 0  # bytes

    def canary(self, name: str) -> str:
        """A text that needs escapes wherever text is escaped; its core needs none."""
        if name not in self.canaries:
            self.canaries[name] = f'{self._core(name)}/é"\\&+ %$'
        return self.canaries[name]

    def plain(self, name: str) -> str:
        """A canary of letters and digits only, for headers and names."""
        if name not in self.canaries:
            self.canaries[name] = self._core(name)
        return self.canaries[name]

    def catches(self, outputs: Mapping[str, bytes]) -> list[Catch]:
        """What of all canaries is in ``outputs``, and where."""
        found = []
        for where, output in outputs.items():
            self.searched += len(output)
            for name, text in self.canaries.items():
                for disguise, form in disguises(text):
                    if form in output:
                        found.append(Catch(name, disguise, where))
                        break
        return found

    @staticmethod
    def _core(name: str) -> str:
        return "".join(random.Random(f"canary {name}").choices(_LETTERS, k=14))


def disguises(text: str) -> Iterator[tuple[str, bytes]]:
    """Give ``text`` as it may look after it went through an encoder."""
    core = text[:14]
    yield "plain", text.encode()
    yield "its core", core.encode()
    yield "cut off", core[:8].encode()
    yield "URL", quote(text, safe="").encode()
    yield "URL form", quote_plus(text).encode()
    yield "JSON", json.dumps(text)[1:-1].encode()
    yield "repr", repr(text)[1:-1].encode()
    for offset in range(3):
        # Of the text within a longer one; the first and last characters depend on neighbours.
        raw = b"x" * offset + core.encode()
        inside = base64.b64encode(raw)[4 if offset else 0 : len(raw) // 3 * 4]
        yield f"base64 at {offset}", inside
        yield (
            f"base64url at {offset}",
            base64.urlsafe_b64encode(raw)[4 if offset else 0 : len(raw) // 3 * 4],
        )
    yield "hex", core.encode().hex().encode()
    yield "backwards", core[::-1].encode()
