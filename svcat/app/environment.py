"""Which variables a process gets of bindings: those that a workload would get, as text. Pure.

With one binding the names are those of ``inject --env-all``. With several, names could meet; that
is an error, and ``prefixes_binding`` tells them apart.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from svcat.app import variables
from svcat.app.credentials import Held
from svcat.errors import UsageError
from svcat.osb.models import Confidential
from svcat.store.shape import Pair


class Choice(Struct, frozen=True, kw_only=True):
    """Which credentials become variables, and how those are called."""

    env: tuple[Pair, ...] = ()  # (KEY or BINDING/KEY, variable); none: all credentials
    env_all: bool = False
    prefix: str = ""
    prefixes_binding: bool = False  # db.host of binding my-db becomes MY_DB_HOST


class Variable(Confidential, frozen=True):
    """A variable, and where its value comes from."""

    name: str
    binding: str
    key: str
    value: str


class Environment(Struct, frozen=True):
    """The variables by name, and what became none."""

    variables: tuple[Variable, ...] = ()
    left_out: tuple[str, ...] = ()  # a reason each, for people


def environment_of(bindings: Sequence[Held], choice: Choice) -> Environment:
    """Return the variables that ``choice`` makes of the bindings' credentials. Raises UsageError.

    What cannot be a variable is left out, unless it was asked for by name: then it is an error.
    """
    found: dict[str, Variable] = {}
    left_out: list[str] = []
    if choice.env_all or not choice.env:
        for held in bindings:
            prefix = _prefix(held, choice)
            named, unsafe = variables.all_of(held.contents, prefix)
            left_out += (
                _no_variable(held, key, "such a name changes how programs run") for key in unsafe
            )
            for name, key in named.items():
                _add(found, left_out, name, held, key)
    for key, name in choice.env:
        held, own_key = _holder(key, bindings)
        problem = _problem(held.contents[own_key])
        if problem:
            raise UsageError(f"key {own_key!r} of binding {held.name!r} {problem}", hint=_FILES)
        variables.require_allowed(name)
        found[name] = Variable(name, held.name, own_key, held.contents[own_key].decode())
    return Environment(tuple(found[name] for name in sorted(found)), tuple(left_out))


_FILES = "as a file it can be had: svcat run BINDING -- COMMAND"


def _prefix(held: Held, choice: Choice) -> str:
    own = f"{variables.variable_of(held.name)}_" if choice.prefixes_binding else ""
    return choice.prefix + own


def _add(found: dict[str, Variable], left_out: list[str], name: str, held: Held, key: str) -> None:
    if name in found:
        raise UsageError(
            f"bindings {found[name].binding!r} and {held.name!r} both have variable {name}",
            hint="put each binding's name in front: --prefix-binding; or choose: "
            f"--env {held.name}/{key}=NAME",
        )
    if problem := _problem(held.contents[key]):
        left_out.append(_no_variable(held, key, problem))
    else:
        found[name] = Variable(name, held.name, key, held.contents[key].decode())


def _problem(value: bytes) -> str:
    """Return why ``value`` cannot be a variable's; empty if it can."""
    if b"\0" in value:
        return "holds a NUL byte"
    try:
        value.decode()
    except UnicodeDecodeError:
        return "is not text"
    return ""


def _no_variable(held: Held, key: str, reason: str) -> str:
    return f"no variable is made of {key} of binding {held.name}: {reason}"


def _holder(key: str, bindings: Iterable[Held]) -> tuple[Held, str]:
    """Return whose key ``KEY`` or ``BINDING/KEY`` is, and the key. Raises UsageError."""
    name, slash, own_key = key.rpartition("/")
    known = [held for held in bindings if not slash or held.name == name]
    found = [held for held in known if own_key in held.contents]
    if len(found) == 1:
        return found[0], own_key
    if found:
        holders = " and ".join(held.name for held in found)
        raise UsageError(
            f"bindings {holders} both have a key {own_key!r}",
            hint=f"say whose: --env {found[0].name}/{own_key}=NAME",
        )
    keys = sorted({each for held in known for each in held.contents})
    raise UsageError(
        f"no binding named here has a key {key!r}", hint=f"they have: {', '.join(keys) or 'none'}"
    )
