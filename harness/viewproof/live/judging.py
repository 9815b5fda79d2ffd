"""Judges a call's outputs by the rules of the contract, as the target eager, on the program's own tensors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from viewproof.contract.installed import find_rule, find_target
from viewproof.contract.rule import Rule
from viewproof.contract.suite import LargeRun
from viewproof.engine.answers import Sight
from viewproof.engine.planner import RuleSet
from viewproof.engine.verdicts import ChunkVerdicts
from viewproof.evidence.outputs import FACTS
from viewproof.evidence.probe import Evidence
from viewproof.live.known import CallCount, KnownCall
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord, Tally
from viewproof.records.signature import signature_of

#: What records of the live mode say of where their cases come from.
LIVE = "live"


def target_of(known: KnownCall) -> str:
    """The target that the program's call is: `meta` for a program on meta tensors, else `eager`."""
    return "meta" if known.device == "meta" else "eager"


def sweep_device(device: str) -> str:
    """The device that a run by name is asked for where a program's tensors are on `device`."""
    return "cpu" if device == "meta" else device


def chunk_of(known: KnownCall, suite: str, targets: tuple[str, ...], rules: tuple[str, ...], device: str) -> Chunk:
    """The chunk that holds the case of a call and nothing else."""
    return Chunk(
        suite=suite,
        operator=known.watched.name,
        family=LIVE,
        profile=LIVE,
        device=device,
        targets=targets,
        rules=rules,
        case=known.name,
    )


def _asked(known: KnownCall) -> Iterable[tuple[str, tuple[Rule, ...]]]:
    watched = known.watched
    if known.the_subject.traits.refused:
        return () if watched.refusing is None else (watched.refusing,)
    return watched.asked


def rules_asked(known: KnownCall) -> list[tuple[str, tuple[Rule, ...]]]:
    """The rules that apply to one call, by suite; only its traits decide that."""
    traits = known.the_subject.traits
    return [(suite, tuple([rule for rule in rules if rule.applies(traits)])) for suite, rules in _asked(known)]


def _set_of(known: KnownCall, rules: tuple[Rule, ...]) -> tuple[RuleSet, Any]:
    """Rules on facts, those told apart that have nothing to compare of a call, and the expected evidence."""
    whole = RuleSet(rules, (FACTS,))
    expected = whole.expected(known.the_subject, known.device)
    return whole.parted(expected), expected


def judge_call(known: KnownCall, evidence: Evidence) -> list[ChunkRecord]:
    """The verdicts on one call whose evidence is to be judged, a record for each suite that has rules for it."""
    target, subject = target_of(known), known.the_subject
    records = []
    for suite, rules in rules_asked(known):
        if not rules:
            continue
        names = tuple([rule.name for rule in rules])
        verdicts = ChunkVerdicts(chunk_of(known, suite, (target,), names, sweep_device(known.device)))
        asked, expected = _set_of(known, rules)
        verdicts.of(target).judge(subject, asked, expected, Sight(evidence))
        records.append(verdicts.record(1, int(subject.traits.refused), 1, [signature_of(known.name)], 0.0, 0.0))
    return records


def records_of(seen: CallCount) -> list[ChunkRecord]:
    """The records of all calls of a kind: those that agreed, and each kind of difference of the others, counted."""
    found = _passes(seen) if seen.agreed else []
    for records, times in seen.differed.values():
        found += [_repeated(record, times) for record in records]
    return found


def _repeated(record: ChunkRecord, times: int) -> ChunkRecord:
    tallies = [
        msgspec.structs.replace(
            tally,
            planned=tally.planned * times,
            verdicts={verdict: number * times for verdict, number in tally.verdicts.items()},
        )
        for tally in record.tallies
    ]
    return msgspec.structs.replace(record, executions=times, tallies=tallies)


def _words(known: KnownCall, rules: tuple[Rule, ...]) -> list[tuple[Rule, str]]:
    """What each rule says of a call whose evidence is as expected."""
    asked, _ = _set_of(known, rules) if rules else (None, None)
    return [(rule, "unseen" if asked and rule.name in asked.unseen else "pass") for rule in rules]


def _passes(seen: CallCount) -> list[ChunkRecord]:
    known = seen.known
    target, refused = target_of(known), int(known.the_subject.traits.refused)
    return [
        ChunkRecord(
            chunk=f"{suite}/{LIVE}/{known.name}",
            suite=suite,
            operator=known.watched.name,
            family=LIVE,
            cases=1,
            accepted=1 - refused,
            executions=seen.agreed,
            tallies=[
                Tally(target=target, rule=rule.name, planned=seen.agreed, verdicts={word: seen.agreed})
                for rule, word in _words(known, rules)
            ],
            failures=[],
            signatures=[signature_of(known.name)],
            issues_shown={},
            too_wide=[],
            checking_seconds=0.0,
            generating_seconds=0.0,
        )
        for suite, rules in rules_asked(known)
    ]


def judge_large(known: KnownCall, suite: str, runs: Iterable[LargeRun], device: str) -> list[ChunkRecord]:
    """The verdicts on runs of a case that is too large to be filled with data, a record for each run with a verdict."""
    subject = known.the_subject
    records = []
    for run in runs:
        rule = find_rule(run.rule)
        if not rule.applies(subject.traits):
            continue
        verdicts = ChunkVerdicts(chunk_of(known, suite, (run.target,), (run.rule,), device))
        probe = find_target(run.target).probe(rule.probe)
        asked = RuleSet((rule,), () if probe is None else (probe,))
        verdicts.of(run.target).judge(subject, asked, run.expected, Sight(run.evidence))
        records.append(verdicts.record(1, 0, 1, [signature_of(known.name)], 0.0, 0.0))
    return records
