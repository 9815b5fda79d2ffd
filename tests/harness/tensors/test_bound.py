"""Kernels bound ahead give right tensors, whatever is registered afterwards; each is tried, in a process of its own."""

import subprocess
import sys
from functools import partial

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import BaseTorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from viewproof.tensors import bound
from viewproof_reference.layout.dtypes import DTYPES

#: Replaces every kernel of aten by one that raises and is noted, and the fallbacks of autograd by one that is noted.
ALL_RAISE = """
import warnings
warnings.simplefilter("ignore")
import torch
import viewproof.tensors.build, viewproof.tensors.storage_bytes, viewproof.tensors.freed
from viewproof.cases import parse_case

called = set()
def bad(name, key):
    def kernel(*args, **kwargs):
        called.add((name, key))
        raise RuntimeError(f"{name} on {key} was replaced")
    return kernel

KEYS = (
    "CPU", "Meta", "ADInplaceOrView", "AutogradCPU", "AutogradMeta", "BackendSelect", "CompositeExplicitAutograd",
    "CompositeImplicitAutograd", "Conjugate", "Negative",
)
aten, replaced = torch.library.Library("aten", "IMPL"), set()
names = [name for name in torch._C._dispatch_get_all_op_names() if name.startswith("aten::")]
for name in names:
    for key in KEYS:
        try:
            aten.impl(name.removeprefix("aten::"), bad(name, key), key, allow_override=True)
            replaced.add((name, key))
        except RuntimeError:  # such as a composite kernel where the operator has none
            pass
for name in ("empty.memory_format", "set_.source_Storage_storage_offset", "alias", "view.dtype", "copy_", "as_strided"):
    for key in ("CPU", "Meta", "ADInplaceOrView", "AutogradCPU"):
        assert ("aten::" + name, key) in replaced, (name, key)
for name in ("torch.empty(2)", "torch.zeros(1)", "torch.tensor([1])", "torch.UntypedStorage(4).fill_(0)"):
    try:
        eval(name)
    except RuntimeError as error:
        assert "was replaced" in str(error), error
    else:
        raise AssertionError(f"{name} was to be broken")
called.clear()
"""

#: Replaces what could be called to make, fill or copy a tensor by kernels that do nothing, or the wrong thing.
ALL_WRONG = """
import warnings
warnings.simplefilter("ignore")
import torch
import viewproof.tensors.build, viewproof.tensors.storage_bytes, viewproof.tensors.freed
from viewproof.cases import parse_case

called = set()
def wrong(name):
    def kernel(*args, **kwargs):
        called.add(name)
        return args[0] if isinstance(args[0], torch.Tensor) else None
    return kernel

aten = torch.library.Library("aten", "IMPL")
for name in WANTED:
    for key in ("CPU", "Meta", "ADInplaceOrView", "AutogradCPU", "AutogradMeta", "CompositeExplicitAutograd"):
        try:
            aten.impl(name.removeprefix("aten::"), wrong(name), key, allow_override=True)
        except RuntimeError:
            pass
"""

WANTED = [
    "empty.memory_format", "empty_strided", "empty_like", "set_", "set_.source_Storage", "set_.source_Tensor",
    "set_.source_Storage_storage_offset", "set_.source_Tensor_storage_offset", "as_strided", "as_strided_", "copy_",
    "fill_.Scalar", "fill_.Tensor", "zero_", "clone", "_to_copy", "to.dtype", "to.device", "resize_", "resize_as_",
    "detach", "detach_", "alias", "view", "view.dtype", "reshape", "_reshape_alias", "select.int", "slice.Tensor",
    "zeros", "ones", "full", "arange", "arange.start_step", "scalar_tensor", "lift_fresh", "lift", "item",
    "_local_scalar_dense", "requires_grad_", "is_nonzero", "contiguous", "_conj", "_neg_view", "resolve_conj",
    "_copy_from", "_copy_from_and_resize", "set_data", "_has_compatible_shallow_copy_type", "eq.Tensor", "equal",
]  # fmt: skip

