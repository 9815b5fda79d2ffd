"""Each rule on decompositions holds on what torch does, and fails on false evidence and on a seeded fault."""

# A decomposition takes all of its operator's arguments, also one that is seeded and needs none.
# ruff: noqa: PLW0108

import pytest
import torch
from exported_evidence import failing, unseen
from exported_evidence import seen as seen_by_all

from viewproof.contract.installed import all_rules
from viewproof.evidence.probe import ANYTHING, Raised
from viewproof.samples import tables
from viewproof.samples.unvalued import has_no_values
from viewproof_suites.decompositions.evidence import Leaves

RULES = {name for name in all_rules() if name.startswith("decomposition.")}
ADD = "sample(aten.addcmul.default(float32[2,3], float32[2,3], float32[2,3]))"
RESULTS, VALUES, OPERANDS = "sample-results", "sample-values", "sample-operands"


def seen(text, target):
    """The evidence of a sample on a target, asked by the rules of this chapter."""
    return seen_by_all(text, target, "decomposition.")


def first(one, probe, **fields):
    """The evidence, the first row of a probe's data changed."""
    data = one.observed[probe]
    rows = data.tensors if probe == RESULTS else data
    changed = (rows[0]._replace(**fields), *rows[1:])
    return one.with_(probe, data._replace(tensors=changed) if probe == RESULTS else changed)


def results(one, **fields):
    """The evidence, what was returned changed as a whole."""
    return one.with_(RESULTS, one.observed[RESULTS]._replace(**fields))


#: Each field, changed in the true evidence of ADD on the export table beyond what is allowed, and its owner: the one
#: rule that it breaks.
PROVED = OWNERS = [
    ("decomposition.structure", lambda one: results(one, structure="[strided]")),
    ("decomposition.structure", lambda one: results(one, scalars="(3,)")),
    ("decomposition.structure", lambda one: results(one, tensors=())),
    ("decomposition.size", lambda one: first(one, RESULTS, size=(3, 2))),
    ("decomposition.stride", lambda one: first(one, RESULTS, stride=(1, 2))),
    ("decomposition.stride", lambda one: first(one, RESULTS, stride=())),
    ("decomposition.dtype", lambda one: first(one, RESULTS, dtype="float64")),
    ("decomposition.dtype", lambda one: first(one, RESULTS, bits="~neg")),
    ("decomposition.dtype", lambda one: first(one, RESULTS, layout="sparse_coo")),
    ("decomposition.dtype", lambda one: first(one, RESULTS, device="meta")),
    ("decomposition.aliasing", lambda one: first(one, RESULTS, on="self")),
    ("decomposition.aliasing", lambda one: first(one, RESULTS, beside=0)),
    ("decomposition.values", lambda one: first(one, VALUES, data=bytes(24))),
    ("decomposition.values", lambda one: first(one, VALUES, data=b"")),
    ("decomposition.inputs", lambda one: first(one, OPERANDS, written=True)),
    ("decomposition.inputs", lambda one: first(one, OPERANDS, geometry=((6,), (1,), 0, "float32"))),
    ("decomposition.inputs", lambda one: first(one, OPERANDS, content=bytes(24))),
    ("decomposition.closed", lambda one: one.with_("leaves", Leaves(("aten.addcdiv.default",), ()))),
    ("decomposition.functional", lambda one: one.with_("leaves", Leaves((), ("aten.copy_.default",)))),
]
#: Proved by test_free_strides_are_a_rule_of_their_own.
ALSO_PROVED = ("decomposition.stride-exact",)


@pytest.mark.parametrize(("name", "doctor"), OWNERS)
def test_a_field_fails_its_owner_and_no_other(name, doctor):
    one = seen(ADD, "decomposed-export")
    assert {rule.name for rule in one.rules.rules} == RULES
    assert failing(one) == set()
    assert failing(doctor(one)) == {name}


def test_every_rule_is_proved():
    assert {name for name, _ in OWNERS} | {*ALSO_PROVED} == RULES


