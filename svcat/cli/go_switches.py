"""Switches as Go programs take them: ``--wait=true``, ``--show-schemas=false``.

Scripts written for the Go svcat spell them so; Typer's switches take no value.
"""

from collections.abc import Sequence

_YES = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_NO = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_SWITCHES = frozenset(
    {
        "--abandon",
        "--all-namespaces",
        "--client",
        "--kube-name",
        "--show-schemas",
        "--show-secrets",
        "--skip-tls",
        "--wait",
        "--yes",
    }
)
_ON_BY_DEFAULT = frozenset({"--show-schemas", "--wait"})


def without_values(words: Sequence[str]) -> list[str]:
    """Return the command line with the original's switches spelled our way."""
    words = list(words)
    end = words.index("--") if "--" in words else len(words)
    spelled = [respelled for word in words[:end] for respelled in _spelled(word)]
    return spelled + words[end:]


def _spelled(word: str) -> list[str]:
    name, _, value = word.partition("=")
    if name not in _SWITCHES or value not in _YES | _NO:
        return [word]
    if value in _YES:
        return [name]
    return [name.replace("--", "--no-", 1)] if name in _ON_BY_DEFAULT else []