PLACING = """
from viewproof.tensors.bases import likeness
from viewproof.tensors.bound import copy_on_host, copy_storage, placed
from viewproof.tensors.build import Builder, DTYPE_OF
from viewproof.tensors.freed import scribble
from viewproof.tensors.fillings import fillings
from viewproof.tensors.storage_bytes import Snapshots, bytes_of, lay, trial_of_copying, upload
from viewproof_reference.layout.dtypes import DTYPES

for word in ("cpu", "meta"):
    for dtype in map(DTYPE_OF.get, DTYPES):
        storage = torch.UntypedStorage(16 * dtype.itemsize, device=word)
        tensor = placed(storage, dtype, (2, 3), (4, 1), 2)
        assert tensor.untyped_storage() is storage and storage.nbytes() == 16 * dtype.itemsize
        assert (tensor.size(), tensor.stride(), tensor.storage_offset()) == ((2, 3), (4, 1), 2)
        assert (tensor.dtype, tensor.device.type, tensor._version, tensor._base) == (dtype, word, 0, None)
        assert word == "meta" or tensor.data_ptr() == storage.data_ptr() + 2 * dtype.itemsize

for text in (
    "float32[3,4]", "int8[]:[]+3", "complex64[2,3]:[1,2]+1~conj~neg", "bool[2,2]:[0,1]@9", "bfloat16[0,3]",
    "float8_e5m2[3]", "float64[2]~grad",
):
    for word in ("cpu", "meta"):
        case = parse_case(f"aten.alias.default({text})")
        built = Builder(word, fresh=True).build(case)
        base = built.bases["self"]
        assert base.is_untouched() and likeness(base).is_as_made()
        assert base.tensor.requires_grad is ("~grad" in text)
        if word == "cpu":
            base.fill(1)
            assert base.content() == fillings(base.storage_bytes, base.dtype)[1] == base.cells.tobytes()
            base.fill_marked()
            assert set(base.content()) <= {1}

known = parse_case("aten.narrow.Tensor(float32[4]:[2], 0, int64[]+2@4{-3}, 1)")
base = Builder("cpu", fresh=True).build(known).bases["start"]
assert base.content()[16:24] == (-3).to_bytes(8, "little", signed=True)

rising = bytes(range(96))
there = upload(rising, "cpu")
assert bytes_of(there) == rising
into = []
snapshots = Snapshots("cpu")
snapshots.take(there, into)
lay(there, rising[::-1])
snapshots.take(there, into)
snapshots.flush()
assert into == [rising, rising[::-1]]
other = torch.UntypedStorage(96)
copy_storage(other, there)
assert bytes_of(other) == rising[::-1]
assert trial_of_copying("cpu") is None
scribble((1, 64, 5000))

transposed = placed(there, torch.int32, (4, 6), (1, 4), 0)
dense = torch.UntypedStorage(96)
copy_on_host(placed(dense, torch.int32, (4, 6), (6, 1), 0), transposed)
words = [rising[::-1][place * 4 : place * 4 + 4] for place in range(24)]
assert bytes_of(dense) == b"".join(words[row + 4 * column] for row in range(4) for column in range(6))
large = torch.UntypedStorage(4 * 128 * 128)
lay(large, bytes(range(256)) * 256)
flipped = torch.UntypedStorage(4 * 128 * 128)
copy_on_host(placed(flipped, torch.int32, (128, 128), (128, 1), 0), placed(large, torch.int32, (128, 128), (1, 128), 0))
assert bytes_of(flipped)[4 : 8] == bytes_of(large)[512 : 516] and bytes_of(flipped)[512 : 516] == bytes_of(large)[4 : 8]
number = upload(torch_bytes, "cpu")
conj, plain = placed(number, torch.complex64, (1,), (1,), 0), torch.UntypedStorage(8)
torch._C._set_conj(conj, True)
copy_on_host(placed(plain, torch.complex64, (1,), (1,), 0), conj)
assert bytes_of(plain) == torch_bytes[:7] + bytes([torch_bytes[7] ^ 0x80])
assert not called, sorted(called)
print("right")
"""


