"""The schema model: reading and printing are inverse, and what is no schema is refused with its name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.viewmeta.schema import Alias, Argument, Return, Schema, SchemaError, Type, parse_schema

SETS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=2, unique=True).map(tuple)
ALIASES = st.builds(Alias, SETS, st.booleans(), st.one_of(st.just(()), st.just(("*",)), SETS))
WORDS = st.from_regex(r"[a-z_][a-z0-9_]{0,6}", fullmatch=True)
WRAPS = st.lists(st.sampled_from(["?", "[]", "[3]", "[12]"]), max_size=3).map(tuple)
BASES = st.sampled_from(["int", "SymInt", "Scalar", "bool", "ScalarType", "str", "__torch__.torch.classes.a.B"])
TENSORS = st.builds(Type, st.just("Tensor"), WRAPS)
TYPED = st.one_of(
    st.tuples(st.builds(Type, BASES, WRAPS), st.none()), st.tuples(TENSORS, st.one_of(st.none(), ALIASES))
)
DEFAULTS = st.one_of(
    st.none(), st.sampled_from(["None", "-1", "[0, 1]", "[]", "1e-05", '"a, b)"', "'('", r'"\"["', "contiguous_format"])
)


@st.composite
def schemas(draw):
    count = draw(st.integers(0, 5))
    positional = draw(st.integers(0, count))
    arguments = tuple(
        Argument(draw(WORDS), *draw(TYPED), draw(DEFAULTS), keyword_only=place >= positional) for place in range(count)
    )
    returns = tuple(Return(*draw(TYPED), draw(st.one_of(st.none(), WORDS))) for _ in range(draw(st.integers(0, 3))))
    names = st.one_of(st.just(""), WORDS)
    return Schema(draw(WORDS), draw(names), arguments, returns, draw(names))


@given(schemas())
def test_reading_undoes_printing(schema):
    assert parse_schema(str(schema)) == schema


@pytest.mark.parametrize(
    "text",
    [
        "t(Tensor(a) self) -> Tensor(a)",
        "aten::select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)",
        "split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]",
        "_unpack_dual(Tensor(a) dual, int level) -> (Tensor(a) primal, Tensor tangent)",
        "contiguous(Tensor(a) self, *, MemoryFormat memory_format=contiguous_format) -> Tensor(a)",
        "f(Tensor(a!)? x, Tensor(b|c)[] y, bool[3] mask=[True, False, True]) -> ()",
        r"""_test(Tensor dummy, str a="\"'\\", str b='"\'\\') -> Tensor""",
    ],
)
def test_printing_undoes_reading(text):
    assert str(parse_schema(text)) == text


def test_what_is_read():
    schema = parse_schema("aten::squeeze_.dims(Tensor(a! -> *) self, int[2] dim, *, SymInt[]? size=None) -> Tensor(a!)")
    self, dim, size = schema.arguments
    assert (schema.namespace, schema.name, schema.overload) == ("aten", "squeeze_", "dims")
    assert (schema.operator, schema.qualified, schema.inplace) == ("squeeze_.dims", "aten::squeeze_.dims", True)
    assert self.alias == Alias(("a",), written=True, after=("*",))
    assert (self.written, self.alias.wild, dim.written) == (True, True, False)
    assert (dim.type.listed, dim.type.size, dim.type.optional, dim.keyword_only) == (True, 2, False, False)
    assert (size.type.optional, size.type.inner, size.default, size.keyword_only) == (
        True, Type("SymInt", ("[]",)), "None", True,
    )  # fmt: skip
    assert schema.returns == (Return(Type("Tensor"), Alias(("a",), written=True)),)


@pytest.mark.parametrize(
    ("name", "inplace"), [("squeeze_", True), ("squeeze", False), ("__iand__", True), ("__and__", False)]
)
def test_the_names_of_in_place_variants(name, inplace):
    assert Schema(name, "", (), ()).inplace is inplace


def test_a_plain_type_has_nothing_inside():
    with pytest.raises(ValueError, match="int"):
        _ = Type("int").inner


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "wanted NAME"),
        ("t", "wanted NAME"),
        ("t(Tensor self)", "wanted NAME"),
        ("t(Tensor self) -> ", "wanted a return"),
        ("t(Tensor self) -> (Tensor)", "canonical"),
        ("t(Tensor self,int dim) -> Tensor", "canonical"),
        ("t(Tensor self, *) -> Tensor", "canonical"),
        ("t(Tensor self, *, int a, *, int b) -> Tensor", "wanted an argument"),
        ("t(Tensor) -> Tensor", "wanted an argument"),
        ("t(Tensor self, int dim=) -> Tensor", "wanted an argument"),
        ("t(, Tensor self) -> Tensor", "wanted an argument"),
        ("t(Tensor(A) self) -> Tensor", "alias set"),
        ("t(int(a) self) -> Tensor", "alias set"),
        ("t(Tensor[](a) self) -> Tensor", "wanted a type"),
        ("t(Tensor self, int[ dim) -> Tensor", "missing"),
        ("t(Tensor self) dim) -> Tensor", "closes nothing"),
        ("t(Tensor self, str s='x) -> Tensor", "missing"),
        ("t(Tensor self) -> Tensor 3", "wanted a return"),
        ("a.b.c(Tensor self) -> Tensor", "wanted NAME"),
    ],
)
def test_what_is_no_schema_is_refused(text, says):
    with pytest.raises(SchemaError, match=says) as caught:
        parse_schema(text)
    assert repr(text) in str(caught.value)
