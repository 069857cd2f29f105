"""A terminal and a pipe to write to, and what neither may ever get."""

import io
import unicodedata
from typing import TextIO

FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Terminal(io.StringIO):
    """Something that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def screens() -> list[TextIO]:
    return [Terminal(), io.StringIO()]


def written(out: TextIO) -> str:
    assert isinstance(out, io.StringIO)
    return out.getvalue()


def hostile_in(text: str) -> list[str]:
    """The characters in ``text`` that a terminal would act on."""
    return [c for c in text if c not in "\n\t" and unicodedata.category(c) in FORBIDDEN]
