"""Bases are built as they are written: layout, bits, flags, storage and content."""

import json
import subprocess
import sys

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.errors import UsageError
from viewproof.tensors.bases import likeness
from viewproof.tensors.build import Builder, build_case
from viewproof.tensors.facts import facts_of
from viewproof.tensors.fillings import fillings

BASES = [
    "float32[3,4]",
    "int8[]:[]+3",
    "complex64[2,3]:[1,2]+1~conj~neg",
    "bool[2,2]:[0,1]@9",
    "bfloat16[0,3]",
    "float64[2,2]:[4,1]+2@128~grad~view",
]


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize("base", BASES)
def test_a_strided_base_is_what_is_written(base, device):
    case = parse_case(f"aten.alias.default({base})")
    built = Builder(device).build(case)
    (tensor,) = built.args
    size, stride, offset, dtype, conj, neg, held = case.args[0].layout
    assert facts_of(tensor) == (size, stride, offset, dtype, "strided", device, conj, neg, held, ())
    assert tensor.requires_grad == ("grad" in case.args[0].flags)
    assert tensor._is_view() == ("view" in case.args[0].flags)
    assert built.bases["self"].filled == (device == "cpu")


def test_a_base_holds_the_filling_that_is_laid():
    case = parse_case("aten.alias.default(float32[3]+1)")
    base = Builder("cpu").build(case).bases["self"]
    wanted = fillings(base.storage_bytes, "float32")
    base.fill(0)
    assert base.bytes_view().numpy().tobytes() == wanted[0]
    base.fill(1)
    assert base.bytes_view().numpy().tobytes() == wanted[1]
    base.fill_marked()
    assert set(base.bytes_view().tolist()) == {1}


@pytest.mark.parametrize("fresh", [False, True])
def test_a_base_is_built_once_unless_fresh(fresh):
    case = parse_case("aten.alias.default(float32[3])")
    builder = Builder("cpu", fresh=fresh)
    assert (builder.build(case).args[0] is builder.build(case).args[0]) is not fresh


def test_words_and_lists_become_torchs():
    args, _ = build_case(parse_case("aten.view.dtype(float32[3], int32)"), "cpu")
    assert args[1] is torch.int32
    args, _ = build_case(parse_case("aten.view.default(float32[3], [3,1])"), "cpu")
    assert args[1] == [3, 1]


def test_a_dual_base_of_an_earlier_level_is_not_kept():
    """Its tangent went with the level; a later chunk must have one of its own."""
    case = parse_case("aten._unpack_dual.default(dual(float32[2], float32[2]), 0)")
    for _ in range(2):
        with torch.autograd.forward_ad.dual_level():
            (dual, _level) = Builder("cpu").build(case).args
            assert torch.autograd.forward_ad.unpack_dual(dual).tangent is not None


SELF = "aten.alias.default({})"
KINDS = {
    "view": ("float32[2,2]:[4,1]+2@12~view", "as_strided"),
    "view-grad": ("float32[2,2]:[4,1]+2@12~grad~view", "as_strided"),
    "coo": ("sparse_coo([3], indices=int64[1,2]{0,2}, values=float32[2])", "_sparse_coo_tensor_with_dims_and_tensors"),
    "csr": (
        "sparse_csr([2,2], crow=int64[3]{0,1,2}, col=int64[2]{0,1}, values=float32[2])",
        "_sparse_compressed_tensor_unsafe",
    ),
    "nested": ("nested(buffer=float32[10], sizes=[[2,2],[3,2]])", "_nested_view_from_buffer"),
    "dual": ("dual(float32[2], float32[2])", "_make_dual"),
}


WRONG = ("raises", "None", "7", "another dtype", "the operand", "a sparse tensor", "a list")

