"""expand, expand_as and broadcast_to, against numpy's broadcast_to."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout import Layout, predict
from viewproof_reference.layout.algebra import positions

TARGETS = [size for rank in range(4) for size in itertools.product((0, 1, 2, 3), repeat=rank)]


def test_expand_is_broadcast_to(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    grown = [(2, *(3 if extent == 1 else extent for extent in tensor.size)), (1, *tensor.size), (0, *tensor.size)]
    for target in [*TARGETS, tensor.size, *grown]:
        other = kit.base(target, (0,) * len(target))
        try:
            wanted = np.broadcast_to(array, target)
        except ValueError:
            kit.refuses("RuntimeError", "expand.default", tensor, target)
            kit.refuses("RuntimeError", "broadcast_to.default", tensor, target)
            kit.refuses("RuntimeError", "expand_as.default", tensor, other)
        else:
            agree(wanted, "expand.default", tensor, target)
            agree(wanted, "expand.default", tensor, target, implicit=True)
            agree(wanted, "broadcast_to.default", tensor, target)
            agree(wanted, "expand_as.default", tensor, other)


def test_minus_one_keeps_an_extent(tensor: Layout, agree: Any, kit: Any) -> None:
    array = kit.seen(tensor)
    rank = array.ndim
    agree(array, "expand.default", tensor, (-1,) * rank)
    agree(np.broadcast_to(array, (2, *array.shape)), "expand.default", tensor, (2, *(-1,) * rank))
    kit.refuses("RuntimeError", "expand.default", tensor, (-1,) * (rank + 1))
    kit.refuses("RuntimeError", "expand.default", tensor, (-2, *array.shape))
    if rank:
        kit.refuses("RuntimeError", "expand.default", tensor, array.shape[1:])


@given(st.lists(st.sampled_from([1, 1, 2, 3]), max_size=4), st.integers(1, 3), st.integers(0, 2))
def test_every_repeat_reads_the_one_element(size: list[int], times: int, lead: int) -> None:
    stride = tuple(range(5, 5 + len(size)))
    tensor = Layout(tuple(size), stride, 4, "int8", storage_bytes=999)
    target = (*(times,) * lead, *(times if extent == 1 else extent for extent in size))
    found = predict("aten.expand.default", (tensor, target), {})[0].layout
    assert isinstance(found, Layout)
    assert found.size == target
    assert found.offset == 4
    assert set(positions(found)) == set(positions(tensor))
    for place, extent in enumerate(size):
        assert found.stride[lead + place] == (0 if extent == 1 and times > 1 else stride[place])


def test_more_elements_than_int64_counts_are_refused(kit: Any) -> None:
    kit.refuses("RuntimeError", "expand.default", kit.base((1, 3), (3, 1)), (2**62, 3))
    assert kit.call("expand.default", kit.base((1,), (1,)), (2**62,))[0].stride == (0,)
