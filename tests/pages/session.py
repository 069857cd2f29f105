"""A page's commands as one real shell session, with the names of the page standing for ours.

Pages say ``http://127.0.0.1:8080`` for the bundled broker (one that the page starts itself with
``svcat broker serve … &``, else one that runs already), ``https://broker.example.com`` for a broker
with the login ``svcat`` and the password in ``./password`` and ``$BROKER_PASSWORD``, ``team-a`` for
the current namespace and ``svcat-system`` for the system namespace.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.pages.blocks import ROOT, Block, Step
from tests.pages.pipelines import pipeline_steps

SERVED = "http://127.0.0.1:8080"
TEAM = "https://broker.example.com"
_MARK = "\x1e"
_HEREDOC = "END_OF_THE_BLOCK"
_NOT_RUN = ("pipx install",)  # lines of pipelines: the network, and this code is installed already


@dataclass(slots=True)
class Session:
    """What is run, in its order; ``names`` are what stands in the page and what there is here."""

    home: Path
    names: dict[str, str]
    environment: dict[str, str] = field(default_factory=dict)
    cluster: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 300.0
    _script: list[str] = field(default_factory=list)
    _steps: list[Step] = field(default_factory=list)
    _is_on_cluster: bool = False

    def add_file(self, block: Block) -> None:
        """Put the block into its file."""
        file = shlex.quote(block.file)
        self._script.append(
            f'mkdir -p "$(dirname {file})"\n'
            f"cat >{file} <<'{_HEREDOC}'\n{self._ours(block.text)}{_HEREDOC}"
        )

    def add_commands(self, block: Block, steps: list[Step]) -> None:
        """Run the commands."""
        if "cluster" in block.words and not self._is_on_cluster:
            self._is_on_cluster = True
            self._script.append("unset SVCAT_STORE")
            self._script += [f"export {k}={shlex.quote(v)}" for k, v in self.cluster.items()]
        for step in steps:
            self._add(step)

    def add_pipeline(self, block: Block) -> None:
        """Run the steps of a pipeline, each in a shell of its own as the runner does."""
        for command in pipeline_steps(block.words["steps"], block.text):
            lines = [line for line in command.splitlines() if not line.startswith(_NOT_RUN)]
            if lines:
                self._add(Step("(set -eu\n" + "\n".join(lines) + "\n)", block))

    @property
    def length(self) -> int:
        """How many steps there are."""
        return len(self._steps)

    @property
    def path(self) -> str:
        """Where programs are looked for: this svcat first."""
        return f"{Path(sys.executable).parent}:{os.environ['PATH']}"

    def run(self) -> list[tuple[Step, str, int]]:
        """Run everything; each step with what it printed and how it ended."""
        script = self.home / ".session.sh"
        script.write_text("\n".join(self._script) + "\n")
        shell = subprocess.Popen(
            ["bash", str(script)],
            env=self._environment(),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            printed, _ = shell.communicate(timeout=self.timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            printed, _ = shell.communicate()
        finally:
            _end(shell.pid)  # brokers in the background
        return self._taken_apart(printed)

    def _add(self, step: Step) -> None:
        self._steps.append(step)
        command = self._ours(step.command)
        self._script.append(f"printf '\\n{_MARK}%s\\n' {len(self._steps)}")
        if command.startswith("svcat broker serve"):
            self._script.append(self._in_background(command.rstrip().removesuffix("&")))
        else:
            self._script.append(f"{{ {command}\n}} 2>&1 </dev/null")
        self._script.append(f"printf '\\n{_MARK}exit %d\\n' $?")

    def _in_background(self, command: str) -> str:
        """Start something that says where it listens, and go on when it has."""
        command = re.sub(r"(svcat broker serve)( --port \d+)?", r"\1 --port 0", command)
        pipe = f".pipe.{len(self._steps)}"
        return (
            f"mkfifo {pipe}\n"
            f"{{ {command.strip()}\n}} >{pipe} 2>>.background.log </dev/null &\n"
            f'exec 9<{pipe}; read -r said <&9; echo "$said"\n'
            'SERVED=${said#listening on }\n[ "$SERVED" != "$said" ]'
        )

    def _ours(self, text: str) -> str:
        for there, here in self.names.items():
            text = text.replace(there, here)
        return text

    def _theirs(self, text: str) -> str:
        for started in re.findall(r"listening on (http://\S+)", text):
            self.names[SERVED] = started
        for there, here in reversed(self.names.items()):
            text = text.replace(here, there)
        return text

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": self.path,
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "XDG_DATA_HOME": str(self.home / "data"),
            "LC_ALL": "C.UTF-8",
            "SVCAT_STORE": "local",
            **self.environment,
        }

    def _taken_apart(self, printed: str) -> list[tuple[Step, str, int]]:
        found: list[tuple[Step, str, int]] = []
        for part in printed.split(_MARK)[1:]:
            head, _, rest = part.partition("\n")
            if head.startswith("exit "):
                step, said, _ = found[-1]
                found[-1] = (step, said, int(head.removeprefix("exit ")))
            else:
                found.append((self._steps[int(head) - 1], self._theirs(rest), -1))
        return found


def _end(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
