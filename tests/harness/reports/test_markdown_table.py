"""Nothing that a table is given is rendered: a reader of Markdown gives every cell back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from viewproof.reports.markdown_table import Markup, code, escaped, table
from viewproof.visible import visible

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
#: Short texts that are nearly all markup.
TEXTS = st.text(st.sampled_from("\\`*_|~[](){}<>&#!ab1 \n") | st.characters(codec="utf-8", categories=["L", "N", "P"]))


def cells(text):
    """The cells of the one table in `text`, each by its kinds of tokens and its content."""
    tokens = READER.parse(text)
    assert [token.type for token in tokens if token.level == 0] == ["table_open", "table_close"]
    return [
        ({child.type for child in token.children}, "".join(child.content for child in token.children))
        for token in tokens
        if token.type == "inline"
    ]


@given(TEXTS, TEXTS)
def test_a_cell_comes_back_as_it_was(header, text):
    found = cells(table((header, "of"), [(text, 3)]))
    assert [content for _, content in found] == [" ".join(header.split()), "of", " ".join(text.split()), "3"]
    assert all(kinds <= {"text", "text_special"} for kinds, _ in found)


@given(TEXTS.filter(lambda text: text.strip() and "\\|" not in text))
def test_a_code_span_holds_what_it_is_given(text):
    ((_, _), (kinds, content)) = cells(table(("case",), [(code(text),)]))
    assert kinds == {"code_inline"}
    assert content == visible(" ".join(text.splitlines()))


@pytest.mark.parametrize("text", ["a|b", "a\\|b", "a\\\\|b", "a\\\\\\|b"])
def test_no_bar_ends_a_cell(text):
    assert len(cells(table(("case", "text"), [(code(text), text)]))) == 4


def test_what_is_markdown_is_taken_as_it_is():
    assert table(("a",), [(Markup(f"**{escaped('a*b')}**"),)]).splitlines()[-1] == r"| **a\*b** |"


def test_an_empty_table_is_a_word():
    assert table(("a",), []) == "None."
