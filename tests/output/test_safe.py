"""Foreign text: whatever Unicode holds, nothing that a terminal acts on comes out."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from svcat.output.safe import MAX_LENGTH, safe, safe_json, safe_line
from tests.output.screens import hostile_in

ANYTHING = st.text(alphabet=st.characters(exclude_categories=()))


@given(ANYTHING)
@example("\x1b[2J\x1b]0;owned\x07")
@example("\x9b31m")
@example("\u202eevil\u202c \u2066x\u2069")
@example("\r\x08\x00\x7f")
@example("a\u200bb\ufeff\ud800")
@example("[/x] [red] :bomb:")
def test_no_text_gets_through_as_a_command(text: str) -> None:
    assert hostile_in(safe(text)) == []
    assert hostile_in(safe_line(text)) == []
    assert not set("\n\t\r\v\f") & set(safe_line(text))


@given(ANYTHING)
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    once = safe(text, limit=10_000)
    assert safe(once, limit=10_000) == once


def test_ordinary_text_of_every_language_is_left_alone() -> None:
    for text in ("plain", "naïve Größe", "数据库", "база", "قاعدة", "🐘", "é", "a\nb\tc"):
        assert safe(text) == text


@given(st.text(min_size=MAX_LENGTH + 1, max_size=MAX_LENGTH + 50, alphabet="xü"))
def test_long_text_is_cut(text: str) -> None:
    assert len(safe(text)) == MAX_LENGTH
    assert safe(text).endswith("…")


@given(st.recursive(ANYTHING, st.lists, max_leaves=5))
def test_json_stays_the_same_json(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    shown = safe_json(text)
    assert hostile_in(shown) == []
    assert json.loads(shown) == json.loads(text)
