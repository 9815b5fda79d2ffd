"""A made-up run on disk: records, summary, run.json and catalog, as an engine would have left them."""

from __future__ import annotations

import json

import msgspec

from viewproof import __version__
from viewproof.records.coverage import Coverage, OperatorCoverage, RuleCoverage
from viewproof.records.journal import Journal
from viewproof.records.model import ChunkRecord, Failure, Tally
from viewproof.records.outdir import write_json
from viewproof.records.signature import signature_of
from viewproof.records.summary import build_summary, write_summary

COVERAGE = Coverage(
    operators=OperatorCoverage(covered=1, partly=0, uncovered=1, catalog=2, excluded=0, gaps={}),
    rules=RuleCoverage(covered=2, planned=2, gaps=()),
)
PLAN = "sha256:0"
RULES = ("layout.size", "layout.stride")


def failure(case, rule="layout.stride", verdict="fail", **more):
    fields = {
        "suite": "views",
        "target": "meta",
        "rule": rule,
        "operator": "aten.alias.default",
        "case": case,
        "verdict": verdict,
        "expected": "(1,)",
        "observed": "(2,)",
        "difference": "stride differs",
        "known_issue": "alias-strides" if verdict == "waived" else None,
    }
    return Failure(**(fields | more))


def record(cases, failures=(), rules=RULES, suite="views", operator="aten.alias.default", targets=("eager", "meta")):
    """One chunk's record: every case passes but for the failures."""
    tallies = []
    for target in targets:
        for rule in rules:
            verdicts = {"pass": len(cases)}
            for one in failures:
                if (one.target, one.rule) == (target, rule):
                    verdicts["pass"] -= 1
                    verdicts[one.verdict] = verdicts.get(one.verdict, 0) + 1
            tallies.append(Tally(target=target, rule=rule, planned=len(cases), verdicts=verdicts))
    return ChunkRecord(
        chunk=f"{suite}/quick/cpu/{operator}@flat/{'+'.join(targets)}/{'+'.join(rules)}",
        suite=suite,
        operator=operator,
        family="flat",
        cases=len(cases),
        accepted=len(cases),
        executions=2 * len(cases),
        tallies=tallies,
        failures=list(failures),
        signatures=[signature_of(case) for case in cases],
        issues_shown={},
        too_wide=[],
        checking_seconds=0.5,
        generating_seconds=0.0,
    )


def summary(records, torch="2.13.0+cpu", problems=(), seconds=1.0, journal="", shard=None):
    return build_summary(
        records,
        torch_version=torch,
        device="cpu",
        profile="quick",
        plan=PLAN,
        seconds=seconds,
        coverage=COVERAGE,
        problems=problems,
        journal=journal,
        shard=shard,
    )


def run_of(started="2026-11-20T03:17:00+00:00", **more):
    return {
        "started": started,
        "suites": ["views"],
        "selection": {"queries": []},
        "not_run": {"cuda": "no device"},
    } | more


def as_older(folder):
    """The run directory there, as versions left one that kept no digests."""
    for name in ("run.json", "summary.json", "catalog.json"):
        if (folder / name).exists():
            content = json.loads((folder / name).read_text())
            (folder / name).write_text(json.dumps({k: v for k, v in content.items() if k not in ("digest", "journal")}))
    lines = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    for line in lines:
        del line["link"]
    (folder / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def write(folder, records, started="2026-11-20T03:17:00+00:00", catalog=None, **more):
    """A run directory."""
    folder.mkdir(parents=True)
    with Journal(folder / "journal.jsonl", PLAN) as journal:
        for one in records:
            journal.append(msgspec.structs.replace(one))
    write_summary(folder, summary(records, journal=journal.link, **more))
    write_json(folder / "run.json", run_of(started))
    if catalog is not None:
        write_json(folder / "catalog.json", {"schema": 1, "torch": "2.13.0", "operators": catalog})
    return folder


#: What run.json of a shard says, beside its number: where all of it is the same, shards are of one run.
OF_A_SHARD = {
    "viewproof": __version__,
    "torch": "2.13.0+cpu",
    "profile": "quick",
    "device": "cpu",
    "seed": None,
    "jobs": 2,
    "plan": PLAN,
    "known_issues": "sha256:1",
    "selection": {"queries": ["views"]},
    "contracts": [{"name": "views", "distribution": "viewproof", "version": __version__}],
    "passes": {},
    "environment": {"torch_git": "cf30153", "python": "3.11.7", "implementation": "CPython", "cpus": 2},
}


def write_shard(folder, shard, records, **more):
    """The run directory of a shard that has these records."""
    write(folder, records, shard=shard)
    write_json(folder / "run.json", run_of(**{**OF_A_SHARD, "chunks": len(records), "shard": shard, **more}))
    return folder
