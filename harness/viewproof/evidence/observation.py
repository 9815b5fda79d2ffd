"""Observations: what one execution of a case on a target showed, as plain data of one type for all targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viewproof.cases.answers import Answers
from viewproof.tensors.facts import TensorFacts

#: The list that no probe has replaced yet. Never appended to: an observation of facts alone costs no list of its own.
NOTHING: Any = ()


@dataclass(slots=True)
class OutputObservation:
    """One output of a call.

    `shares` names the operand component whose storage it lives on, None for a storage of its own; `identity` is True
    where it is the very first operand. `reads` are the bytes of its elements (row-major) under each filling of the
    source storage in turn; `rewritten` numbers the fillings written to it after the call, read by the same output.
    `snapshot` is the source storage after a write to the output, `changed` the byte positions where it differs;
    `version_shared` whether that write moved the operand's version counter; `base` is what `_base` is (`the operand`,
    `none`, `another`). `replayed` and `replay_shares` describe the view replayed on another base, `note` why there is
    none. `outside`: the output reaches beyond its storage, so that nothing was read or written through it.
    """

    facts: TensorFacts
    shares: str | None
    identity: bool
    reads: list[bytes] = NOTHING
    rewritten: tuple[int, ...] = ()
    source_dtype: str = ""
    snapshot: list[bytes] = NOTHING
    changed: set[int] | None = None
    version_shared: bool | None = None
    base: str | None = None
    replayed: TensorFacts | None = None
    replay_shares: bool | None = None
    note: str = ""
    outside: bool = False


@dataclass(slots=True)
class Observation:
    """Everything one execution showed.

    `error` is (exception class names along its ancestry, message). `kept` are the operands' storages after the call:
    (name, bytes before, [bytes after]); `inputs_changed` describes changes of them. `gradient` is what reached
    the operand when `sent` (row-major) were sent back, None with a `gradient_note` where nothing did; `tangents` are
    the outputs' forward tangents. `answers` are a target's own facts, of its contract's type, for rules that ask for
    them (`answers_of`). `doubted`: a glance (evidence/glance.py) at another execution of this case did not agree;
    `agreed`: one at this very execution did, so that nothing else was noted.
    """

    outputs: list[OutputObservation]
    error: tuple[tuple[str, ...], str] | None = None
    inputs_changed: str | None = None
    gradient: list[complex] | None = None
    gradient_note: str = ""
    tangents: list[list[complex]] = NOTHING
    kept: list[tuple[str, bytes, list[bytes]]] = NOTHING
    answers: Answers | None = None
    doubted: bool = False
    agreed: bool = False
