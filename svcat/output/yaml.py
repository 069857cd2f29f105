"""YAML out, readable by ``kubectl`` and by our own strict reader."""

from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Block style, two spaces, long text as it is."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML calls it so
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text and text.isprintable() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_multi_representer(str, lambda dumper, text: _text(dumper, str(text)))


def to_yaml(value: Any) -> str:
    """Return ``value`` (JSON types) as one YAML document; keys keep their order."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False
    )
    return text
