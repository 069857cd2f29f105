"""Manifests from files, several documents in one, read as kubectl reads them.

What YAML 1.1 would turn into dates or base-60 numbers stays text, for kubectl leaves it so.
"""

from collections.abc import Iterator
from typing import Any

from svcat.cli import input_files
from svcat.errors import UsageError

MAX_BYTES = 16 * input_files.MIB
MOST_NODES = 1_000_000


def read(names: list[str]) -> list[dict[str, Any]]:
    """Return the documents of the files (``-``: standard input), empty ones left out.

    Raises UsageError, which quotes nothing of them.
    """
    return [document for name in names for document in _documents(name)]


def write(documents: list[dict[str, Any]]) -> str:
    """Return the documents as YAML that kubectl takes."""
    from svcat.output.yaml import to_yaml

    return "---\n".join(map(to_yaml, documents))


def _documents(name: str) -> Iterator[dict[str, Any]]:
    import yaml

    text = input_files.read_text(name, "manifests", most=MAX_BYTES)
    try:
        found = list(yaml.load_all(text, Loader=_loader()))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise UsageError(f"{name}{line}: {problem}") from None
    for document in found:
        if document is None:
            continue
        if not isinstance(document, dict):
            raise UsageError(f"{name}: a manifest is an object with apiVersion and kind")
        yield _Copier(name).copied(document)


class _Copier:
    """Writes aliases out, up to a bound: what is shared would be changed in two places."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._left = MOST_NODES

    def copied(self, value: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise UsageError(f"{self._name}: its aliases make it too large")
        if isinstance(value, dict):
            return {_key(key): self.copied(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.copied(inner) for inner in value]
        return value


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return str(key)


def _loader() -> Any:
    import yaml

    class Loader(yaml.CSafeLoader):
        """YAML as Go's reader has it."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001 - PyYAML calls it so
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(keys) != len(set(keys)):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key is given twice", node.start_mark
                )
            return super().construct_mapping(node, deep)

    unwanted = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in unwanted]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }
    _resolve_numbers(Loader)
    return Loader


def _resolve_numbers(loader: Any) -> None:
    import re

    integer = re.compile(r"[-+]?(0|[1-9][0-9]*|0x[0-9a-fA-F]+|0[0-7]+|0o[0-7]+)\Z")
    real = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?\Z")
    loader.add_implicit_resolver("tag:yaml.org,2002:int", integer, list("-+0123456789"))
    loader.add_implicit_resolver("tag:yaml.org,2002:float", real, list("-+.0123456789"))

    def to_int(self: Any, node: Any) -> int:
        text = self.construct_scalar(node).replace("0o", "0")
        return int(text, 8) if re.fullmatch(r"[-+]?0[0-7]+", text) else int(text, 0)

    def to_float(self: Any, node: Any) -> float:
        return float(self.construct_scalar(node))

    loader.add_constructor("tag:yaml.org,2002:int", to_int)
    loader.add_constructor("tag:yaml.org,2002:float", to_float)
