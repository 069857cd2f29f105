"""Options as Go programs take them: ``--wait=true``, ``-A=true``, ``-n=team``, ``-o=json``.

Scripts written for the Go svcat and kubectl spell them so; Typer's switches take no value, and
it takes the ``=`` behind a single letter for a part of the value.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

_YES = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_NO = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_SWITCHES = frozenset(
    {
        "--abandon",
        "--all",
        "--all-namespaces",
        "--client",
        "--kube-name",
        "--no-headers",
        "--quiet",
        "--show-schemas",
        "--show-secrets",
        "--skip-tls",
        "--validate",
        "--wait",
        "--watch",
        "--yes",
        "-A",
        "-k",
        "-q",
        "-w",
        "-y",
    }
)
_ON_BY_DEFAULT = frozenset({"--show-schemas", "--validate", "--wait"})
_REHEARSALS = frozenset({"client", "server"})  # kubectl's --dry-run alone is the client's
_LETTER = re.compile(r"-[bcflnops]=")  # of an option that takes a value


def without_values(words: Sequence[str]) -> list[str]:
    """Return the command line with the original's switches spelled our way."""
    words = list(words)
    end = words.index("--") if "--" in words else len(words)
    pairs = pairwise([*words[:end], ""])
    return [part for word, after in pairs for part in _spelled(word, after)] + words[end:]


def _spelled(word: str, following: str) -> list[str]:
    name, _, value = word.partition("=")
    if word == "--dry-run" and following not in _REHEARSALS:
        return ["--dry-run=client"]
    if _LETTER.match(word):
        return [name, value]
    if name not in _SWITCHES or value not in _YES | _NO:
        return [word]
    if value in _YES:
        return [name]
    return [name.replace("--", "--no-", 1)] if name in _ON_BY_DEFAULT else []
