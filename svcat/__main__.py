"""``python -m svcat``."""

from svcat.cli.main import program

if __name__ == "__main__":
    program()
