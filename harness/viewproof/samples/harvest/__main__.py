"""`python -m viewproof.samples.harvest FOLDER`: gather the samples anew, one file a letter; minutes on one core."""

from __future__ import annotations

import faulthandler
import itertools
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from importlib import resources
from pathlib import Path

import torch

from viewproof.cases.model import Case
from viewproof.catalog.overloads import resolve
from viewproof.catalog.schemas import registered
from viewproof.samples.cases import format_sample, parse_sample
from viewproof.samples.harvest.choose import REFUSALS, accepted, chosen, expanded
from viewproof.samples.harvest.derive import adopted, guesses, is_written_out, relatives, stems, with_outs
from viewproof.samples.harvest.opinfo import Calls, Recorder, gather
from viewproof.samples.harvest.spell import normal

_SECONDS = 20
"""How long the choice for one overload may take."""
_HARVESTED = 400
#: Overloads that have no samples on purpose, each with the reason.
LEFT_OUT = {
    "aten._print.default": "writes to standard output",
    "aten._add_batch_dim.default": "makes a tensor of a transform that is not running",
    "aten._remove_batch_dim.default": "takes a tensor of a transform that is not running",
    "aten._cufft_set_plan_cache_max_size.default": "changes a setting of the process",
    "aten._cufft_clear_plan_cache.default": "changes a setting of the process",
}


def _in_child(action: Callable[[], Iterable[str]]) -> tuple[list[str], str]:
    """What `action` gives in a child of this process, and how the child ended where it did not end well."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        faulthandler.disable()
        signal.alarm(_SECONDS)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        with os.fdopen(writing, "w") as pipe:
            pipe.write("\n".join(action()))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    status = os.waitpid(child, 0)[1]
    ending = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "raises" if status else ""
    return [] if ending else [line for line in text.split("\n") if line], ending


def _functional(operator: str, known: Calls, by_stem: dict[str, list[str]]) -> list[tuple[str, Case]]:
    near = list(relatives(operator, known, by_stem))
    near.sort(key=lambda name: (name.split(".")[1] != operator.split(".")[1].removesuffix("_"), name))
    return [(name, adopted(operator, call)) for name in near for call in itertools.islice(known[name], 20)]


def _calls(operator: str, known: Calls, by_stem: dict[str, list[str]], careful: bool) -> Iterable[str]:
    """The samples of one overload, as texts. `careful`: of the calls that OpInfo made, and as they were laid out."""
    torch.set_num_threads(1)
    with warnings.catch_warnings(action="ignore"):
        outs = any(is_written_out(argument) for argument in resolve(operator)._schema.arguments)
        own = list(itertools.islice(known.get(operator, ()), _HARVESTED))
        if careful:
            return [format_sample(call) for call in own[:2] if accepted(call)]
        if own:
            # Guessed calls are added for pointwise operators only: one that trusts its caller must not get guesses.
            guessed = guesses(operator) if torch.Tag.pointwise in resolve(operator).tags and not outs else ()
            return [format_sample(call) for call in chosen([*own, *guessed])]
        derived = _functional(operator, known, by_stem)
        if outs:
            derived = _given_outs(operator, derived)
        found = chosen([call for _, call in derived], 2)
        if not found and not outs:
            found = chosen(guesses(operator), 2)
        return [format_sample(call) for call in found if not (outs and call.args and _is_expanded(call))]


def _is_expanded(call: Case) -> bool:
    first = call.args[0]
    return getattr(first, "layout", None) is not None and expanded(first, 0) == first and 0 in first.layout.stride


def _given_outs(operator: str, derived: list[tuple[str, Case]]) -> list[tuple[str, Case]]:
    found = []
    for name, call in derived[:30]:
        if any(is_written_out(argument) for argument in resolve(name)._schema.arguments):
            continue
        try:
            outs = with_outs(operator, call, name)
        except REFUSALS:
            continue
        if outs is not None:
            found.append((name, Case(operator, call.args, (*call.kwargs, *outs))))
    return found


def harvest(known: Calls, say: Callable[[str], None]) -> dict[str, list[str]]:
    """The samples of every dispatched aten overload, by its name; `say` is told of each child that died."""
    operators = sorted(record.name for record in registered() if record.dispatched and record.name not in LEFT_OUT)
    found: dict[str, list[str]] = {}
    by_stem = stems(operators)
    # Functional overloads first: others borrow their calls.
    for _ in range(2):
        for operator in operators:
            if found.get(operator):
                continue
            for careful in (False, True):
                texts, ending = _in_child(partial(_calls, operator, known, by_stem, careful))
                if not ending:
                    break
                say(f"{operator}: {ending}")
            found[operator] = texts
            if texts and operator not in known:
                known[operator] = {parse_sample(text).call: None for text in texts}
    return found


def write(found: dict[str, list[str]], folder: Path) -> None:
    """One file a first letter of the packets, one line a sample; what was there before is removed."""
    for old in folder.glob("*.txt"):
        old.unlink()
    letters: dict[str, list[str]] = {}
    for operator in sorted(found):
        letter = operator.split(".")[1].lstrip("_")[:1].lower()
        letters.setdefault(letter, []).extend(text.removeprefix("aten.") for text in found[operator])
    for letter, lines in letters.items():
        if lines:
            (folder / f"{letter}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def add_by_hand(calls: Calls) -> None:
    """Put the calls of by_hand.txt beside those of OpInfo: overloads that it does not reach, or not in small."""
    known = {record.name for record in registered() if record.dispatched}
    text = resources.files("viewproof.samples.harvest").joinpath("by_hand.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        call = normal(parse_sample(line).call)
        if call.operator in known:
            calls[call.operator][call] = None


if __name__ == "__main__":
    recorder = Recorder()
    refused = gather(recorder)
    add_by_hand(recorder.calls)
    print(f"{len(recorder.calls)} overloads called; refused: {dict(refused.most_common(5))}")
    samples = harvest(recorder.calls, print)
    write(samples, Path(sys.argv[1]))
    lacking = [name for name, texts in samples.items() if not texts]
    print(
        f"{sum(map(len, samples.values()))} samples of {len(samples) - len(lacking)} overloads; {len(lacking)} without"
    )
