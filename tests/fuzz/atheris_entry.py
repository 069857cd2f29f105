"""Coverage-guided fuzzing of one target, for as long as you like; not part of the suite.

``pip install atheris`` (it has its own compiled parts), then
``python -m tests.fuzz.atheris_entry catalog -max_total_time=600 -rss_limit_mb=300 -timeout=1``.
"""

import sys


def main() -> None:
    """Fuzz the target named first; the rest of the words are libFuzzer's."""
    import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore] # by hand

    with atheris.instrument_imports(include=["svcat"]):
        from tests.fuzz.targets import TARGETS

    name = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"name one of: {', '.join(TARGETS)}")
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
