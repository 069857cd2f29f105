"""What Tab offers: ``svcat __complete WORDS...``, one ``value<TAB>description`` a line.

The last line, ``:N``, tells the shell's script what to do besides (as kubectl's and cobra's do): 2
no space after the word, 4 no file names. Words are read by ``completion_words``, names come from
``names_on_tab``. Whatever goes wrong, nothing is offered and nothing is said.
"""

import os
import re
import shlex
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from svcat.cli import completion_words
from svcat.cli.groups import DEFAULT_NOUNS

if TYPE_CHECKING:
    import typer

    from svcat.cli.completion_words import Place, Point
    from svcat.cli.invocation import Invocation

PATIENCE_S = 0.8  # a cluster that answers later than that offers nothing; or as the user says:
PATIENCE = "SVCAT_COMPLETION_TIMEOUT"
NO_SPACE, NO_FILES = 2, 4
_LINE = "_SVCAT_LINE"  # for shells that cannot hand over an empty word
# A name from a broker that a shell would read as more than a word is never offered.
_PLAIN = re.compile(r"-{0,2}[A-Za-z0-9_.][A-Za-z0-9_.:/@%+=,-]*\Z")
_LONGEST_ABOUT = 60


class Candidate(NamedTuple):
    """A word to offer; ``goes_on``: more is to be typed right after it."""

    word: str
    about: str = ""
    goes_on: bool = False


class Offer(NamedTuple):
    """What is offered; ``files``: names of files besides."""

    candidates: tuple[Candidate, ...] = ()
    files: bool = False


def run(arguments: Sequence[str], invocation: "Invocation") -> int:
    """Print what could stand in the place of the last of ``arguments``."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, _patience_s(invocation))
    offer, breaks = Offer(), ""
    words: list[str] = [""]
    try:
        words, breaks = _words(list(arguments), invocation)
        offer = offered(words, invocation)
    except Exception:
        if invocation.environ.get("SVCAT_DEBUG"):
            raise
    signal.setitimer(signal.ITIMER_REAL, 0)
    _write(offer, words[-1], breaks)
    return 0


def offered(words: Sequence[str], invocation: "Invocation") -> Offer:
    """Return what could stand in the place of the last word. Raises anything."""
    from svcat.cli import tree

    *before, current = words
    app = tree.leading_to(before)
    place = completion_words.place(app, before, tree.WITH_VALUE)
    if place.waiting:
        root = completion_words.root_of(app)
        waiting = next(p for p in root.params if p.name == place.waiting)
        point = completion_words.Point(place.path, waiting, current, given=place.given)
        return _values(point, invocation)
    if place.is_group:
        nouns = Offer(_matching(_of_group(app, place, current), current))
        noun = DEFAULT_NOUNS.get(place.path[-1], "") if place.path else ""
        return _both(nouns, offered([*before, noun, current], invocation)) if noun else nouns
    leaf = completion_words.leaf(tree.pruned(app, before), place.path)
    point = completion_words.read(leaf, place, current)
    if point.parameter is None and current.startswith("-"):
        return Offer(_matching(_options(leaf.params), current))
    if point.parameter is None:
        return Offer()
    return _values(point, invocation)


def _both(nouns: Offer, meant: Offer) -> Offer:
    """Return what a group offers, and what the noun does that may be left out."""
    known = {each.word for each in nouns.candidates}
    more = (each for each in meant.candidates if each.word not in known)
    return Offer((*nouns.candidates, *more), files=meant.files)


def _of_group(app: "typer.Typer", place: "Place", current: str) -> list[Candidate]:
    """Return the commands of a group, or its options."""
    if not current.startswith("-"):
        return [Candidate(*each) for each in completion_words.commands_of(place.app)]
    if place.path:
        return [Candidate("--help", "Show this message and exit.")]
    return _options(completion_words.root_of(app).params)


def _values(point: "Point", invocation: "Invocation") -> Offer:
    from svcat.cli import names_on_tab

    if names_on_tab.is_file(point.name):
        return Offer(files=True)
    found = names_on_tab.names(point, invocation)
    lead = point.lead
    candidates = (Candidate(f"{lead}{word}", about, goes_on) for word, about, goes_on in found)
    return Offer(_matching(candidates, f"{lead}{point.current}"))


def _options(parameters: Iterable[Any]) -> list[Candidate]:
    found = []
    for parameter in parameters:
        if parameter.param_type_name != "option" or parameter.hidden:
            continue
        for spelling in (*parameter.opts, *parameter.secondary_opts):
            if spelling.startswith("--"):
                found.append(Candidate(spelling, parameter.help or ""))
    return found


def _matching(candidates: Iterable[Candidate], current: str) -> tuple[Candidate, ...]:
    return tuple(
        each for each in candidates if each.word.startswith(current) and _PLAIN.match(each.word)
    )


def _words(arguments: list[str], invocation: "Invocation") -> tuple[list[str], str]:
    """Return the words typed so far, the last one unfinished, and where the shell breaks words."""
    breaks = ""
    if arguments[:1] == ["--breaks"]:
        breaks, arguments = arguments[1], arguments[2:]
    line = invocation.environ.get(_LINE)
    if arguments[:1] == ["--line"]:
        line = arguments[1]
    if line is None:
        return arguments or [""], breaks
    return split(line)[1:] or [""], breaks


def split(line: str) -> list[str]:
    """Return the words of a command line that may end amid a quoted one."""
    for ending in ("", "'", '"'):
        try:
            words = shlex.split(line + ending)
        except ValueError:
            continue
        is_new_word = not ending and line[-1:].isspace()
        return [*words, ""] if is_new_word or not words else words
    return [""]


def _write(offer: Offer, current: str, breaks: str) -> None:
    from svcat.output.safe import safe_line

    start = 0
    if breaks:  # bash has cut the word there already
        start = max((current.rfind(mark) + 1 for mark in "=:" if mark in breaks), default=0)
    for each in offer.candidates:
        about = safe_line(each.about, limit=_LONGEST_ABOUT)
        sys.stdout.write(f"{each.word[start:]}\t{about}\n" if about else f"{each.word[start:]}\n")
    directive = 0 if offer.files else NO_FILES
    if any(each.goes_on for each in offer.candidates):
        directive |= NO_SPACE
    sys.stdout.write(f":{directive}\n")
    sys.stdout.flush()
    os._exit(0)  # a thread that still waits for an answer holds nobody up


def _patience_s(invocation: "Invocation") -> float:
    try:
        seconds = float(invocation.environ.get(PATIENCE, "").removesuffix("s") or PATIENCE_S)
    except ValueError:
        return PATIENCE_S
    return seconds if 0 < seconds <= 60 else PATIENCE_S


def _give_up(number: int, _: object) -> None:
    del number
    raise TimeoutError
