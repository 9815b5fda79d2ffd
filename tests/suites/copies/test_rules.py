"""Each clause on copies fails on what it is about: doctored evidence, and kernels of our own in torch's place."""

import pytest
import torch
from rule_doctoring import seen

from viewproof.contract.installed import all_rules, find_target, own_rules
from viewproof.evidence.copied import ScatterGradient

COPY = "aten.transpose_copy.int(float32[3,4]:[5,1]+2@20, 0, 1)"
SPLIT = "aten.split_copy.Tensor(int64[4], 2)"
OUT = "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4]:[2]+1@12)"
GROWN = "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[1]+1)"
SCATTER = "aten.select_scatter.default(float32[3,4], float32[4], 0, 1)"
NAMES = tuple(name for name in own_rules() if name.startswith("copy."))


def shown(text, probes=("copy",)):
    return seen(text, probes=probes)


def doctored(one, change):
    """The evidence with its first run changed."""
    head, *rest = one.observed["copy"]
    return one.with_("copy", (change(head), *rest))


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :]


def output(**changes):
    def change(run):
        values = {name: value(run.outputs[0]) if callable(value) else value for name, value in changes.items()}
        return run._replace(outputs=(run.outputs[0]._replace(**values), *run.outputs[1:]))

    return change


def operand(name, place):
    return lambda run: run._replace(
        operands=tuple([
            one._replace(content=flipped(one.content, place)) if one.name == name else one for one in run.operands
        ])
    )  # fmt: skip


#: Proved by gradients of its own, below.
ALSO_PROVED = ("copy.scatter-gradient",)
#: (clause, case, what its first run must show to break it and no other clause).
PROVED = [
    ("copy.values", COPY, output(elements=lambda one: flipped(one.elements, 5))),
    ("copy.values", SCATTER, output(elements=lambda one: flipped(one.elements, 16))),
    ("copy.values", OUT, output(elements=lambda one: flipped(one.elements, 4))),
    ("copy.values", COPY, output(elements=b"", reached="leaves its storage")),
    ("copy.values", COPY, output(width=8)),
    ("copy.values", SPLIT, lambda run: run._replace(outputs=run.outputs[:1])),
    ("copy.fresh", COPY, output(on="self")),
    ("copy.fresh", SPLIT, lambda run: run._replace(together=((0, 1),))),
    ("copy.operands-unchanged", COPY, operand("self", 3)),
    ("copy.operands-unchanged", OUT, operand("self", 3)),
    ("copy.operands-unchanged", SCATTER, operand("src", 0)),
    (
        "copy.operands-unchanged",
        COPY,
        lambda run: run._replace(operands=(run.operands[0]._replace(size=(4, 3)),)),
    ),
    ("copy.out-writes", OUT, lambda run: run._replace(outs=(("out", flipped(run.outs[0][1], 8)),))),
    ("copy.out-returned", OUT, lambda run: run._replace(returned=False)),
    ("copy.out-resize", OUT, output(kept_storage=False)),
    ("copy.out-resize", GROWN, output(geometry=lambda one: (*one.geometry[:3], 16))),
    ("copy.out-warning", OUT, lambda run: run._replace(warned=True)),
    ("copy.out-warning", GROWN, lambda run: run._replace(warned=False)),
]


@pytest.mark.parametrize(("name", "text", "change"), PROVED)
def test_the_clause_fails_alone(name, text, change):
    one = shown(text)
    assert one.failing() == set()
    assert doctored(one, change).failing() == {name}


def test_every_clause_is_proved():
    assert {name for name, _, _ in PROVED} | {*ALSO_PROVED} == set(NAMES)
    assert set(NAMES) <= set(own_rules())


GRADIENT = "aten.slice_scatter.default(float32[4]~grad, float32[2], 0, 1, 3)"


def test_the_gradient_of_a_scatter():
    one = shown(GRADIENT, ("scatter-gradient",))
    assert one.observed["scatter-gradient"] == ((1, 0, 0, 4), (2, 3))
    assert one.failing() == set()
    wrong = one.with_("scatter-gradient", ScatterGradient((0, 2, 3, 0), (2, 3)))
    assert wrong.check("copy.scatter-gradient").shape == "gradient of self differs"
    absent = one.with_("scatter-gradient", ScatterGradient((1, 0, 0, 4), None))
    assert absent.check("copy.scatter-gradient").shape == "no gradient of src"
    assert not own_rules()["copy.scatter-gradient"].applies(shown(SCATTER).subject.traits), "no operand takes it"


def test_torchs_own_wrong_gradient_is_found():
    """The derivative of `as_strided_scatter` sends the base what is `src`'s."""
    one = shown("aten.as_strided_scatter.default(float32[4]~grad, float32[2], [2], [1], 1)", ("scatter-gradient",))
    assert one.check("copy.scatter-gradient").shape == "gradient of self differs"


def test_functional_copies_owe_nothing_about_outs():
    assert [rule.name for rule in shown(COPY).rules] == list(NAMES[:3])
    assert find_target("meta").probe("copy") is None


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
    assert shown(text).failing() == set()
    with torch.library._scoped_library("aten", "IMPL") as library:
        library.impl(overload, kernel, key)
        assert shown(text).failing() == clauses_failing
    assert shown(text).failing() == set()


def test_torchs_own_fault_is_found():
    """`narrow_copy.out` writes one block, whatever the out's strides."""
    text = "aten.narrow_copy.out(int64[3,4], 1, 1, 2, out=int64[3,2]:[4,2]+1@20)"
    assert shown(text).failing() == {"copy.values", "copy.out-writes"}


def test_the_clauses_are_in_the_list_of_all():
    assert [name for name in all_rules() if name.startswith("copy.")] == list(NAMES)
