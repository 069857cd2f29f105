"""Commands as processes of their own that need not start Python: forked from one that is warm.

A whole command spends most of its time on imports; here one process has them done and forks for
each command. ``Zygote.run`` is what ``subprocess.run`` would be; nothing of one command is seen by
the next.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.brokers.process import die_with_parent

_ROOT = Path(__file__).parent.parent.parent
_WARM = ("app", "cli", "clock", "http", "local", "osb", "output", "store")


@dataclass(slots=True)
class Zygote:
    """The warm process; one command at a time."""

    popen: subprocess.Popen[str]

    def run(
        self, words: Sequence[str], stdin: str, environment: Mapping[str, str], cwd: Path
    ) -> tuple[int, str, str]:
        """Run ``svcat WORDS``; its exit code, stdout and stderr."""
        assert self.popen.stdin and self.popen.stdout
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "in").write_text(stdin)
            wish = {"words": words, "env": dict(environment), "cwd": str(cwd), "folder": folder}
            self.popen.stdin.write(json.dumps(wish) + "\n")
            self.popen.stdin.flush()
            code = int(self.popen.stdout.readline())
            return code, (Path(folder) / "out").read_text(), (Path(folder) / "err").read_text()


@contextmanager
def start_zygote() -> Iterator[Zygote]:
    popen = subprocess.Popen(
        [sys.executable, "-m", "tests.osb_rules.zygote"],
        cwd=_ROOT,
        env={"PATH": os.environ["PATH"], "SVCAT_TEST_PARENT": str(os.getpid())},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Zygote(popen)
    finally:
        popen.kill()
        popen.wait()
        for pipe in (popen.stdin, popen.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()


def main() -> None:
    """Fork for every line on stdin; say how each ended."""
    die_with_parent()
    _warm_up()
    for line in sys.stdin:
        wish = SimpleNamespace(**json.loads(line))
        child = os.fork()
        if not child:
            _become(wish)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _warm_up() -> None:
    import importlib
    import pkgutil

    import svcat

    for module in pkgutil.walk_packages(svcat.__path__, "svcat."):
        if module.name.split(".")[1] in _WARM:
            importlib.import_module(module.name)


def _become(wish: Any) -> None:
    folder = Path(wish.folder)
    for number, (name, flags) in enumerate(
        (("in", os.O_RDONLY), ("out", os.O_WRONLY | os.O_CREAT), ("err", os.O_WRONLY | os.O_CREAT))
    ):
        os.dup2(os.open(folder / name, flags, 0o600), number)
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1)
    os.environ.clear()
    os.environ.update(wish.env)
    os.chdir(wish.cwd)
    sys.argv = ["svcat", *wish.words]
    code = _run(wish.words)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _run(words: Sequence[str]) -> int:
    import traceback

    from svcat.cli.main import run

    try:
        run(words)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main()
