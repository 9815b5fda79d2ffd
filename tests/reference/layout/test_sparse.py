"""Component views of sparse tensors."""

from __future__ import annotations

import pytest

from viewproof_reference.layout import Layout, Refusal, SparseLayout, predict

INDICES = Layout((2, 3), (3, 1), 0, "int64", storage_bytes=48)
PLAIN = Layout((3,), (1,), 1, "int64", storage_bytes=32)
VALUES = Layout((3,), (2,), 0, "float32", storage_bytes=24)
COO = SparseLayout("sparse_coo", (2, 1), INDICES, None, VALUES)
LOOSE = SparseLayout("sparse_coo", (2, 1), INDICES, None, VALUES, coalesced=False)


@pytest.mark.parametrize(
    ("kind", "views"),
    [
        ("sparse_coo", {"indices": "indices", "_indices": "indices", "_values": "values", "values": "values"}),
        ("sparse_csr", {"crow_indices": "indices", "col_indices": "plain_indices", "values": "values"}),
        ("sparse_bsr", {"crow_indices": "indices", "col_indices": "plain_indices", "values": "values"}),
        ("sparse_csc", {"ccol_indices": "indices", "row_indices": "plain_indices", "values": "values"}),
        ("sparse_bsc", {"ccol_indices": "indices", "row_indices": "plain_indices", "values": "values"}),
    ],
)
def test_each_layout_shows_its_own_components(kind: str, views: dict[str, str]) -> None:
    self = SparseLayout(kind, (2, 1), INDICES, PLAIN, VALUES)
    for name in ("indices", "_indices", "_values", "values", "crow_indices", "col_indices", "ccol_indices",
                 "row_indices"):  # fmt: skip
        if name in views:
            (output,) = predict(f"aten.{name}.default", (self,), {})
            assert output.shares == f"self.{views[name]}"
            assert output.layout == getattr(self, views[name])
        else:
            with pytest.raises(Refusal):
                predict(f"aten.{name}.default", (self,), {})


def test_uncoalesced_values_are_raw_only() -> None:
    with pytest.raises(Refusal):
        predict("aten.values.default", (LOOSE,), {})
    assert predict("aten._values.default", (LOOSE,), {})[0].layout == VALUES
    assert predict("aten.coalesce.default", (COO,), {})[0].identity
    assert predict("aten.coalesce.default", (LOOSE,), {})[0].shares is None


def test_broadcast_repeats_entries() -> None:
    (output,) = predict("aten._sparse_broadcast_to.default", (COO, (2, 4)), {})
    result = output.layout
    assert isinstance(result, SparseLayout)
    assert (result.indices.size, result.values.size, result.coalesced) == ((2, 12), (12,), True)
    (output,) = predict("aten._sparse_broadcast_to.default", (COO, (2, 1)), {})
    assert (output.layout, output.shares) == (COO, "self.values")
    with pytest.raises(Refusal):
        predict("aten._sparse_broadcast_to.default", (COO, (3, 1)), {})
