"""``--dry-run``: the real command over ports that note instead of act, and then what they noted.

``client`` writes nothing and asks no broker anything. ``server`` besides lets the API server judge
each write without making it (``dryRun=All``: rights, quotas, admission), and may read a broker.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.cli.call import Call
    from svcat.osb.rehearsal import Sent
    from svcat.store.rehearsal import Written

CLIENT = "client"
SERVER = "server"
CURL = "curl"


@dataclass(slots=True)
class Rehearsal:
    """What a command would have done so far, in order."""

    mode: str
    steps: "list[Written | Sent]" = field(default_factory=list)
    from_secrets: set[str] = field(default_factory=set)  # names of parameters not to be shown
    slept_s: float = 0.0

    @property
    def reads_brokers(self) -> bool:
        """Whether a broker may be asked for what changes nothing."""
        return self.mode == SERVER

    def note(self, step: "Written | Sent") -> None:
        """Note a step."""
        self.steps.append(step)

    def note_names(self, names: list[str]) -> None:
        """Note parameters that come from a Secret."""
        self.from_secrets.update(names)

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting."""
        self.slept_s += seconds


def parse(text: str | None, output: str) -> Rehearsal | None:
    """Return the rehearsal that ``--dry-run`` asks for. Raises UsageError."""
    if text is None and output == CURL:
        raise UsageError(
            "-o curl shows what would be sent, and sends nothing",
            hint="say so: --dry-run=client -o curl",
        )
    if text is None:
        return None
    if text not in {CLIENT, SERVER}:
        raise UsageError(f"invalid --dry-run ({text})", hint="allowed are: client, server")
    return Rehearsal(text)


def rehearse(call: "Call", rehearsal: Rehearsal, function: Callable[..., None], given: Any) -> None:
    """Run a command's function for show: it neither waits nor asks, and its result is not shown."""
    from svcat.output.dry_run import curl_commands, dry_run_view
    from svcat.output.safe import safe

    settled = {"wait": False, "yes": True}
    function(call, **{name: settled.get(name, value) for name, value in given.items()})
    secrets = frozenset(rehearsal.from_secrets)
    if call.invocation.output == CURL:
        text = curl_commands(rehearsal.steps, secrets)
        call.invocation.out.write(safe(text, limit=len(text)))
        return
    call.render(dry_run_view(rehearsal.mode, rehearsal.steps, secrets))
