"""Each clause on copies fails on what it is about: doctored observations, and kernels of our own in torch's place."""

import warnings

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules, find_target, own_rules
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.running.copying import ScatterGradient
from viewproof_suites.copies import rules as clauses

COPY = "aten.transpose_copy.int(float32[3,4]:[5,1]+2@20, 0, 1)"
SPLIT = "aten.split_copy.Tensor(int64[4], 2)"
OUT = "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4]:[2]+1@12)"
GROWN = "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[1]+1)"
SCATTER = "aten.select_scatter.default(float32[3,4], float32[4], 0, 1)"
NAMES = tuple(name for name in own_rules() if name.startswith("copy."))


def seen(text, probes=("copy",)):
    """A case's subject, and what eager shows of it on the CPU."""
    case = parse_case(text)
    found = find_target("eager")
    subject = subject_of(case, expect(case), "cpu")
    with warnings.catch_warnings(action="ignore"), found.open("cpu", case.operator) as session:
        observation = session.observe(subject, frozenset({"facts", *probes}))
        session.flush()
    return subject, observation


def failing(subject, observation):
    rules = [own_rules()[name] for name in NAMES if own_rules()[name].applies(subject.traits, "eager")]
    return {rule.name for rule in rules if rule.check(subject, observation) is not None}


def doctored(observation, change):
    """The observation with its first run changed."""
    first, *rest = observation.answers.copying
    observation.answers.copying = (change(first), *rest)
    return observation


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :]


def first_output(run, **changes):
    return run._replace(outputs=(run.outputs[0]._replace(**changes), *run.outputs[1:]))


#: (clause, case, what its first run must show to break it and no other clause).
#: Proved by gradients of its own, below.
ALSO_PROVED = ("copy.scatter-gradient",)
PROVED = [
    ("copy.values", COPY, lambda run: first_output(run, content=flipped(run.outputs[0].content, 5))),
    ("copy.values", SCATTER, lambda run: first_output(run, content=flipped(run.outputs[0].content, 16))),
    ("copy.values", OUT, lambda run: first_output(run, content=flipped(run.outputs[0].content, 4))),
    ("copy.values", SPLIT, lambda run: run._replace(outputs=run.outputs[:1])),
    ("copy.fresh", COPY, lambda run: first_output(run, on="self")),
    ("copy.fresh", SPLIT, lambda run: run._replace(together=((0, 1),))),
    ("copy.operands-unchanged", COPY, lambda run: run._replace(after={"self": flipped(run.after["self"], 3)})),
    (
        "copy.operands-unchanged",
        OUT,
        lambda run: run._replace(after=run.after | {"self": flipped(run.after["self"], 3)}),
    ),
    (
        "copy.operands-unchanged",
        SCATTER,
        lambda run: run._replace(after=run.after | {"src": flipped(run.after["src"], 0)}),
    ),
    ("copy.out-writes", OUT, lambda run: run._replace(after=run.after | {"out": flipped(run.after["out"], 8)})),
    ("copy.out-returned", OUT, lambda run: run._replace(returned=False)),
    ("copy.out-resize", OUT, lambda run: first_output(run, kept_storage=False)),
    ("copy.out-warning", OUT, lambda run: run._replace(warned=True)),
    ("copy.out-warning", GROWN, lambda run: run._replace(warned=False)),
]


@pytest.mark.parametrize(("name", "text", "change"), PROVED)
def test_the_clause_fails_alone(name, text, change):
    subject, observation = seen(text)
    assert failing(subject, observation) == set()
    assert failing(subject, doctored(observation, change)) == {name}


def test_every_clause_is_proved():
    assert {name for name, _, _ in PROVED} | {*ALSO_PROVED} == set(NAMES)
    assert set(NAMES) <= set(own_rules())


GRADIENT = "aten.slice_scatter.default(float32[4]~grad, float32[2], 0, 1, 3)"


