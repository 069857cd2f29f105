"""A process that writes until it is killed: ``python -m tests.local.writer PATH NAME``.

Each round is several writes, printed when they are confirmed; ``--create`` only opens the file.
"""

import sys
from pathlib import Path

from svcat.errors import AlreadyExists
from svcat.local.client import LocalObjects
from svcat.objects import CONFIG_MAP, NAMESPACE


def write_for_ever(path: Path, name: str) -> None:
    """Count up in one object, and make and delete a namespace with two objects in each round."""
    with LocalObjects(path) as objects:
        place = {"namespace": "ledger", "name": name}
        try:
            objects.create(CONFIG_MAP, {"metadata": place, "data": {"count": "0"}})
        except AlreadyExists:
            pass
        counter = objects.get(CONFIG_MAP, "ledger", name)
        while True:
            count = str(int(counter["data"]["count"]) + 1)
            counter["data"] = {"count": count, "again": count, "bulk": count * 3000}
            counter = objects.replace(CONFIG_MAP, counter)
            print(count, flush=True)
            for box in ("a", "b"):
                place = {"namespace": name, "name": f"{box}-{count}"}
                objects.create(CONFIG_MAP, {"metadata": place})
            objects.delete(NAMESPACE, "", name)


if __name__ == "__main__":
    if sys.argv[1] == "--create":
        print("ready", flush=True)
        sys.stdin.read()
        with LocalObjects(Path(sys.argv[2])) as opened:
            print(opened.get(NAMESPACE, "", "kube-system")["metadata"]["uid"])
    else:
        write_for_ever(Path(sys.argv[1]), sys.argv[2])
