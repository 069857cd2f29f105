"""Where the store's file is, and whether it is safe to keep secrets in it.

The file holds credentials in clear, as Secrets do, so it must be readable by its owner alone, and
nobody else may be able to put another file in its place. Nothing is repaired silently: like
``ssh``, a file or directory that others can reach is refused, with the command that helps.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from svcat.errors import SvcatError


def default_path(environ: Mapping[str, str]) -> Path:
    """``$XDG_DATA_HOME/svcat/local.db``; a relative XDG_DATA_HOME is ignored, as XDG asks."""
    data_home = Path(environ.get("XDG_DATA_HOME", ""))
    if not data_home.is_absolute():
        data_home = Path.home() / ".local" / "share"
    return data_home / "svcat" / "local.db"


def prepared(path: Path) -> Path:
    """Make the file and its directory if they are not there, and check who can reach them.

    Returns the path with symbolic links resolved. Raises SvcatError.
    """
    try:
        real = path.resolve()
        real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_directory(real.parent)
        _make(real)
        _check_file(real)
    except (OSError, RuntimeError) as error:  # RuntimeError: symbolic links in a circle
        reason = getattr(error, "strerror", None) or "the symbolic links form a circle"
        raise SvcatError(f"cannot open the local store {path}: {reason}") from error
    return real


def _make(real: Path) -> None:
    # Never open a file that may be there already: closing it would drop the locks that SQLite
    # holds on it in this process (sqlite.org/howtocorrupt.html, 2.2).
    if real.exists():
        return
    try:
        os.close(os.open(real, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:  # another process was faster
        return


def _check_directory(directory: Path) -> None:
    status = directory.stat()
    _check_owner(directory, status)
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise SvcatError(
            f"the directory {directory} of the local store can be written to by others",
            hint=f"chmod 700 {quote(str(directory))}",
        )


def _check_file(real: Path) -> None:
    status = real.stat()
    if not stat.S_ISREG(status.st_mode):
        raise SvcatError(f"the local store {real} is not a file")
    _check_owner(real, status)
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SvcatError(
            f"the local store {real} holds credentials and can be reached by others",
            hint=f"chmod 600 {quote(str(real))}",
        )


def _check_owner(path: Path, status: os.stat_result) -> None:
    if status.st_uid != os.geteuid():
        raise SvcatError(
            f"{path} belongs to user {status.st_uid}, this command runs as user {os.geteuid()}",
            hint="run svcat as the user who owns the store, or set XDG_DATA_HOME",
        )
