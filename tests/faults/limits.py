"""What a command's process is denied; called in it before the command begins."""

import resource


def no_file_longer_than(size: str) -> None:
    """Let writing beyond ``size`` bytes fail, as on a broken disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