#: In a process of its own: torch does not put every kernel back that was replaced.
REPLACED = """
import json, sys, warnings
warnings.simplefilter("ignore")
import torch
from viewproof.cases import parse_case
from viewproof.tensors.build import BaseNotMade, Builder

text, name, *wrong = sys.argv[1:]
given = {
    "None": None,
    "7": 7,
    "another dtype": torch.zeros(2, 2, dtype=torch.int16),
    "a sparse tensor": torch.zeros(2, 2, dtype=torch.float64).to_sparse_csc(),
    "a list": [torch.zeros(2)],
}

def kernel(*args, **kwargs):
    if what == "raises":
        raise IndexError("no such kernel here")
    return args[0] if what == "the operand" else given[what]

builder, case = Builder("cpu", fresh=True), parse_case(f"aten.alias.default({text})")
found = {}
with torch.autograd.forward_ad.dual_level():
    builder.build(case)
    aten = torch.library.Library("aten", "IMPL")
    for key in (
        "CPU", "SparseCPU", "BackendSelect", "AutogradCPU", "ADInplaceOrView", "CompositeImplicitAutograd",
        "CompositeExplicitAutograd",
    ):
        try:
            aten.impl(name, kernel, key, allow_override=True)
        except RuntimeError:  # the operator has no such kernel
            pass
    for what in wrong:
        try:
            builder.build(case)
        except BaseNotMade as error:
            found[what] = str(error), type(error.error).__name__
    builder.build(parse_case("aten.alias.default(complex64[2,2]:[4,1]+2@12~conj~grad)"))
print(json.dumps(found))
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_base_that_torch_does_not_make_is_what_was_observed(kind):
    text, name = KINDS[kind]
    # The primal itself is all of a dual tensor that can be seen without asking for its tangent.
    wrong = [what for what in WRONG if (kind, what) != ("dual", "the operand")]
    done = subprocess.run(
        [sys.executable, "-c", REPLACED, text, name, *wrong], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert [*found] == wrong
    assert all(said.startswith("self as ") for said, _ in found.values())
    assert found["raises"][0].endswith("torch raised IndexError: no such kernel here")
    assert found["raises"][1] == "IndexError"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("int64[2,2]:[1,2]+1{1,-2,3,4}", [[1, -2], [3, 4]]),
        ("bool[3]:[2]{0,1,1}", [False, True, True]),
        ("float32[2]{3,-4}~neg", [3.0, -4.0]),
        ("complex64[2]{3,4}~conj", [3, 4]),
        ("complex128[2]{3,4}~conj~neg", [3, 4]),
        ("bfloat16[2]{257,258}", [256.0, 258.0]),
        ("int8[]{-5}~neg", -5),
    ],
)
def test_known_values_are_written_as_a_reader_sees_them(text, values):
    (tensor,), _ = build_case(parse_case(SELF.format(text)), "cpu")
    assert tensor.tolist() == values


def test_known_values_leave_the_rest_of_a_shared_storage():
    case = parse_case("$0=int64@4; aten.add.Tensor($0[2]{5,6}, $0[1]+3{7})")
    built = Builder("cpu").build(case)
    assert built.args[0].tolist() == [5, 6]
    assert built.args[1].tolist() == [7]


def test_a_value_that_no_element_holds_is_said():
    with pytest.raises(UsageError, match="no element of int8 can hold 300"):
        build_case(parse_case(SELF.format("int8[1]{300}")), "cpu")


CHANGES = {
    "size": lambda tensor: tensor.unsqueeze_(0),
    "stride": lambda tensor: tensor.t_(),
    "storage": lambda tensor: tensor.set_(torch.zeros(3, 4)),
    "storage shrunk": lambda tensor: tensor.untyped_storage().resize_(4),
    "storage moved": lambda tensor: tensor.untyped_storage().resize_(1 << 20).resize_(48),
    "another object": lambda tensor: tensor.set_(tensor.clone()),
    "neg": lambda tensor: torch._C._set_neg(tensor, True),
    "grad": lambda tensor: tensor.requires_grad_(),
    "class": lambda tensor: setattr(tensor, "__class__", torch.nn.Buffer),
    "sparse": lambda tensor: torch.utils.swap_tensors(tensor, torch.zeros(3, 4).to_sparse()),
    "data": lambda tensor: setattr(tensor, "data", torch.zeros(3, 4)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_more_than_elements_is_noticed(what):
    base = Builder("cpu", fresh=True).build(parse_case(SELF.format("float32[3,4]"))).bases["self"]
    base.tensor.add_(1)
    assert base.is_as_made()
    assert base.keeps_storage()
    CHANGES[what](base.tensor)
    assert not base.is_as_made()
    assert not base.is_untouched()
    assert base.keeps_storage() == (what in {"size", "stride", "neg", "grad", "class"})


def test_a_view_that_is_one_no_longer_is_noticed():
    text = "float32[2,2]:[4,1]+2@12~view"
    base = Builder("cpu", fresh=True).build(parse_case(SELF.format(text))).bases["self"]
    assert base.is_as_made()
    base.tensor = base.tensor.detach()
    assert not base.is_as_made()


@pytest.mark.parametrize("text", ["float32[2,2]:[4,1]+2@12~view", "complex64[2]:[2]+1~conj~neg", "float32[0,3]"])
def test_a_likeness_is_of_the_root_as_it_was_made(text):
    base = Builder("cpu", fresh=True).build(parse_case(SELF.format(text))).bases["self"]
    wanted = facts_of(base.root)
    other = likeness(base)
    assert facts_of(other.tensor) == wanted
    assert other.storage is not base.storage
    assert other.is_as_made()
    base.root.resize_(1)
    assert facts_of(likeness(base).tensor) == wanted
