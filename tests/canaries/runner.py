"""Runs commands, each in a process of its own that need not load svcat again: forked, not started.

``python -m tests.canaries.runner`` reads one JSON object a line, ``{"words": [...], "stdin": "",
"explode": "module:Class.method"}``, and answers each with ``{"code", "out", "err"}`` (base64).
``explode`` lets that method raise an error that has in its message whatever it was called with.
"""

import base64
import importlib
import json
import os
import sys
import tempfile
from typing import Any


def main() -> None:
    import svcat.cli.main  # noqa: F401 - loaded once for all

    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)


def run(words: list[str], stdin: str = "", explode: str = "") -> dict[str, Any]:
    new = tempfile.TemporaryFile
    with new() as given, new() as out, new() as err:
        given.write(stdin.encode())
        given.seek(0)
        child = os.fork()
        if child == 0:
            for file, descriptor in ((given, 0), (out, 1), (err, 2)):
                os.dup2(file.fileno(), descriptor)
            _become(words, explode)
        _, status = os.waitpid(child, 0)
        return {"code": os.waitstatus_to_exitcode(status), "out": _read(out), "err": _read(err)}


def _become(words: list[str], explode: str) -> None:
    from svcat.cli import main

    code = 70
    try:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - the process ends with it
        if explode:
            _mine(explode)
        main.run(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _mine(target: str) -> None:
    module, _, path = target.partition(":")
    holder: Any = importlib.import_module(module)
    *above, name = path.split(".")
    for part in above:
        holder = getattr(holder, part)

    def explode(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(f"{name} was called with {_deep(args)} {_deep(kwargs)}")

    setattr(holder, name, explode)


def _deep(value: Any) -> str:
    """All that is in a value, also where its repr is discreet."""
    if isinstance(value, dict):
        return str({str(k): _deep(v) for k, v in value.items()})
    if isinstance(value, list | tuple):
        return str([_deep(member) for member in value])
    fields = getattr(value, "__struct_fields__", None)
    if fields:
        return str({name: _deep(getattr(value, name)) for name in fields})
    return repr(value)


def _read(file: Any) -> str:
    file.seek(0)
    return base64.b64encode(file.read()).decode()


if __name__ == "__main__":
    main()
