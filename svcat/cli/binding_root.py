"""``$SERVICE_BINDING_ROOT`` for one command: files for us alone, gone when the command has ended.

They are in memory where the system offers that. A lock tells whether a directory is in use: svcat
holds it, and so does the command, which inherits it. What a run that was killed has left is removed
by the next one.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from svcat.errors import SvcatError

Files = Mapping[str, Mapping[str, bytes]]  # by binding, by key

_LOCK = "lock"
_RUN = "run-"


@contextmanager
def binding_root(
    files: Files, environ: Mapping[str, str], warn: Callable[[str], None]
) -> Iterator[Path]:
    """Give a directory with ``files`` in it; it is gone afterwards. Raises SvcatError."""
    base = _base(environ, warn)
    lock = _locked(base / _LOCK)
    try:  # under this lock directories come and go, so that none is half made for others
        _sweep(base)
        run = Path(tempfile.mkdtemp(prefix=_RUN, dir=base))
        held = _locked(run / _LOCK)
        os.set_inheritable(held, True)
    finally:
        os.close(lock)
    try:
        yield _written(files, run / "bindings")
    finally:
        _remove(run, warn)
        os.close(held)


def _base(environ: Mapping[str, str], warn: Callable[[str], None]) -> Path:
    """Return a directory that nobody else can look into, in memory if possible."""
    mine = f"svcat-{os.getuid()}"
    in_memory = [Path("/dev/shm") / mine]  # noqa: S108 - ours alone, see _is_ours_alone
    runtime = Path(environ.get("XDG_RUNTIME_DIR", ""))
    if runtime.is_absolute():
        in_memory.insert(0, runtime / "svcat")
    for place in in_memory:
        if _is_ours_alone(place):
            return place
    on_disk = Path(tempfile.gettempdir()) / mine
    if not _is_ours_alone(on_disk):
        raise SvcatError(
            f"there is no private place for files: {on_disk} cannot be made, or is not yours alone",
            hint="set XDG_RUNTIME_DIR to a directory of yours, or use --no-files",
        )
    warn(f"the credentials are in files on a disk while the command runs: {on_disk}")
    return on_disk


def _is_ours_alone(place: Path) -> bool:
    """Whether ``place`` is, or could be made, a directory that only we can use."""
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
    except OSError:
        return False
    is_private = found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077
    return stat.S_ISDIR(found.st_mode) and is_private and os.access(place, os.W_OK)


def _locked(path: Path) -> int:
    """Return an open file that is locked by us; waits for others."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _sweep(base: Path) -> None:
    """Remove what killed runs left."""
    for left in base.glob(f"{_RUN}*"):
        if not _is_in_use(left):
            shutil.rmtree(left, ignore_errors=True)


def _is_in_use(run: Path) -> bool:
    try:
        descriptor = os.open(run / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _written(files: Files, root: Path) -> Path:
    root.mkdir(mode=0o700)
    for binding, contents in files.items():
        folder = root / binding
        folder.mkdir(mode=0o700)
        for key, value in contents.items():
            if "/" in key or key in {".", ".."}:  # no Secret has such keys
                continue
            descriptor = os.open(folder / key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(value)
    return root


def _remove(run: Path, warn: Callable[[str], None]) -> None:
    try:
        shutil.rmtree(run)
    except OSError as error:
        warn(f"credentials are left in {run}: {error.strerror or error}; remove it yourself")
