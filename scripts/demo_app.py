"""A program that uses a database it knows nothing of but the credentials.

usage: demo_app.py BINDING
"""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing


def credentials(binding: str) -> dict[str, str]:
    """Return what is in the binding's Secret."""
    command = ["svcat", "describe", "binding", binding, "--show-secrets", "-o", "json"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, str] = json.loads(answer.stdout)["secretData"]
    return found


def main() -> None:
    """Write a row and read it."""
    with closing(sqlite3.connect(credentials(sys.argv[1])["path"])) as database:
        with database:
            database.execute("CREATE TABLE greetings (words TEXT)")
            database.execute("INSERT INTO greetings VALUES ('hello from a provisioned database')")
        ((words,),) = database.execute("SELECT words FROM greetings").fetchall()
    print(f"read back: {words}")


if __name__ == "__main__":
    main()
