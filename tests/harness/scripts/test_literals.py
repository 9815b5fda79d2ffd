"""What was read stands in a script as a literal, or in a comment, and as nothing else."""

import ast
import io
import tokenize

import pytest
from hostile import TEXTS
from hypothesis import given
from hypothesis import strategies as st

from viewproof.cases import parse_case
from viewproof.errors import NoScript
from viewproof.scripts.literals import comment, docstring, literal, operator_in_torch
from viewproof.visible import one_line, visible

ANY = st.text(st.characters(codec=None)) | st.sampled_from(list(TEXTS.values()))


def read(source):
    """The tree of a script, read from its bytes, so that a line that names an encoding counts."""
    return ast.parse(source.encode("utf-8"))


@given(ANY, ANY)
def test_a_docstring_holds_whatever_it_is_given(first, last):
    tree = read("\n".join([*docstring([first, "", last]), "import sys", ""]))
    head, rest = tree.body
    assert ast.literal_eval(head.value) == f"{visible(first)}\n\n{visible(last)}\n"
    assert isinstance(rest, ast.Import)


@given(ANY)
def test_a_comment_ends_with_its_line(text):
    source = f"import sys\n\nfound = 1  {comment(text)}\nother = 2\n"
    assert ast.dump(read(source)) == ast.dump(read("import sys\n\nfound = 1\nother = 2\n"))
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    said = [one.string.rstrip() for one in tokens if one.type == tokenize.COMMENT]
    assert said == [f"# {one_line(text)}".rstrip()]


@given(ANY)
def test_a_word_is_a_text(text):
    found = ast.parse(literal(text), mode="eval").body
    if isinstance(found, ast.Attribute):
        assert (found.value.id, found.attr) == ("torch", text)
    else:
        assert ast.literal_eval(found) == text


@pytest.mark.parametrize("value", [object(), parse_case("aten.t.default(float32[2])"), {"a": 1}, b"", (1, {2})])
def test_what_is_no_plain_value_has_no_source(value):
    with pytest.raises(NoScript, match="wanted a number, a word, None or a list"):
        literal(value)


def test_plain_values_read_back():
    for value in (1, -2, True, None, 1.5, 2j):
        assert ast.literal_eval(literal(value)) == value
    assert literal(float("-inf")) == "float('-inf')"
    assert literal(("int32", (1, "cpu"))) == "[torch.int32, [1, 'cpu']]"


def test_an_operator_is_named_also_by_a_word_of_pythons():
    assert operator_in_torch("aten.slice.Tensor") == "torch.ops.aten.slice.Tensor"
    assert operator_in_torch("aten.random.from") == "getattr(torch.ops.aten.random, 'from')"


@pytest.mark.parametrize("name", [*TEXTS.values(), "aten.x", "aten.x.y.z", "aten.x.y()", "aten.x.y\n", "aten. x.y"])
def test_what_is_no_operator_is_refused(name):
    with pytest.raises(NoScript, match="wanted an overload"):
        operator_in_torch(name)
