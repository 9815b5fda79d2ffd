"""A case that a user names is checked before anything runs: its call, its kinds of base, its size."""

import random
import re

import pytest

from viewproof.cases import CaseSyntaxError, format_case, parse_case
from viewproof.contract.installed import own_suites
from viewproof.engine.named_case import check_named
from viewproof.errors import UsageError

HUGE = 2**40


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("aten.t.default()", "wanted an argument self, got none; the schema is aten::t(Tensor(a) self) -> Tensor(a)"),
        ("samples(aten.sum.defaullt)", "operator 'aten.sum.defaullt': torch "),
        ("schema(aten.sum.defaullt)", "operator 'aten.sum.defaullt': torch "),
        ("sample(aten.sum.defaullt(float32[2]))", "operator 'aten.sum.defaullt': torch "),
        ("module(aten.add.Tensor(float32[2], float32[2]))", "wanted an operator that has a layout rule, got aten.add."),
        ("aten.add.Tensor(float32[2], float32[2])", "wanted an operator that has a layout rule, got aten.add.Tensor"),
        ("aten.view.dtype(float32[2], float)", "argument dtype: wanted ScalarType, got float"),
        ("aten.view.dtype(float32[2], int4)", "argument dtype: wanted ScalarType, got int4"),
        ("aten.t.default(int64[2,2]{1,2,3,4})", "self: wanted a strided tensor without known values"),
        ("aten.t_copy.default(int64[2,2]{1,2,3,4})", "self: wanted a strided tensor without known values"),
        ("aten.narrow.Tensor(float32[5], 0, int64[], 2)", "start: wanted a tensor with known values"),
        ("aten.t.default(sparse_coo([2,2], indices=int64[2,1]{0,1}, values=float32[1]))", "got a sparse tensor"),
        ("aten.contiguous.default(dual(float32[2], None))", "got a dual tensor"),
        ("aten.values.default(dual(float32[2], None))", "or a strided tensor without known values, got a dual tensor"),
        (f"aten.t.default(float32[{HUGE}])", f"at most 4194304 elements, which are all read; got one of {HUGE}"),
        ("aten.t.default(float32[1048576,1048576]:[0,0])", f"got one of {HUGE}"),
        (f"aten.expand.default(float32[1], [{HUGE}])", f"got one of {HUGE}"),
        (f"module(aten.t.default(float32[{HUGE}]))", f"got one of {HUGE}"),
        (f"module(aten.expand.default(float32[1], [{HUGE}]))", f"got one of {HUGE}"),
        ("module(aten.t.default(int64[2,2]{1,2,3,4}))", "self: wanted a strided tensor without known values"),
        (f"sample(aten.abs.default(unit(float32[{HUGE}])))", f"got one of {HUGE}"),
        (f"aten.t.default(float32[2,2]@{HUGE})", "of memory can hold, got 67108864 MiB"),
        (f"aten.tensor_split.sections(int16[1], {HUGE}, 0)", f"wanted at most 1048576 pieces, got {HUGE}"),
        (f"aten.chunk.default(int16[0], {HUGE}, 0)", f"wanted at most 1048576 pieces, got {HUGE}"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_said_at_once(name, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        check_named(parse_case(name))


@pytest.mark.parametrize(
    "name",
    [
        "aten.t.default(float32[2,3])",
        # The reference refuses them, and so does torch: that is a verdict.
        "aten.t.default(float32[2,2,2])",
        "aten.coalesce.default(float32[2])",
        "aten.narrow.Tensor(float32[5], 0, int64[]{1}, 2)",
        "aten.chunk.default(int16[3], 4611686018427387904, 0)",
        "samples(aten.add.Tensor)",
        "module(cond)",
    ],
)
def test_what_can_be_run_is_let_through(name):
    check_named(parse_case(name))


def test_so_is_every_generated_case():
    """What binds and what a rule takes is no list of ours: the sweep has calls of both kinds, and all samples."""
    for suite in own_suites().values():
        for operator in suite.operators():
            for family in suite.families(operator, "quick"):
                for case in suite.cases(operator, family, "quick"):
                    check_named(case)


TOKEN = re.compile(r"[A-Za-z_]\w*|-?\d+|.", re.DOTALL)
ODD = [
    "-1", "9223372036854775807", "9223372036854775808", "9" * 5000, "nan", "inf", "1e999", "None", "True", "cpu",
    "int32", "[", "]", "(", ")", "$0", "~conj", "{1}", "@7", "'x'", '"""', "\x1b[2J", "\ud800", "float32[2,3]",
    "dual(float32[2], None)", "sparse_coo([2,2], indices=int64[2,1]{0,1}, values=float32[1])",
    "nested(buffer=float32[6], sizes=[[2],[4]])",
]  # fmt: skip


@pytest.fixture(scope="module")
def names():
    choose = random.Random(0)  # noqa: S311  no secret
    found = set()
    for suite in own_suites().values():
        for operator in choose.sample(suite.operators(), min(60, len(suite.operators()))):
            family = choose.choice(suite.families(operator, "quick"))
            found.update(format_case(case) for case in list(suite.cases(operator, family, "quick"))[:3])
    return sorted(found)


@pytest.mark.parametrize("seed", range(8))
def test_a_changed_name_is_read_as_what_it_says_or_refused(names, seed):
    """Thousands of names, each one to three changes away from a generated one: nothing else is ever raised."""
    choose = random.Random(seed)  # noqa: S311  no secret
    pool = [token for name in choose.sample(names, 200) for token in TOKEN.findall(name)] + ODD * 20
    read = 0
    for _ in range(500):
        tokens = TOKEN.findall(choose.choice(names))
        for _ in range(choose.randint(1, 3)):
            place = choose.randrange(len(tokens))
            change = choose.randrange(4)
            if change == 0:
                tokens[place] = ""
            elif change == 1:
                tokens.insert(place, choose.choice(pool))
            elif change == 2:
                tokens[place] = choose.choice(pool)
            else:
                other = choose.randrange(len(tokens))
                tokens[place], tokens[other] = tokens[other], tokens[place]
        said = ""
        try:
            case = parse_case("".join(tokens))
            read += parse_case(format_case(case)) == case
            check_named(case)
        except (CaseSyntaxError, UsageError) as error:
            said = str(error)
        assert len(said) < 1500, said
    assert read, "some changes leave a name"
