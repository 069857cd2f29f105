"""The one writer of results: a View in the format asked for, on stdout.

Libraries for a format are loaded when that format is asked for.
"""

import json
from typing import TextIO

from svcat.output.safe import safe, safe_json, safe_line, safe_yaml
from svcat.output.text import to_text
from svcat.output.view import Format, Style, View


def render(
    view: View, wanted: Format, out: TextIO, *, headers: bool = True, colour: bool = False
) -> None:
    """Write ``view`` to ``out``; custom columns are those of its table (``with_columns``)."""
    match wanted.style:
        case Style.JSON:
            out.write(safe_json(json.dumps(view.obj, indent=2, ensure_ascii=False)) + "\n")
        case Style.YAML:
            from svcat.output.yaml import to_yaml

            documents = view.documents or (view.obj,)
            out.write(safe_yaml("---\n".join(map(to_yaml, documents))))
        case Style.NAME:
            out.writelines(f"{safe_line(name)}\n" for name in view.names)
        case Style.JSONPATH:
            from svcat.jsonpath import evaluate

            out.write(_for(out, evaluate(wanted.path, view.obj)))
        case Style.TABLE | Style.WIDE | Style.CUSTOM_COLUMNS:
            is_wide = wanted.style is Style.WIDE
            if out.isatty():
                from svcat.output.table import draw

                draw(view.blocks, out, wide=is_wide, headers=headers, colour=colour)
            else:
                out.write(to_text(view.blocks, wide=is_wide, headers=headers, colour=colour))


def _for(out: TextIO, text: str) -> str:
    """Leave text for a script as it is; a terminal must not act on it."""
    return safe(text, limit=len(text)) if out.isatty() else text
