"""Options that commands share: one spelling, one help text, one meaning."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.app.ports import Patience
    from svcat.store.records import Scope

AllNamespaces = Annotated[
    bool, typer.Option("--all-namespaces", "-A", help="Look in all namespaces.")
]
ReadScope = Annotated[
    str, typer.Option("--scope", help="Look only there: cluster, namespace or all.")
]
WriteScope = Annotated[
    str, typer.Option("--scope", help="cluster: for everybody; namespace: for this one.")
]
FindScope = Annotated[
    str | None, typer.Option("--scope", help="Say which, if both have one: cluster or namespace.")
]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours.")]
NoInput = Annotated[
    bool, typer.Option("--no-input", help="Ask nothing: fail, and name the flag that answers.")
]
BrokerName = Annotated[str, typer.Option("--broker", "-b", help="Only of this broker.")]
KubeName = Annotated[
    bool, typer.Option("--kube-name", "-k", help="Take names for ids, as catalogs have them.")
]
Param = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        "-p",
        metavar="NAME=VALUE",
        help="A parameter, typed by the plan's schema; OUTER.INNER=VALUE for members; repeated "
        "makes a list.",
    ),
]
ParamsJson = Annotated[
    str, typer.Option("--params-json", metavar="JSON", help="All parameters, as a JSON object.")
]
ParamsFile = Annotated[
    list[str] | None,
    typer.Option(
        "--params-file",
        "-f",
        metavar="FILE",
        help="Parameters from a JSON or YAML file; - for stdin.",
    ),
]
ParamSecret = Annotated[
    list[str] | None,
    typer.Option(
        "--secret",
        "-s",
        metavar="SECRET[KEY]",
        help="Parameters from a Secret: a key that holds a JSON object, or, without [KEY], "
        "every key a parameter.",
    ),
]
Timeout = Annotated[
    str,
    typer.Option("--timeout", help="How long to wait, like 90s, 5m, 1h; -1 for ever."),
]
Interval = Annotated[
    str, typer.Option("--interval", help="Ask the broker so often; default 1s, growing to 30s.")
]
Validate = Annotated[
    bool,
    typer.Option(
        "--validate/--no-validate", help="Hold parameters against the plan's schema before sending."
    ),
]
Interactive = Annotated[
    bool, typer.Option("--interactive", help="Ask for the parameters that are not given.")
]
ErrorUnchanged = Annotated[
    bool,
    typer.Option("--error-unchanged", help="Exit with 3 if there was nothing to change."),
]
KeepFailed = Annotated[
    bool,
    typer.Option(
        "--keep-failed",
        "--no-orphan-mitigation",
        help="If it fails, delete nothing at the broker: you want to look first.",
    ),
]
Abandon = Annotated[
    bool,
    typer.Option("--abandon", help="Only forget it here, whatever the broker still holds."),
]
Eject = Annotated[
    bool, typer.Option("--eject", help="Take it out of its workloads first, as eject does.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


class WaitFlags(NamedTuple):
    """Whether and how long to wait for the end."""

    wait: Annotated[
        bool,
        typer.Option(
            "--wait/--no-wait", help="Wait for the end, or only until the broker accepts."
        ),
    ] = True
    timeout: Timeout = "5m"
    interval: Interval = ""

    def patience(self) -> "Patience":
        """Return how long to wait. Raises UsageError."""
        return patience(self.timeout, self.interval, wait=self.wait)


class IgnoredWaitFlags(NamedTuple):
    """What the Go svcat's scripts give to commands that are done when they end."""

    wait: Annotated[
        bool,
        typer.Option("--wait/--no-wait", hidden=True, help="Accepted: it is done when it ends."),
    ] = True
    timeout: Annotated[
        str, typer.Option("--timeout", hidden=True, help="Accepted: there is nothing to wait for.")
    ] = "5m"
    interval: Annotated[
        str,
        typer.Option("--interval", hidden=True, help="Accepted: there is nothing to ask again."),
    ] = "1s"

    def require_sense(self) -> None:
        """Raise UsageError for what would be refused where it counts."""
        patience(self.timeout, self.interval, wait=self.wait)


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(text: str, option: str) -> float:
    """Return a Go-style duration (``1h30m``, ``90s``, ``300``) in seconds. Raises UsageError."""
    import re

    stripped = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", stripped):
        return float(stripped)
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)", stripped)
    if not parts or "".join(f"{n}{u}" for n, u in parts) != stripped:
        raise UsageError(f"invalid {option} value ({text})", hint="for example 90s, 5m or 1h30m")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def patience(timeout: str, interval: str, *, wait: bool) -> "Patience":
    """Return how long to wait. Raises UsageError."""
    from svcat.app.ports import Patience

    timeout_s = -1.0 if timeout.strip() == "-1" else parse_duration(timeout, "--timeout")
    interval_s = parse_duration(interval, "--interval") if interval else None
    if interval_s is not None and interval_s <= 0:
        raise UsageError(f"invalid --interval value ({interval})", hint="at least 100ms")
    return Patience(timeout_s=timeout_s, interval_s=interval_s, wait=wait)


def read_scope(text: str | None) -> "Scope | None":
    """Return the scope to look in; None for all. Raises UsageError."""
    from svcat.store.records import Scope

    if text in {None, "all", ""}:
        return None
    try:
        return Scope(str(text))
    except ValueError:
        raise UsageError(
            f"invalid --scope ({text})", hint="allowed are: cluster, namespace, all"
        ) from None


def write_scope(text: str) -> "Scope":
    """Return the scope to write in. Raises UsageError."""
    scope = read_scope(text)
    if scope is None:
        raise UsageError(f"invalid --scope ({text})", hint="allowed are: cluster, namespace")
    return scope


def read_labels(words: list[str]) -> dict[str, str]:
    """Return labels given as ``name=value``. Raises UsageError."""
    from svcat.store.names import DOMAIN

    labels = dict(word.partition("=")[::2] for word in words)
    for word in words:
        name = word.partition("=")[0]
        if "=" not in word or not name or name.startswith(f"{DOMAIN}/"):
            raise UsageError(
                f"invalid --label value ({word})",
                hint=f"--label team=web; names that begin with {DOMAIN}/ are svcat's own",
            )
    return labels