def test_the_gradient_of_a_scatter():
    rule = own_rules()["copy.scatter-gradient"]
    subject, observation = seen(GRADIENT, ("scatter-gradient",))
    assert rule.applies(subject.traits, "eager")
    assert observation.answers.scatter_gradient == ([1, 0, 0, 4], [2, 3])
    assert rule.check(subject, observation) is None
    observation.answers.scatter_gradient = ScatterGradient([0, 2, 3, 0], [2, 3])
    assert rule.check(subject, observation).shape == "gradient of self differs"
    observation.answers.scatter_gradient = ScatterGradient([1, 0, 0, 4], None)
    assert rule.check(subject, observation).shape == "no gradient of src"
    assert not rule.applies(seen(SCATTER)[0].traits, "eager"), "nothing is sent back without an operand that takes it"


def test_torchs_own_wrong_gradient_is_found():
    """The derivative of `as_strided_scatter` sends the base what is `src`'s."""
    text = "aten.as_strided_scatter.default(float32[4]~grad, float32[2], [2], [1], 1)"
    found = own_rules()["copy.scatter-gradient"].check(*seen(text, ("scatter-gradient",)))
    assert found.shape == "gradient of self differs"


def test_an_out_that_shrank_its_storage_differs():
    subject, observation = seen(GROWN)
    grown = observation.answers.copying[0].outputs[0]
    found = clauses.out_resize(
        subject, doctored(observation, lambda run: first_output(run, facts=grown.facts._replace(storage_bytes=16)))
    )
    assert found.shape == "out differs"


def test_a_layout_beyond_the_storage_is_not_read():
    subject, observation = seen(COPY)
    found = clauses.values(subject, doctored(observation, lambda run: first_output(run, content=b"")))
    assert found.shape == "leaves its storage"


def test_functional_copies_owe_nothing_about_outs():
    subject, _ = seen(COPY)
    assert [name for name in NAMES if own_rules()[name].applies(subject.traits, "eager")] == list(NAMES[:3])
    assert not any(own_rules()[name].applies(subject.traits, "meta") for name in NAMES)


def placed(self, size, stride, offset):
    return torch.empty(0, dtype=self.dtype).set_(self.untyped_storage(), offset, size, stride)


def aliasing(self, dim0, dim1):
    return placed(self, (self.size(1), self.size(0)), (self.stride(1), self.stride(0)), self.storage_offset())


def block(self, dim, index, *, out):
    size = [extent for place, extent in enumerate(self.size()) if place != dim]
    row = placed(self, size, [1], self.storage_offset() + index * self.stride(dim))
    dense = placed(out, size, [1], out.storage_offset())
    dense.copy_(row)
    return out


def another(self, dim, index, *, out):
    return block(self, dim, index, out=out).clone()


DENSE = "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4]+1@9)"
#: (overload, a wrong kernel, its key, the case that shows it, the clauses that fail). On the key CPU alone a wrong
#: result would not be returned: the kernels above it return the out that they were given.
SEEDED = [
    ("transpose_copy.int", aliasing, "CPU", COPY, {"copy.fresh"}),
    ("select_copy.int_out", block, "CPU", OUT, {"copy.values", "copy.out-writes"}),
    ("select_copy.int_out", another, "AutogradCPU", DENSE, {"copy.out-returned"}),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("overload", "kernel", "key", "text", "clauses_failing"), SEEDED)
def test_a_wrong_kernel_fails_the_clause(overload, kernel, key, text, clauses_failing):
    assert failing(*seen(text)) == set()
    with torch.library._scoped_library("aten", "IMPL") as library:
        library.impl(overload, kernel, key)
        assert failing(*seen(text)) == clauses_failing
    assert failing(*seen(text)) == set()


def test_torchs_own_fault_is_found():
    """`narrow_copy.out` writes one block, whatever the out's strides."""
    text = "aten.narrow_copy.out(int64[3,4], 1, 1, 2, out=int64[3,2]:[4,2]+1@20)"
    assert failing(*seen(text)) == {"copy.values", "copy.out-writes"}


def test_the_clauses_are_in_the_list_of_all():
    assert [name for name in all_rules() if name.startswith("copy.")] == list(NAMES)
