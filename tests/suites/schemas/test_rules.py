"""Each rule on the truth of annotations holds of an honest operator and fails of a lying one."""

import pytest
import torch
from exported_evidence import failing, unseen
from exported_evidence import seen as seen_by_all

from viewproof.catalog.overloads import resolve
from viewproof.contract.installed import all_rules
from viewproof_suites.schemas import targets as schema_truth
from viewproof_suites.schemas.evidence import Aliased, Meeting
from viewproof_suites.schemas.targets import how_returns_alias

#: Operators that lie: the schema, what they do, a sample, and the rules that find it.
LIES = {
    "same": ("(Tensor x) -> Tensor", lambda x: x, "float32[2]", "schema.alias"),
    "part": ("(Tensor x) -> Tensor", lambda x: x[:0], "float32[2]", "schema.alias"),
    "two": ("(Tensor x) -> (Tensor, Tensor)", lambda x: (x + 1).expand(2, -1).unbind(), "float32[2]",
            "schema.returns-apart"),
    "writes": ("(Tensor x) -> Tensor", lambda x: x.add_(1) + 0, "float32[2]", "schema.mutation"),
    "reshapes": ("(Tensor x) -> ()", lambda x: x.unsqueeze_(0) and None, "float32[1]{1}", "schema.mutation"),
    "beside": ("(Tensor x) -> Tensor",
               lambda x: x.new_empty(0).set_(x.untyped_storage()).view(torch.float32).add_(1).clone(),
               "float32[2]:[2]@9", "schema.mutation"),
}  # fmt: skip
#: Rule -> the operator that shows it fail.
PROVED = {"schema.alias": "same", "schema.returns-apart": "two", "schema.mutation": "writes"}
#: Proved by test_an_alias_that_never_happens_is_found.
ALSO_PROVED = ("schema.alias-happens",)


def seen(text, target):
    """The evidence of a sample on a target, asked by the rules of this chapter."""
    return seen_by_all(text, target, "schema.")


@pytest.fixture(scope="module")
def lying():
    library = torch.library.Library("vplies", "FRAGMENT")
    for name, (schema, function, _, _) in LIES.items():
        library.define(f"{name}{schema}")
        library.impl(name, function, "CPU")
    for name, schema, function in (
        ("copies", "(Tensor(a) x) -> Tensor(a)", lambda x: x.clone()),
        ("views", "(Tensor(a) x) -> Tensor(a)", lambda x: x[:]),
        ("sometimes", "(Tensor(a) x) -> Tensor(a)", lambda x: x if x.dim() == 1 else x.clone()),
        ("writes_", "(Tensor(a!) x) -> Tensor(a!)", lambda x: x.add_(1)),
        ("writes_apart_", "(Tensor(a!) x) -> Tensor(a!)", lambda x: x.add_(1).clone()),
    ):
        library.define(f"{name}{schema}")
        library.impl(name, function, "CPU")
    yield library
    library._destroy()
    # An overload that is kept points at what is gone: the next library of this name would be called through it.
    resolve.cache_clear()


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_found_by_its_rule_alone(lying, name):
    _, _, operand, broken = LIES[name]
    assert failing(seen(f"sample(vplies.{name}.default({operand}))", "sampled")) == {broken}


@pytest.mark.parametrize(
    "text",
    [
        "sample(aten.relu.default(float32[2]))",
        "sample(aten.t.default(float32[2,3]))",
        "sample(aten.split.Tensor(float32[3], 2))",
        "sample(aten.add_.Tensor(float32[2], float32[2]))",
        "sample(aten.sort.values(float32[2], values=float32[2], indices=int64[2]))",
        "sample(vplies.views.default(float32[2]))",
    ],
)
def test_the_truth_breaks_nothing(lying, text):
    one = seen(text, "sampled")
    assert {rule.name for rule in one.rules.rules} == set(PROVED)
    assert failing(one) == set()


