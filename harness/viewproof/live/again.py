"""Runs the cases of a block once more, by name, on the targets of their suites: meta, fake, functionalized, eager.

They run on a thread of their own. Modes, autocast, inference mode, grad mode, functorch levels, functionalization and
the Python dispatcher are all per thread: a fresh one has none of them, and what a case leaves set ends with it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from time import perf_counter

import torch

from viewproof.cases.model import Case, TensorArgument
from viewproof.contract.installed import find_target
from viewproof.engine.check import check_in_place
from viewproof.live.findings import Findings, finding_of
from viewproof.live.judging import chunk_of, judge_large, sweep_device
from viewproof.live.kept import VERDICTS
from viewproof.live.known import CallCount, KnownCall
from viewproof.live.places import place_of_code
from viewproof.records.model import ChunkRecord
from viewproof.tensors.build import Builder
from viewproof_reference.layout import DTYPES, Layout, element_count

#: A case of more bytes is not built at all: fake tensors are made from real ones, though these are never written.
MOST_BYTES = 1 << 30


def size_of(case: Case, known: KnownCall) -> int:
    """How many bytes a run of the case with data handles: its storages, and outputs of their own."""
    storages: dict[object, int] = {}
    listed = [one for value in (*case.args, *dict(case.kwargs).values()) for one in _flat(value)]
    for place, argument in enumerate(listed):
        if isinstance(argument, TensorArgument):
            storages[place if argument.storage is None else f"${argument.storage}"] = argument.layout.storage_bytes
    made = sum(
        element_count(output.layout.size) * DTYPES[output.layout.dtype].itemsize
        for output in known.the_subject.expectation.outputs or ()
        if isinstance(output.layout, Layout)
    )
    return max(sum(storages.values()), made)


def _flat(value: object) -> Iterable[object]:
    return value if isinstance(value, tuple) else (value,)


def run_again(seen: Iterable[CallCount], findings: Findings, data_bytes: int) -> None:
    """Run what is in `seen` by name; findings, records and harness errors go to `findings`.

    `data_bytes` is the most that a case may hold to be run with data. Returns once all is done; the calling thread's
    state is not touched.
    """
    began = perf_counter()
    work = [one for one in seen if one.known.subject is not None and not one.known.the_subject.traits.refused]
    thread = threading.Thread(target=_guarded, args=(work, findings, data_bytes), name="viewproof-again")
    thread.start()
    thread.join()
    findings.again_seconds += perf_counter() - began


def _guarded(work: list[CallCount], findings: Findings, data_bytes: int) -> None:
    always = torch.is_warn_always_enabled()
    with VERDICTS.lock:
        try:
            VERDICTS.renew()
            for one in work:
                # A warning that torch gives once a process must still reach the program. That of complex32 comes
                # with every allocation, past Python's filters, and a program that has such a tensor has had it.
                torch.set_warn_always(always or "complex32" not in one.known.name)
                try:
                    _run(one, findings, data_bytes)
                except Exception as error:  # noqa: BLE001  a fault of ours, noted as one
                    findings.fail(f"{one.known.name}, run again", error)
        except Exception as error:  # noqa: BLE001  a fault of ours, noted as one
            findings.fail("running the cases again", error)
        finally:
            torch.set_warn_always(always)
            for device in {"cpu", "meta", *[sweep_device(one.known.device) for one in work]}:
                Builder(device).forget()


def _run(seen: CallCount, findings: Findings, data_bytes: int) -> None:
    known = seen.known
    case: Case = known.the_subject.case
    bytes_ = size_of(case, known)
    small = bytes_ <= data_bytes
    device = sweep_device(known.device) if small else "cpu"
    findings.counts["cases run again"] += 1
    if not small:
        findings.counts["cases run again without data"] += 1
    for suite in known.watched.again:
        live = suite.live
        if live is None:
            continue
        if not small and live.large is not None:
            for large in judge_large(known, suite.name, live.large(known.the_subject, device), device):
                _take(seen, findings, large, device)
            continue
        if not live.takes(known.the_subject):
            continue
        chosen = tuple([one for one in live.targets if small or not find_target(one).with_data])
        if bytes_ > MOST_BYTES:
            chosen = tuple([one for one in chosen if one == "meta"])
        if not chosen:
            continue
        chunk = chunk_of(known, suite.name, chosen, suite.rules, device)
        record = VERDICTS.get(chunk)
        if record is None:
            record = check_in_place(chunk)
            VERDICTS.keep(chunk, record)
            findings.counts["runs by name"] += record.executions
        else:
            findings.counts["runs by name, kept"] += record.executions
        _take(seen, findings, record, device)


def _take(seen: CallCount, findings: Findings, record: ChunkRecord, device: str) -> None:
    findings.records.append(record)
    findings.problems += [f"known issue is too wide: {line}" for line in record.too_wide]
    if not record.failures:
        return
    places = [place_of_code(*where) for where, _ in seen.places.most_common(3)]
    for failure in record.failures:
        findings.add(
            finding_of(
                failure,
                count=seen.calls,
                seen="again",
                lines=[str(place) for place in places],
                source=places[0].source if places else "",
                via="",
                device=device,
            )
        )
