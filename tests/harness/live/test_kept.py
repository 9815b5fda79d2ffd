"""Verdicts are kept by case name, and dropped when a kernel comes or goes."""

from __future__ import annotations

import pytest
import torch

import viewproof
from viewproof.live.kept import VERDICTS, KeptVerdicts, LibraryCount, registrations


def block():
    with viewproof.crossref(operators=["aten.diagonal"]) as findings:
        torch.zeros(3, 3).diagonal()
    return findings


def test_a_case_that_was_run_is_not_run_again():
    VERDICTS._records.clear()
    first, second = block(), block()
    assert first.counts["runs by name"] > 0
    assert first.counts["runs by name, kept"] == 0
    assert second.counts["runs by name"] == 0
    assert second.counts["runs by name, kept"] == first.counts["runs by name"]
    assert len(first.records) == len(second.records), "a kept verdict counts like one that was made anew"


@pytest.mark.filterwarnings("ignore")
def test_a_kernel_that_is_registered_drops_them(child):
    done = child("""
import torch, viewproof
def block():
    with viewproof.crossref(operators=["aten.diagonal"]) as findings:
        torch.zeros(3, 3).diagonal()
    return findings
assert block().counts["runs by name"] > 0
assert block().counts["runs by name"] == 0
for kernel in "ab":
    library = torch.library.Library("aten", "IMPL")
    library.impl("unfold", lambda self, dimension, size, step: self, "Meta", allow_override=True)
    assert block().counts["runs by name"] > 0, f"a kernel came: {kernel}"
    assert block().counts["runs by name"] == 0
    library._destroy()
    del library
assert block().counts["runs by name"] > 0, "it went"
print("done")
""")
    assert done.stdout == "done\n", done.stderr


def test_registrations_are_a_number_that_stays():
    assert registrations() == registrations()


def test_only_so_many_are_kept():
    kept = KeptVerdicts(most=2)

    class Named:
        def __init__(self, name):
            self.name = name

    assert kept.renew() is False
    for name in "abc":
        kept.keep(Named(name), name)
    assert (kept.get(Named("a")), kept.get(Named("c")), len(kept)) == (None, "c", 1)


def test_libraries_are_counted_as_they_are_made(monkeypatch):
    monkeypatch.setattr(torch._C, "_dispatch_library", torch._C._dispatch_library)
    count = LibraryCount()
    library = torch.library.Library("viewproof_counted", "FRAGMENT")
    assert count.made == 1
    library._destroy()
    assert count.made == 1
