"""``python -m svcat``."""

from svcat.cli.main import run

if __name__ == "__main__":
    run()