def run(script):
    start = f"WANTED = {['aten::' + name for name in WANTED]}\ntorch_bytes = {b'abcdefgh'}\n"
    done = subprocess.run([sys.executable, "-c", start + script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "replaced", [ALL_RAISE, ALL_WRONG], ids=["every kernel raises", "those in question do nothing"]
)
def test_nothing_that_is_registered_later_is_called(replaced):
    assert run(replaced + PLACING) == "right"


def test_nor_is_a_fallback():
    """The host's is the one of these keys that torch leaves free."""
    fallback = """
import torch, warnings
warnings.simplefilter("ignore")
import viewproof.tensors.build
from viewproof.cases import parse_case
called = set()
def raises(operator, *args, **kwargs):
    called.add(str(operator))
    raise RuntimeError("a fallback")
lib = torch.library.Library("_", "IMPL")
lib.fallback(raises, "CPU")
"""
    assert run(fallback + PLACING) == "right"


@pytest.mark.parametrize(
    "mode",
    [FakeTensorMode, partial(torch.device, "meta"), torch.inference_mode, TorchDispatchMode, BaseTorchFunctionMode],
    ids=["fake", "default device", "inference", "dispatch", "function"],
)
def test_no_mode_sees_it(mode):
    storage = torch.UntypedStorage(24)
    with mode():
        tensor = bound.placed(storage, torch.float32, (2, 3), (3, 1), 0)
    assert type(tensor) is torch.Tensor
    assert tensor.is_cpu
    assert not tensor.is_inference()
    assert tensor.untyped_storage() is storage


@pytest.mark.parametrize("word", ["cpu", "meta"])
@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.filterwarnings("ignore:ComplexHalf")
def test_it_is_the_tensor_that_torch_makes(word, name):
    dtype = getattr(torch, name)
    storage = torch.UntypedStorage(12 * dtype.itemsize, device=word)
    for size, stride, offset in [((2, 3), (1, 4), 1), ((), (), 3), ((0, 3), (3, 1), 0), ((2, 2), (0, 1), 2)]:
        ours = bound.placed(storage, dtype, size, stride, offset)
        theirs = torch.empty(0, dtype=dtype, device=word).set_(storage, offset, size, stride)
        assert torch._C._dispatch_keys(ours) == torch._C._dispatch_keys(theirs)
        for attribute in ("dtype", "device", "layout", "is_leaf", "requires_grad", "grad_fn"):
            assert getattr(ours, attribute) == getattr(theirs, attribute)
        for read in ("size", "stride", "storage_offset", "data_ptr", "is_contiguous"):
            assert getattr(ours, read)() == getattr(theirs, read)()
        assert ours.untyped_storage() is theirs.untyped_storage() is storage


def test_tensors_of_one_kind_are_apart():
    """All are made of one: none may show what is done to another."""
    storage = torch.UntypedStorage(24)
    one, other = (bound.placed(storage, torch.float32, (2, 3), (3, 1), 0) for _ in range(2))
    one.requires_grad_()
    torch._C._set_neg(other, True)
    with torch.no_grad():
        one.zero_()
    third = bound.placed(storage, torch.float32, (6,), (1,), 0)
    assert (other.requires_grad, other._version, third.requires_grad, third._version) == (False, 0, False, 0)
    assert (one.is_neg(), third.is_neg()) == (False, False)


def test_a_storage_is_copied_to_a_place_within_another():
    here, there = torch.UntypedStorage(4), torch.UntypedStorage(2)
    here[:], there[:] = 1, 2
    bound.copy_storage(here, there, at=1)
    assert here.tolist() == [1, 2, 2, 1]
    with pytest.raises(ValueError, match="2 bytes to byte 3 of a storage that has 4"):
        bound.copy_storage(here, there, at=3)


def test_what_was_bound_is_torchs_own_and_where_it_is_not_that_is_said():
    assert [bound.bound_ahead(word) for word in ("cpu", "meta", "lazy")] == [True, True, False]
    assert bound.replaced_before == ()
    late = """
import torch, warnings
warnings.simplefilter("ignore")
lib = torch.library.Library("aten", "IMPL")
lib.impl("copy_", lambda to, of, late=False: to, "CPU", allow_override=True)
from viewproof.tensors import bound
print(*bound.replaced_before)
"""
    assert run(late).startswith("aten::copy_ (CPU) by ")
