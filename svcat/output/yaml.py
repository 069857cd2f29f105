"""YAML out, readable by ``kubectl`` and by our own strict reader."""

import re
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Block style, two spaces, long text as it is."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML calls it so
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    is_printable = text.replace("\n", "").isprintable()
    style = None if is_printable else '"'  # a raw U+0085 would be read back as a line break
    if is_printable and "\n" in text:
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


# Text that looks like JSON's numbers is quoted too: YAML 1.2 (kubectl) would take it for one.
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z")
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _JSON_NUMBER, list("-0123456789"))
_Dumper.add_representer(str, _text)
_Dumper.add_multi_representer(str, lambda dumper, text: _text(dumper, str(text)))


def to_yaml(value: Any) -> str:
    """Return ``value`` (JSON types) as one YAML document; keys keep their order."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False
    )
    return text
