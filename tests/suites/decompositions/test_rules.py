"""Each rule on decompositions holds on what torch does, and fails on a false observation and on a seeded fault."""

# A decomposition takes all of its operator's arguments, also one that is seeded and needs none.
# ruff: noqa: PLW0108

from dataclasses import replace

import msgspec
import pytest
import torch
from rule_doctoring import failing
from rule_doctoring import seen as seen_by_all

from viewproof.contract.installed import all_rules
from viewproof.samples import tables
from viewproof.samples.unvalued import has_no_values

RULES = {name for name in all_rules() if name.startswith("decomposition.")}
ADD = "sample(aten.addcmul.default(float32[2,3], float32[2,3], float32[2,3]))"


def seen(text, target):
    """What a target shows of a sample, and the rules of this chapter that apply."""
    subject, observation, rules = seen_by_all(text, target)
    return subject, observation, [rule for rule in rules if rule.name.startswith("decomposition.")]


def doctored(observation, **answers):
    return replace(observation, answers=msgspec.structs.replace(observation.answers, **answers))


def changed(observation, **fields):
    """The observation, the decomposition's first tensor changed."""
    ran = observation.answers.decomposition
    tensors = (ran.tensors[0]._replace(**fields), *ran.tensors[1:])
    return doctored(observation, decomposition=ran._replace(tensors=tensors))


def left(observation, **fields):
    """The observation, the first operand left otherwise by the decomposition."""
    ran = observation.answers.decomposition
    operands = (ran.left[0]._replace(**fields), *ran.left[1:])
    return doctored(observation, decomposition=ran._replace(left=operands))


def ran(observation, **fields):
    """The observation, the decomposition's execution changed."""
    return doctored(observation, decomposition=observation.answers.decomposition._replace(**fields))


def ends_in(observation, *leaves):
    """The observation, with other operators at the decomposition's end."""
    return doctored(observation, leaves=leaves)


#: Rule -> what makes a true observation of ADD on the export table break it, and no other rule.
PROVED = {
    "decomposition.structure": lambda one: ran(one, structure="[strided]"),
    "decomposition.size": lambda one: changed(one, size=(3, 2)),
    "decomposition.stride": lambda one: changed(one, stride=(1, 2)),
    "decomposition.stride-exact": None,
    "decomposition.dtype": lambda one: changed(one, dtype="float64"),
    "decomposition.values": lambda one: changed(one, data=bytes(24)),
    "decomposition.aliasing": lambda one: changed(one, shares="self"),
    "decomposition.inputs": lambda one: left(one, storage=bytes(24)),
    "decomposition.closed": lambda one: ends_in(one, "aten.addcdiv.default"),
    "decomposition.functional": lambda one: ends_in(one, "aten.copy_.default"),
}


@pytest.mark.parametrize("name", [name for name, doctor in PROVED.items() if doctor])
def test_a_rule_alone_rejects_its_false_observation(name):
    subject, observation, rules = seen(ADD, "decomposed-export")
    assert {rule.name for rule in rules} == RULES
    assert failing(subject, observation, rules) == set()
    assert failing(subject, PROVED[name](observation), rules) == {name}


def test_free_strides_are_a_rule_of_their_own():
    subject, observation, rules = seen(ADD.replace("2,3", "1,3"), "decomposed")
    assert failing(subject, observation, rules) == set()
    assert failing(subject, changed(observation, stride=(7, 1)), rules) == {"decomposition.stride-exact"}
    subject, observation, rules = seen(ADD.replace("2,3", "0,3"), "decomposed")
    assert failing(subject, changed(observation, stride=(7, 1)), rules) == {"decomposition.stride-exact"}


@pytest.mark.parametrize("target", ["decomposed", "decomposed-export", "decomposed-meta"])
def test_a_decomposition_that_conforms_breaks_nothing(target):
    subject, observation, rules = seen(ADD, target)
    assert rules
    assert failing(subject, observation, rules) == set()


def seeded(monkeypatch, fault, text=ADD, target="decomposed"):
    """The rules that a decomposition put in the place of torch's breaks."""
    operator = text.removeprefix("sample(").partition("(")[0]
    monkeypatch.setitem(tables.registered(), operator, fault)
    namespace, name, overload = operator.split(".")
    monkeypatch.setitem(tables.export_table(), getattr(getattr(getattr(torch.ops, namespace), name), overload), fault)
    return failing(*seen(text, target))


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
def test_a_call_that_its_operator_refuses_fails(target):
    subject, observation, rules = seen("sample(aten.add.Tensor(float32[2], float32[3]))", target)
    assert observation.answers.decomposition.error == "RuntimeError"
    assert failing(subject, observation, rules) == {"decomposition.structure"}
    (structure,) = [rule for rule in rules if rule.name == "decomposition.structure"]
    found = structure.check(subject, observation)
    assert found.expected == "the operator runs"
    assert found.shape == "operator raises RuntimeError"


def test_what_raises_is_an_error(monkeypatch):
    monkeypatch.setitem(tables.registered(), "aten.addcmul.default", lambda x: x)
    _, observation, _ = seen(ADD, "decomposed")
    assert observation.error[0] == ("TypeError",)


def test_a_decomposition_of_a_view_is_a_view_of_the_same_positions(monkeypatch):
    text = "sample(aten.select.int(float32[3,4], 0, 1))"
    monkeypatch.setitem(tables.registered(), "aten.select.int", lambda x, dim, index: x[index + 1])
    assert failing(*seen(text, "decomposed")) == {"decomposition.aliasing", "decomposition.values"}
    monkeypatch.setitem(tables.registered(), "aten.select.int", lambda x, dim, index: x[index].clone())
    assert failing(*seen(text, "decomposed")) == {"decomposition.aliasing"}


def test_random_operators_are_compared_by_shape_and_dtype_alone(monkeypatch):
    assert has_no_values("aten.bernoulli.default")
    assert has_no_values("aten.empty_like.default")
    assert not has_no_values("aten.relu.default")
    text = "sample(aten.bernoulli.default(unit(float32[20])))"
    assert "decomposition.values" not in {rule.name for rule in seen(text, "decomposed")[2]}
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
    assert broken in failing(*seen(text, target))
