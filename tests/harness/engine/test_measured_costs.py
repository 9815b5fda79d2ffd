"""Costs are measured from records: what a suite's chunks cost, and the operators of which that would be wrong."""

import json

import made_run
import msgspec

from viewproof.engine.costs import cost_of
from viewproof.engine.measured_costs import main, measured
from viewproof.records.chunk import Chunk


def record(operator, milliseconds, cases=2, **more):
    made = made_run.record([f"{operator}(float32[{size}])" for size in range(cases)], operator=operator, **more)
    return msgspec.structs.replace(made, checking_seconds=milliseconds / 1000, generating_seconds=0.0)


def chunk(operator, profile="quick", suite="views"):
    return Chunk(suite=suite, operator=operator, family="flat", profile=profile, device="cpu", targets=(), rules=())


def test_an_operator_is_named_where_its_suite_would_be_wrong():
    found = measured(
        [record(f"aten.a{number}.default", 10) for number in range(8)] + [record("aten.slow.default", 90)], "quick", {}
    )
    views = found["views"]
    assert (views.chunk, views.operators) == (10.0, {"aten.slow": 90.0})
    assert views.case == 9.4, "(8 * 10 + 90) / 18 to two digits"


def test_a_difference_that_is_nothing_is_not_named():
    found = measured([record(f"aten.a{number}.default", 1) for number in range(8)] + [record("aten.b.default", 3)],
                     "quick", {})  # fmt: skip
    assert found["views"].operators == {}


def test_a_larger_profile_names_what_smaller_ones_would_get_wrong():
    quick = {"quick": measured([record(f"aten.a{n}.default", 10) for n in range(8)] + [record("aten.b.default", 90)],
                               "quick", {})}  # fmt: skip
    full = measured([record("aten.a0.default", 100), record("aten.b.default", 900)], "full", quick)
    assert (full["views"].chunk, full["views"].operators) == (100.0, {}), "it is nine times as dear at both"
    assert cost_of(chunk("aten.b.default", "full"), quick | {"full": full}) == 0.9
    full = measured([record("aten.a0.default", 100), record("aten.a1.default", 100), record("aten.b.default", 100)],
                    "full", quick)  # fmt: skip
    assert cost_of(chunk("aten.b.default", "full"), quick | {"full": full}) == 0.1


def test_the_file_is_written_by_runs_and_keeps_other_profiles(tmp_path, capsys):
    path = tmp_path / "costs.json"
    kept = {"chunk": 5.0, "case": 1.0, "operators": {}}
    path.write_text(json.dumps({"full": {"views": kept}, "quick": {"gone": kept}}))
    made_run.write(tmp_path / "run", [record("aten.alias.default", 1234.4), record("aten.t.default", 1234.4)])
    assert main([str(path), str(tmp_path / "run")]) == 0
    assert json.loads(path.read_text()) == {
        "quick": {"views": {"chunk": 1200.0, "case": 620.0, "operators": {}}},
        "full": {"views": kept},
    }
    before = path.read_bytes()
    assert main([str(path), str(tmp_path / "nothing")]) == 2
    assert main([str(path)]) == 2
    assert path.read_bytes() == before
    assert "summary.json: wanted the summary.json of a finished run" in capsys.readouterr().err
