"""README: "Use it", line by line, on a real server, and in a local store."""

import re
import shlex

from tests.e2e.conftest import Offer
from tests.e2e.place import ROOT, Place

# What stands in the README, and what there is here.
HERE = {"--class postgresql": "--class sqlite", "--plan small": "--plan file"}
PIPX = "pipx install ."


def commands() -> list[str]:
    """The lines of the block, without remarks."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    (block,) = [block for block in blocks if PIPX in block]
    return [line.partition(" #")[0].strip() for line in block.splitlines()]


def test_the_commands_of_the_readme_work_in_their_order(place: Place, bundled: Offer) -> None:
    install, *lines = commands()
    assert install == PIPX
    (place.home / "password").write_text(f"{bundled.broker.password}\n")
    urls = {"https://broker.example.com": bundled.broker.url, "username svcat": "username platform"}
    for line in lines:
        shown = line
        for there, here in (HERE | urls).items():
            shown = shown.replace(there, here)
        program, *words = shlex.split(shown)
        assert program == "svcat"
        place.run(*words)
    place.run("deregister", "team")
    assert place.objects_of_ours() == []


def test_the_first_thing_that_it_says_to_type_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first = re.findall(r"```console\n(.*?)```", text, re.DOTALL)[0]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in first.splitlines():
        program, word = line.split()
        assert program == "make"
        assert re.search(rf"^{word}:", makefile, re.MULTILINE)
