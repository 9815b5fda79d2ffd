"""A case that a query names is judged by the suites that can take it, or refused with what each of them says."""

from __future__ import annotations

import pytest

from viewproof.cases import format_case
from viewproof.contract.installed import own_suites
from viewproof.engine.judging_suites import declined, subject_named, why_none
from viewproof.engine.plan import make_plan
from viewproof.errors import UsageError


def suites_of(call):
    return {chunk.suite for chunk in make_plan(own_suites(), [call])}


def test_a_resize_that_grows_is_asked_of_no_program():
    grows = suites_of("aten.resize_.default(float32[2,3], [3,3])")
    kept = suites_of("aten.resize_.default(float32[2,3], [2,2])")
    assert {"inplace"} <= grows < kept
    assert kept - grows == {"functionalization", "functional_traces"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "module(aten.unsqueeze_.default(float32[2], 0))",
            "passes, decomposed_passes: no module of aten.unsqueeze_.default",
        ),
        (
            "module(aten.t.default(float32[2,2,2]))",
            "passes, decomposed_passes: accepted calls alone, and aten.t.default refuses this one (RuntimeError: self: "
            "wanted at most 2 dimensions, got 3)",
        ),
        (
            "functionalization/*/*/aten.resize_.default(float32[2,3], [3,3])",
            "functionalization: no program of it: an output reaches past the base, or it is refused on a copy of the "
            "base",
        ),
        (
            "errors/*/*/aten.select.int(float32[3,4], 0, 0)",
            "errors: refused calls alone, and this one is accepted",
        ),
        (
            "views/*/*/aten.select.int(float32[3,4], 0, 4)",
            "views: accepted calls alone, and this one is refused (IndexError: ",
        ),
        ("views/*/*/sample(aten.select.int(float32[3,4], 0, 0))", "those asked check no sample"),
        ("views/meta/layout.size/schema(aten.select.int)", "those asked check no schema"),
    ],
)
def test_a_case_that_no_suite_judges_is_wrong_usage_and_why_is_said(query, said):
    with pytest.raises(UsageError) as refused:
        make_plan(own_suites(), [query])
    text = str(refused.value)
    assert text.startswith(f"case {query.split('/', 3)[-1]!r}: wanted one that a suite judges; {said}")
    assert len(text) <= 300


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("aten.add.Tensor(float32[2], float32[2])", "wanted an operator that has a layout rule, got aten.add.Tensor"),
        ("schema(aten.select_copy.int)", "wanted a schema of another operator, got aten.select_copy.int"),
    ],
)
def test_a_name_that_the_reference_does_not_answer_for_is_wrong_usage(query, said):
    with pytest.raises(UsageError, match=said):
        make_plan(own_suites(), [query])


def test_one_case_that_no_suite_judges_is_refused_beside_others_that_one_does():
    with pytest.raises(UsageError, match=r"module\(aten.t.default"):
        make_plan(own_suites(), ["aten.t.default(float32[2,3])", "module(aten.t.default(float32[2,2,2]))"])


@pytest.mark.parametrize("name", ["functionalization", "passes"])
def test_a_suite_declines_nothing_that_it_generates(name):
    suite = own_suites()[name]
    family = suite.families("aten.select.int", "quick")[0]
    names = [format_case(case) for case in suite.cases("aten.select.int", family, "quick")]
    assert names
    assert {declined(suite, subject_named(one)) for one in names} == {""}


def test_what_is_said_fits_a_line():
    call = f"module(aten.t.default(float32[{','.join(['2'] * 60)}]))"
    assert len(why_none(call, own_suites().values()).removeprefix(f"case {call!r}")) < 260