def test_what_is_left_open_fails_nothing():
    one = seen(ADD, "decomposed-export")
    assert failing(first(one, RESULTS, offset=7)) == set(), "an offset on a storage of its own"
    near = bytearray(one.observed[VALUES][0].data)
    near[0] ^= 1
    assert failing(first(one, VALUES, data=bytes(near))) == set()
    of_another = first(one, VALUES, of="tensor 0 of strided: float64[2, 3]", data=bytes(48))
    assert failing(of_another) == set(), "of another dtype values are not compared: the other probe shows that"


def test_where_there_is_nothing_to_compare():
    assert unseen(seen(ADD, "decomposed-export")) == {"decomposition.stride-exact"}
    empty = unseen(seen(ADD.replace("2,3", "0,3"), "decomposed"))
    assert empty == {"decomposition.values", "decomposition.stride"}
    assert unseen(seen("sample(aten.addcmul_.default(float32[2], float32[2], float32[2]))", "decomposed")) == {
        "decomposition.stride-exact"
    }
    written = seen("sample(aten.silu_.default(float32[2]))", "decomposed-export")
    assert written.expected["leaves"].writing is ANYTHING
    assert "decomposition.functional" in unseen(written)


def test_free_strides_are_a_rule_of_their_own():
    for size in ("1,3", "0,3"):
        one = seen(ADD.replace("2,3", size), "decomposed")
        assert failing(one) == set()
        assert failing(first(one, RESULTS, stride=(7, 1))) == {"decomposition.stride-exact"}


@pytest.mark.parametrize("target", ["decomposed", "decomposed-export", "decomposed-meta"])
def test_a_decomposition_that_conforms_breaks_nothing(target):
    one = seen(ADD, target)
    assert one.rules.rules
    assert failing(one) == set()


def seeded(monkeypatch, fault, text=ADD, target="decomposed"):
    """The rules that a decomposition put in the place of torch's breaks."""
    operator = text.removeprefix("sample(").partition("(")[0]
    monkeypatch.setitem(tables.registered(), operator, fault)
    namespace, name, overload = operator.split(".")
    monkeypatch.setitem(tables.export_table(), getattr(getattr(getattr(torch.ops, namespace), name), overload), fault)
    return failing(seen(text, target))


def true(x, a, b):
    return x + a * b


@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        (lambda x, a, b: true(x, a, b).t().contiguous().t(), {"decomposition.stride"}),
        (lambda x, a, b: true(x, a, b) + 1e-3, {"decomposition.values"}),
        (lambda x, a, b: true(x, a, b).double(), {"decomposition.dtype"}),
        (lambda x, a, b: true(x, a, b)[None], {"decomposition.size"}),
        (lambda x, a, b: [true(x, a, b)], {"decomposition.structure"}),
        (lambda x, a, b: x.add_(a * b), {"decomposition.aliasing", "decomposition.inputs"}),
        (lambda x, a, b: x, {"decomposition.aliasing", "decomposition.values"}),
    ],
)
def test_a_seeded_fault_is_found(monkeypatch, fault, broken):
    assert seeded(monkeypatch, lambda x, a, b, *, value=1: fault(x, a, b)) == broken


def test_a_decomposition_into_a_table_operator_or_a_write_is_found(monkeypatch):
    def into_the_table(x, a, b, *, value=1):
        return x + torch.ops.aten.addcdiv.default(torch.zeros_like(x), a * b, torch.ones_like(x))

    monkeypatch.setitem(tables.export_table(), torch.ops.aten.addcdiv.default, lambda *_, **__: NotImplemented)
    assert seeded(monkeypatch, into_the_table, target="decomposed-export") == {"decomposition.closed"}
    written = seeded(monkeypatch, lambda x, a, b, *, value=1: (a * b).add_(x), target="decomposed-export")
    assert written == {"decomposition.functional"}


@pytest.mark.parametrize("target", ["decomposed", "decomposed-meta"])
def test_a_call_that_its_operator_refuses_fails(monkeypatch, target):
    text = "sample(aten.add.Tensor(float32[2], float32[3]))"
    assert seen(text, target).observed.classes[0] == "RuntimeError", "so does the decomposition"
    monkeypatch.setitem(tables.registered(), "aten.add.Tensor", lambda one, other, *, alpha=1: one)
    one = seen(text, target)
    assert failing(one) == {"decomposition.structure"}
    assert unseen(one) == {rule.name for rule in one.rules.rules} - {"decomposition.structure"}
    (structure,) = [rule for rule in one.rules.rules if rule.name == "decomposition.structure"]
    found = structure.check(one.expected[RESULTS], one.observed[RESULTS])
    assert found.expected == "the operator runs"
    assert found.shape == "operator raises RuntimeError"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("given", [None, 7, []])
