"""The query grammar of DESIGN, section 3."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof.engine.query import Query, check_query, matches_beginning, matches_whole, parse_query
from viewproof.errors import UsageError


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("views", ("views", "*", "*", "*")),
        ("views/", ("views", "*", "*", "*")),
        ("views/meta", ("views", "meta", "*", "*")),
        ("views/*/layout", ("views", "*", "layout", "*")),
        ("views/meta/layout.size/aten.slice", ("views", "meta", "layout.size", "aten.slice")),
        ("aten.slice", ("*", "*", "*", "aten.slice")),
        ("mine.twist.default", ("*", "*", "*", "mine.twist.default")),
    ],
)
def test_a_query_is_a_result_or_its_beginning(text, parts):
    query = parse_query(text)
    assert (query.suite, query.target, query.rule, query.case) == parts
    assert query.call is None


@pytest.mark.parametrize("before", ["", "views/meta/layout.size/"])
def test_an_exact_case_is_canonical(before):
    query = parse_query(before + "aten.alias.default(float32[3]:[1])")
    assert query.call == "aten.alias.default(float32[3])"
    assert query.takes_operator("aten.alias.default")
    assert not query.takes_operator("aten.alias")


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("layout", "layout.stride", True),
        ("layout.stride", "layout.stride-exact", False),
        ("layout.str*", "layout.stride-exact", True),
        ("aten.slice", "aten.slice.Tensor", True),
        ("aten.slice", "aten.slice_copy.Tensor", False),
        ("aten.s?ice", "aten.slice.Tensor", True),
        ("[a]", "a", False),
        ("[a]", "[a]", True),
    ],
)
def test_names_match_whole_or_cut_at_a_dot(pattern, name, matches):
    assert matches_beginning(pattern, name) is matches


def matches(pattern: str, name: str) -> bool:
    """The same by its definition, in as much time as it takes."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return matches(pattern[1:], name) or (bool(name) and matches(pattern, name[1:]))
    return bool(name) and pattern[0] in {"?", name[0]} and matches(pattern[1:], name[1:])


@given(st.text("ab.*?[", max_size=8), st.text("ab.[", max_size=8))
def test_wild_parts_match_as_they_are_defined(pattern, name):
    assert matches_whole(pattern, name) is matches(pattern, name)


@pytest.mark.parametrize("pattern", ["a*" * 40 + "b", "*a" * 40 + "b", "*" * 4000 + "b", "a?*" * 30 + "b"])
def test_a_pattern_of_many_stars_ends(pattern):
    """Each of these takes longer than the world is old where what was found is sought again."""
    assert not matches_beginning(pattern, "a" * 200)
    assert matches_beginning(pattern, "a" * 200 + "b")


@pytest.mark.parametrize("text", ["", " ", "views//layout", "views/meta/layout.size/aten.slice.Tensor(float32["])
def test_a_malformed_query_is_refused(text):
    with pytest.raises(UsageError):
        parse_query(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("viws", "unknown suite.*'viws'; did you mean views"),
        ("views/metal", "unknown target.*'metal'; did you mean meta"),
        ("views/*/layout.sise", "unknown rule.*'layout.sise'; did you mean layout.size"),
        ("aten.slise", "unknown operator.*'aten.slise'; did you mean aten.slice"),
        ("aten.nothing.default(float32[3])", "unknown operator.*'aten.nothing.default'"),
        ("aten.slice(float32[3])", "case|whole overload"),
    ],
)
def test_what_does_not_exist_is_named(text, said, fake):
    with pytest.raises(UsageError, match=said):
        check_query(parse_query(text), fake.suites())


def test_what_exists_is_taken(fake):
    for text in ("views", "*", "zz*", "views/meta/layout", "aten.slice", "aten.*", "aten.slice.Tensor(float32[3])"):
        check_query(parse_query(text), fake.suites())
    assert Query("*").takes_operator("aten.slice.Tensor")


def test_a_sample_that_does_not_bind_is_a_usage_error(fake):
    suite = replace(fake.suites()["views"], operators=lambda: ("aten.add.Tensor",))
    check_query(parse_query("sample(aten.add.Tensor(float32[2], float32[3]))"), {"views": suite})
    with pytest.raises(
        UsageError, match=r"sample\(aten.add.Tensor\(float32\[2\]\)\).*wanted an argument other, got none"
    ):
        check_query(parse_query("sample(aten.add.Tensor(float32[2]))"), {"views": suite})
