"""Ids that can be told apart and are the same in every run."""

from dataclasses import dataclass


@dataclass(slots=True)
class Ids:
    """Ids that differ in their first eight characters, which name a write."""

    who: str
    count: int = 0

    def __call__(self) -> str:
        self.count += 1
        return f"{self.count:03d}{self.who}"