def test_an_operator_that_returns_no_tensor_buys_no_pass(given):
    """What its schema declares is there to compare, also where the decomposition goes wrong alike."""
    text = "sample(aten.silu.default(float32[2]))"
    with torch.library._scoped_library("aten", "IMPL") as library:
        library.impl("silu", lambda self: given, "CPU")
        one = seen(text, "decomposed")
        (structure,) = [rule for rule in one.rules.rules if rule.name == "decomposition.structure"]
        alike = one.observed[RESULTS]._replace(structure=one.expected[RESULTS].structure, tensors=())
        for observed in (one.observed[RESULTS], alike):
            assert structure.check(one.expected[RESULTS], observed) is not None


def test_what_torch_raises_is_evidence(monkeypatch):
    monkeypatch.setitem(tables.registered(), "aten.addcmul.default", lambda x: x)
    observed = seen(ADD, "decomposed").observed
    assert isinstance(observed, Raised)
    assert observed.classes == ("TypeError", "Exception")


@pytest.mark.parametrize(
    "fault",
    [None, 7, "words", [], torch.ones(2).to_sparse(), torch.empty(2, device="meta"), torch.ones(3, dtype=torch.bool)],
)
def test_a_result_of_any_type_is_evidence(monkeypatch, fault):
    assert seeded(monkeypatch, lambda x, a, b, *, value=1: fault)


def test_a_result_that_leaves_its_storage_is_not_read(monkeypatch):
    def shrunk(x, a, b, *, value=1):
        made = x.clone()
        made.untyped_storage().resize_(4)
        return made

    assert seeded(monkeypatch, shrunk) == {"decomposition.values"}


def test_a_decomposition_of_a_view_is_a_view_of_the_same_positions(monkeypatch):
    text = "sample(aten.select.int(float32[3,4], 0, 1))"
    monkeypatch.setitem(tables.registered(), "aten.select.int", lambda x, dim, index: x[index + 1])
    assert failing(seen(text, "decomposed")) == {"decomposition.aliasing", "decomposition.values"}
    monkeypatch.setitem(tables.registered(), "aten.select.int", lambda x, dim, index: x[index].clone())
    assert failing(seen(text, "decomposed")) == {"decomposition.aliasing"}


def test_random_operators_are_compared_by_shape_and_dtype_alone(monkeypatch):
    assert has_no_values("aten.bernoulli.default")
    assert has_no_values("aten.empty_like.default")
    assert not has_no_values("aten.relu.default")
    text = "sample(aten.bernoulli.default(unit(float32[20])))"
    assert "decomposition.values" not in {rule.name for rule in seen(text, "decomposed").rules.rules}
    assert seeded(monkeypatch, lambda x, generator=None: torch.zeros_like(x), text) == set()
    assert seeded(monkeypatch, lambda x, generator=None: x.new_zeros(3), text) == {"decomposition.size"}


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the faults are known of torch 2.13")
@pytest.mark.parametrize(
    ("text", "target", "broken"),
    [
        ("sample(aten._weight_norm_interface.default(float32[3], float32[3]))", "decomposed", "decomposition.size"),
        ("sample(aten.native_dropout.default(float32[0], 0.5, True))", "decomposed", "decomposition.dtype"),
        ("sample(aten.native_dropout.default(float32[3], 0.5, False))", "decomposed", "decomposition.aliasing"),
        ("sample(aten.isin.Tensor_Scalar(int64[2,3]:[1,2], 2))", "decomposed-meta", "decomposition.stride"),
        ("sample(aten._softmax.out(float32[5]:[2]+1, 0, False, out=float32[5]:[2]+1))", "decomposed",
         "decomposition.values"),
    ],
)  # fmt: skip
def test_faults_of_torch_are_found(text, target, broken):
    assert broken in failing(seen(text, target))
