"""Torch's tables, by overload, and the mode that follows a decomposition to its end."""

import pytest
import torch

from viewproof.samples.tables import all_entries, decompose, export_table, exported, registered

ATEN = torch.ops.aten


def test_every_table_is_there():
    assert "aten.addmm.default" in registered()
    assert "aten.addcmul.default" in exported()
    assert "aten.addmm.default" not in exported(), "it is a core operator"
    assert registered("no such kind") == {}
    assert set(all_entries()) >= {*registered(), *registered("meta"), *exported()}
    if torch.__version__.startswith("2.13."):
        # Of aten alone: libraries that other tests load may bring decompositions of theirs.
        assert sum(str(key).startswith("aten.") for key in export_table()) == 899


def test_a_decomposition_is_followed_to_its_end():
    leaves = []
    call = decompose(ATEN.addcmul.default, export_table(), leaves)
    operands = torch.arange(3.0), torch.arange(6.0).reshape(2, 3), torch.arange(6.0).reshape(2, 3) / 4
    assert torch.allclose(call(*operands), torch.addcmul(*operands))
    assert leaves
    assert not set(leaves) & set(exported())


def test_one_that_declines_leaves_its_operator():
    leaves = []
    call = decompose(ATEN.relu.default, {ATEN.relu.default: lambda *_: NotImplemented}, leaves)
    assert call(torch.tensor([-1.0])).item() == 0
    assert leaves == ["aten.relu.default"]


def test_what_a_decomposition_calls_is_decomposed_again():
    leaves = []
    table = {
        ATEN.relu.default: lambda x: ATEN.threshold.default(x, 0, 0),
        ATEN.threshold.default: lambda x, *_: ATEN.clamp_min.default(x, 0),
    }
    assert decompose(ATEN.relu.default, table, leaves)(torch.tensor([-1.0, 2.0])).tolist() == [0, 2]
    assert leaves == ["aten.clamp_min.default"]


def test_no_mode_is_left_where_a_decomposition_raises():
    def refuse(x):
        raise ValueError(x)

    leaves = []
    with pytest.raises(ValueError, match="tensor"):
        decompose(ATEN.relu.default, {ATEN.relu.default: refuse}, leaves)(torch.zeros(1))
    assert torch.utils._python_dispatch._get_current_dispatch_mode() is None
