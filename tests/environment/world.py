"""A ready instance, bindings with the credentials that a test wants, and terminals."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.brokers.hostile import Answer
from tests.cli_updates.svcat import Done, Svcat, ToldBroker


@dataclass(frozen=True, slots=True)
class World:
    svcat: Svcat
    broker: ToldBroker
    runtime: Path  # XDG_RUNTIME_DIR
    answer: Callable[..., Answer]

    def bind(self, credentials: dict[str, Any], name: str = "db", **more: Any) -> None:
        self.broker.tell("PUT", self.answer(201, {"credentials": credentials, **more}))
        self.svcat.run("bind", "db", "--name", name)

    def run(self, *words: str, code: int | None = 0, stdin: str = "") -> Done:
        return self.svcat.run(*words, code=code, stdin=stdin)

    def command(self, *words: str) -> list[str]:
        """How to start ``svcat`` by hand."""
        return [sys.executable, "-m", "svcat", *words]

    def start(self, *words: str, **how: Any) -> "subprocess.Popen[str]":
        """Start a command without waiting for its end."""
        return subprocess.Popen(
            self.command(*words),
            env=self.svcat.full_environment(),
            cwd=self.svcat.home,
            text=True,
            **how,
        )

    def on_a_terminal(self, *words: str) -> str:
        """What a command shows on a terminal, stderr too."""
        ours, theirs = pty.openpty()
        process = self.start(*words, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # Linux says so when the other side has gone
            pass
        finally:
            os.close(ours)
        process.wait(timeout=30)
        return shown.decode()
