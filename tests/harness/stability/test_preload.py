"""What a preload breaks is proved by what was seen, and by nothing less."""

import msgspec
import pytest

from viewproof.records.same import Change
from viewproof.stability.complex_dot import Dot
from viewproof.stability.machine import this_machine
from viewproof.stability.preload import broken_by_preload, proved
from viewproof.stability.runs import PlannedRun
from viewproof.stability.settings import SETTINGS

RIGHT, WRONG = (5.0, 6.0), (0.0, 0.0)
SEEN = Dot(
    routine="cdotu", overload="aten.dot.default", dtype="complex64", torch=WRONG, library=RIGHT, arithmetic=RIGHT
)
WAS = msgspec.structs.replace(SEEN, torch=RIGHT, library=None)


def test_torch_wrong_with_it_right_without_and_the_library_right_is_the_proof():
    (broken,) = proved([SEEN], [WAS])
    assert str(broken) == (
        "aten.dot.default of complex64: torch gives 0j where the library's own cblas_cdotu_sub gives (5+6j), which is "
        "right; without the preload torch gives (5+6j)"
    )


@pytest.mark.parametrize(
    ("seen", "was"),
    [
        (msgspec.structs.replace(SEEN, torch=RIGHT), WAS),
        (msgspec.structs.replace(SEEN, library=WRONG), WAS),
        (msgspec.structs.replace(SEEN, library=None), WAS),
        (SEEN, msgspec.structs.replace(WAS, torch=WRONG)),
    ],
    ids=["torch is right", "the library is wrong too", "the library says nothing", "torch is wrong without it too"],
)
def test_anything_less_is_no_proof(seen, was):
    assert proved([seen], [was]) == ()


@pytest.mark.parametrize(
    ("operator", "case", "explained"),
    [
        ("aten.dot.default", "sample(aten.dot.default(complex64[5], complex64[5]))", True),
        ("aten.dot.default", "sample(aten.dot.default(complex128[5], complex128[5]))", False),
        ("aten.dot.out", "sample(aten.dot.out(complex64[5], complex64[5], out=complex64[]))", False),
        ("aten.dot.default", "", False),
    ],
)
def test_only_the_overload_and_the_dtype_are_explained(operator, case, explained):
    (broken,) = proved([SEEN], [WAS])
    change = Change(what="failure", suite="s", operator=operator, family="f", before="a", after="b", case=case)
    assert broken.explains(change) is explained


def test_a_run_without_a_preload_breaks_nothing():
    assert broken_by_preload(PlannedRun("reference")) == ()


def test_a_real_preload_is_looked_at():
    machine = this_machine()
    if machine.openblas is None:
        pytest.skip("no libopenblas is found: apt-get install libopenblas0-pthread")
    setting = next(one for one in SETTINGS if one.name == "openblas-older")
    for broken in broken_by_preload(PlannedRun("it", ((setting, setting.ask(machine)),))):
        assert broken.with_it.library == broken.with_it.arithmetic != broken.with_it.torch
        assert broken.without_it.torch == broken.with_it.arithmetic
