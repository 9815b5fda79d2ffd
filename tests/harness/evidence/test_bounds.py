"""What a named case lays and reads is held against the memory of the machine."""

import pytest

from viewproof.cases import parse_case
from viewproof.evidence.bounds import A_BYTE, AN_ELEMENT, MOST_ELEMENTS, layouts_in, machine_memory, too_large

GIB = 2**30


@pytest.mark.parametrize(
    ("case", "layouts"),
    [
        ("aten.view_as.default(float32[6], float32[2,3])", 2),
        ("aten.cat.default([float32[6], float32[2]])", 2),
        ("aten.coalesce.default(sparse_coo([2,2], indices=int64[2,1]{0,1}, values=float32[1]))", 2),
        ("aten.alias.default(dual(float32[2], float32[2]))", 2),
        ("aten.alias.default(dual(float32[2], None))", 1),
        ("sample(aten.abs.default(unit(float32[2])))", 1),
    ],
)
def test_every_tensor_counts_and_so_do_components(case, layouts):
    assert len(list(layouts_in(parse_case(case)))) == layouts


def test_elements_and_bytes_are_held_against_half_of_the_memory():
    case = parse_case("aten.alias.default(uint8[1024]@4096)")
    needed = 1024 * AN_ELEMENT + 4096 * A_BYTE
    assert too_large(case, 2 * needed) == ""
    assert too_large(case, 2 * needed - 2) == (
        f"wanted what half of this machine's {(2 * needed - 2) >> 20} MiB of memory can hold, got {needed >> 20} MiB"
    )


def test_elements_are_limited_whatever_the_memory():
    # An expanded base has as many as it likes for nothing.
    assert too_large(parse_case(f"aten.alias.default(uint8[{MOST_ELEMENTS}]:[0])"), 64 * GIB) == ""
    assert "got one of" in too_large(parse_case(f"aten.alias.default(uint8[{MOST_ELEMENTS + 1}]:[0])"), 64 * GIB)


def test_where_the_machine_does_not_say_memory_is_no_limit(monkeypatch):
    monkeypatch.setattr("viewproof.evidence.bounds.machine_memory", lambda: None)
    assert too_large(parse_case(f"aten.alias.default(uint8[2]@{2**50})")) == ""


def test_the_memory_of_this_machine_is_that_of_a_machine():
    memory = machine_memory()
    assert memory is None or 2**28 < memory < 2**48
