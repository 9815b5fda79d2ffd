"""The catalog leaves nothing out in silence."""

from __future__ import annotations

import pytest
import torch

from viewproof.catalog import catalog, unclassified
from viewproof.catalog.classify import classify, views_of
from viewproof.catalog.entry import KINDS, Entry
from viewproof.catalog.schemas import describe, registered


def entry(name):
    return catalog()[f"aten.{name}"]


def test_every_schema_is_counted_once():
    records = {record.name: record for record in registered()}
    views = views_of(records.values())
    answers = [classify(record, views, records) for record in records.values()]
    assert unclassified() == []
    assert len(catalog()) + sum(isinstance(answer, str) for answer in answers) == len(registered())


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("aten::odd(Tensor x, Tensor(a) self) -> Tensor(a)", ()),
        ("aten::odd(Tensor(a) self, Tensor(b) x) -> Tensor(b)", ()),
        ("aten::odd_copy(Tensor self) -> Tensor", ("view_copy",)),
        ("aten::t_copy.odd(Tensor self, int[] way) -> Tensor", ()),
        ("aten::odd_(Tensor self) -> Tensor", ("inplace_view",)),
    ],
)
def test_a_made_up_schema_is_unclassified(text, tags):
    views = views_of(registered())
    assert classify(describe(torch._C.parse_schema(text), tags), views, {}) is None


def test_a_named_dimension_is_excluded():
    schema = torch._C.parse_schema("aten::select.Dimname(Tensor(a) self, str dim, int index) -> Tensor(a)")
    answer = classify(describe(schema), {}, {})
    assert isinstance(answer, Entry)
    assert answer.kind == "excluded"
    assert answer.reason is not None
    assert "named dimensions" in answer.reason


def test_entries_are_whole():
    for name, found in catalog().items():
        assert name == found.name
        assert found.kind in KINDS
        assert (found.kind == "excluded") == (found.bases == ())
        assert found.reason or found.kind not in ("excluded", "view-or-copy")
        assert (found.view is not None) == (found.kind in ("copy", "copy-out", "scatter", "inverse"))
        assert found.view is None or catalog()[found.view].kind in ("view", "view-or-copy")


@pytest.mark.parametrize(
    ("name", "kind", "bases", "view"),
    [
        ("slice.Tensor", "view", ("strided",), None),
        ("reshape.default", "view-or-copy", ("strided",), None),
        ("squeeze_.dim", "inplace-view", ("strided",), None),
        ("slice_copy.Tensor", "copy", ("strided",), "aten.slice.Tensor"),
        ("slice_copy.Tensor_out", "copy-out", ("strided",), "aten.slice.Tensor"),
        ("slice_scatter.default", "scatter", ("strided",), "aten.slice.Tensor"),
        ("slice_inverse.default", "inverse", ("strided",), "aten.slice.Tensor"),
        ("_reshape_copy.default", "copy", ("strided",), "aten.reshape.default"),
        ("crow_indices.default", "view", ("sparse",), None),
        ("values.default", "view", ("sparse", "nested"), None),
        ("_make_dual.default", "view", ("dual",), None),
        ("set_.source_Storage", "excluded", (), None),
        ("pin_memory.default", "excluded", (), None),
    ],
)
def test_kinds(name, kind, bases, view):
    found = entry(name)
    assert (found.kind, found.bases, found.view) == (kind, bases, view)


def test_disagreeing_tags_are_scatters_with_or_copies_without():
    """Copies of sometimes-views (`_to_copy`) may have the tag or not. Excluded overloads are not judged."""
    for record in registered():
        kind = catalog()[record.name].kind if record.name in catalog() else "excluded"
        if kind == "excluded":
            continue
        assert ("inplace_view" in record.tags) == (kind == "inplace-view")
        of = catalog()[record.name].view
        if kind in ("copy", "copy-out") and of and catalog()[of].kind == "view-or-copy":
            continue
        if ("view_copy" in record.tags) != (kind in ("copy", "copy-out")):
            assert kind == ("scatter" if "view_copy" in record.tags else "copy-out"), record.name