@pytest.mark.parametrize(
    ("name", "word", "broken"),
    [
        ("copies", "never", {"schema.alias-happens"}),
        ("views", "always", set()),
        ("sometimes", "for some samples", set()),
        ("writes_", "always", set()),
        ("writes_apart_", "never", {"schema.alias-happens"}),
    ],
)
def test_an_alias_that_never_happens_is_found(lying, monkeypatch, name, word, broken):
    """... and one that happens for some inputs alone is told apart, and allowed."""
    from viewproof.samples.cases import parse_sample

    texts = (f"vplies.{name}.default(float32[2])", f"vplies.{name}.default(float32[2,2])")
    monkeypatch.setattr(schema_truth, "sample_calls", lambda _: [parse_sample(text).call for text in texts])
    one = seen(f"samples(vplies.{name}.default)", "sampled")
    assert {rule.name for rule in one.rules.rules} == {"schema.alias-happens"}
    assert one.observed["aliased"] == (Aliased("return 0", word),)
    assert failing(one) == broken


def test_an_operator_that_was_never_run_shows_nothing():
    assert how_returns_alias("aten.t.default", []) == (Aliased("return 0", "no tensor"),)
    one = seen("samples(aten.t.default)", "sampled")
    assert failing(one.with_("aliased", how_returns_alias("aten.t.default", []))) == {"schema.alias-happens"}


#: Each field of ADD's evidence, changed beyond what the schema allows, and the one rule that it breaks.
ADD = "sample(aten.add.Tensor(float32[2], float32[2]))"
OWNERS = [
    ("schema.alias", {"tensor": False}),
    ("schema.alias", {"lies_on": (("other",),)}),
    ("schema.alias", {"lies_on": ((), ())}),
    ("schema.returns-apart", {"together": (Meeting(1, 0, 0, 0),)}),
    ("schema.mutation", {"changed": ("self",)}),
]


@pytest.mark.parametrize(("name", "changes"), OWNERS)
def test_a_field_fails_its_owner_and_no_other(name, changes):
    one = seen(ADD, "sampled")
    assert failing(one) == set()
    assert failing(one.with_("aliasing", one.observed["aliasing"]._replace(**changes))) == {name}


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        (ADD, {"schema.returns-apart"}),
        ("sample(aten.rand.default([3]))", {"schema.alias", "schema.returns-apart", "schema.mutation"}),
        ("sample(aten.t.default(float32[2,3]))", {"schema.alias", "schema.returns-apart"}),
        ("sample(aten.sort.default(float32[3]))", set()),
        ("sample(aten.relu_.default(float32[2]))", {"schema.alias", "schema.returns-apart", "schema.mutation"}),
        ("samples(aten.add.Tensor)", {"schema.alias-happens"}),
        ("samples(aten.t.default)", set()),
    ],
)
def test_what_the_schema_cannot_be_wrong_about_is_unseen(text, nothing):
    assert unseen(seen(text, "sampled")) == nothing


def test_what_torch_raises_is_evidence():
    observed = seen("sample(aten.add.Tensor(float32[2], float32[3]))", "sampled").observed
    assert observed.classes == ("RuntimeError", "Exception")


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the faults are known of torch 2.13")
@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("sample(aten.dropout.default(float32[2], 0.5, False))", "schema.alias"),
        ("sample(aten.where.default(bool[2,2]{1,1,0,1}))", "schema.returns-apart"),
        ("sample(aten.batch_norm_update_stats.default(float32[2,3,4], unit(float32[3]), unit(float32[3]), 0.5))",
         "schema.mutation"),
    ],
)  # fmt: skip
def test_faults_of_torch_are_found(text, broken):
    assert failing(seen(text, "sampled")) == {broken}


def test_every_rule_of_the_chapter_is_here():
    assert {name for name in all_rules() if name.startswith("schema.")} == {*PROVED, *ALSO_PROVED}
