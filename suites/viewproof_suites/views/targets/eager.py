"""Eager on a device: the target with data. Reads, writes, versions, replay and gradients are observed here."""

from __future__ import annotations

from typing import Any

import torch

from viewproof.contract.target import Target
from viewproof.evidence.glance import is_alias_of
from viewproof.evidence.observation import Observation, OutputObservation
from viewproof.evidence.subject import Subject, Traits, operator_traits
from viewproof.running.copying import CopyAnswers, observe_copy
from viewproof.running.session import FACTS, FactsSession, error_of, tensors_of
from viewproof.tensors.arena import Arena
from viewproof.tensors.bases import Base, likeness
from viewproof.tensors.build import BuiltCall
from viewproof.tensors.facts import strided_facts
from viewproof.tensors.fillings import fillings, marked, one_is_enough
from viewproof.tensors.host_bytes import Unhandled
from viewproof_reference.layout.model import Layout
from viewproof_reference.layout.positions import overlaps
from viewproof_suites.views.targets.gradient import gradient_agrees, observe_gradient, observe_scatter_gradient
from viewproof_suites.views.targets.host_values import replay_agrees, values_agree

_GLANCED = frozenset({"facts", "values", "replay", "gradient"})


class EagerSession(FactsSession):
    """A session on a device that observes of each case what the probes ask for.

    A glance is a comparison that only says whether everything agrees.
    """

    def __init__(self, device: str, operator: str) -> None:
        super().__init__(device, operator, fresh=operator_traits(operator).inplace)
        self.arena = Arena(device)
        self._waiting: list[tuple[OutputObservation, bytes]] = []
        self._kept: list[Observation] = []

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        """See `Session.observe`."""
        observation = FactsSession.observe(self, subject, probes)
        if probes == FACTS or observation.error is not None:
            return observation
        try:
            if "values" in probes:
                self._values(subject, observation)
            if "replay" in probes:
                self._replay(subject, observation)
            if "copy" in probes or "scatter-gradient" in probes:
                observation.answers = CopyAnswers(
                    observe_copy(self, subject) if "copy" in probes else None,
                    observe_scatter_gradient(self, subject) if "scatter-gradient" in probes else None,
                )
            if "gradient" in probes:
                observe_gradient(self, subject, observation)
        except Exception as error:  # noqa: BLE001  what torch raises is the observation
            return Observation([], error_of(error))
        return observation

    def glance(self, subject: Subject, probes: frozenset[str]) -> Observation | None:
        """See `FactsSession.glance`; values and replays too, where the device is the host."""
        if probes == FACTS:
            return self.glance_at_facts(subject)
        if self.word != "cpu" or not probes <= _GLANCED:
            return self.observe(subject, probes)
        try:
            # A second try on newly made operands: an earlier call may have changed those that are kept.
            agreed = self._agrees(subject, probes) or (
                self.builder.drop(subject.case) and self._agrees(subject, probes)
            )
        except Unhandled:
            return self.observe(subject, probes)
        if agreed:
            return None
        observation = self.observe(subject, probes)
        observation.doubted = True
        return observation

    def _agrees(self, subject: Subject, probes: frozenset[str]) -> bool:
        """Whether all that these probes compare is as expected. Raises Unhandled where a glance cannot tell."""
        try:
            agreed = (
                ("values" not in probes or values_agree(self, subject))
                and ("replay" not in probes or replay_agrees(self, subject))
                and ("gradient" not in probes or gradient_agrees(self, subject))
            )
        except Unhandled:
            raise
        except Exception:  # noqa: BLE001  what torch raises shows again in the full look
            agreed = False
        return agreed

    def _run(self, built: BuiltCall) -> list[torch.Tensor]:
        with torch.no_grad():
            return tensors_of(self.call(*built.args, **built.kwargs))

    def _values(self, subject: Subject, observation: Observation) -> None:
        built = self.prepare(subject)
        for base in built.bases.values():
            if base.filled:
                base.fill(0)
        before = None if self.inplace else self._metadata(built)
        results = self._run(built)
        if before is not None:
            self._note_inputs(built, before, observation)
        expected = subject.expectation.outputs or ()
        for index, (wanted, output, result) in enumerate(zip(expected, observation.outputs, results, strict=False)):
            output.reads, output.snapshot = [], []
            source = built.bases.get(wanted.source or wanted.shares or "self")
            if source is None or not source.filled or not isinstance(wanted.layout, Layout):
                continue
            base = source
            if _leaves_storage(result):
                # Neither read nor written: that would be undefined, and could crash the process.
                output.outside = True
                continue
            if self.inplace and base.storage.nbytes() != base.storage_bytes:
                # The operator resized the storage. What it added is undefined, so that only writes are tested.
                base.storage_bytes, base.mark = base.storage.nbytes(), None
            else:
                self._reads(subject, built, base, output, result, index)
            self._write(subject, base, output, result, index)

    def _reads(  # noqa: PLR0917  -- one output in its whole setting
        self,
        subject: Subject,
        built: BuiltCall,
        base: Base,
        output: OutputObservation,
        result: torch.Tensor,
        index: int,
    ) -> None:
        wanted = (subject.expectation.outputs or ())[index]
        read_as = wanted.reads.dtype if wanted.reads else base.dtype
        # Torch assumes that a bool's byte is 0 or 1, so that nothing else is stored where bools are read.
        filling = output.source_dtype = "bool" if read_as == "bool" else base.dtype
        rows = fillings(base.storage_bytes, filling)
        count = 2 if one_is_enough(base.storage_bytes, base.dtype, read_as) else len(rows)
        fresh = wanted.shares is None
        if fresh and filling != base.dtype:
            base.fill(0, filling)
            result = self._run(built)[index]
        elif index or filling != base.dtype:
            base.fill(0, filling)
        with torch.no_grad():
            self.arena.read(result, output.reads)
            for which in range(1, count):
                base.fill(which, filling)
                self.arena.read(result, output.reads)
        output.rewritten = tuple(range(1, count))
        if fresh and count > 2:
            self._read_again(built, base, output, count, index)

    def _read_again(self, built: BuiltCall, base: Base, output: OutputObservation, count: int, index: int) -> None:
        # A copy shows only the filling it was made from; for each other one the call is made again.
        output.rewritten = (1,)
        del output.reads[2:]
        self.arena.forget(output.reads, 2)
        for which in range(2, count):
            base.fill(which, output.source_dtype)
            with torch.no_grad():
                self.arena.read(self._run(built)[index], output.reads)

    def _write(self, subject: Subject, base: Base, output: OutputObservation, result: torch.Tensor, index: int) -> None:
        base.fill_marked()
        version = base.tensor._version
        wanted = (subject.expectation.outputs or ())[index]
        if (result.is_conj() or result.is_neg()) and isinstance(wanted.layout, Layout) and overlaps(wanted.layout):
            # Torch resolves the bits of such a tensor through a copy, which it refuses on overlap: unset them.
            bits = result.is_conj(), result.is_neg()
            torch._C._set_conj(result, False)
            torch._C._set_neg(result, False)
            _write_zero(result)
            torch._C._set_conj(result, bits[0])
            torch._C._set_neg(result, bits[1])
        else:
            _write_zero(result)
        if not self.inplace and not torch.is_inference(result):
            output.version_shared = base.tensor._version != version
            if result is not base.tensor:
                found = result._base
                known = "the operand" if found is base.root or found is base.tensor else "another"
                output.base = "none" if found is None else known
        self.arena.read(base.bytes_view(), output.snapshot)
        self._waiting.append((output, marked(base.storage_bytes)))

    def _metadata(self, built: BuiltCall) -> list[tuple[str, Any]]:
        return [(name, strided_facts(base.tensor, base.storage_bytes)) for name, base in built.bases.items()]

    def _note_inputs(self, built: BuiltCall, before: list[tuple[str, Any]], observation: Observation) -> None:
        observation.kept = []
        for (name, facts), base in zip(before, built.bases.values(), strict=True):
            after = strided_facts(base.tensor, base.storage.nbytes())
            if after != facts:
                observation.inputs_changed = f"{name}: {facts} became {after}"
                self.builder.forget()
            if base.filled:
                kept: tuple[str, bytes, list[bytes]] = (name, fillings(base.storage_bytes, base.dtype)[0], [])
                observation.kept.append(kept)
                self.arena.read(base.bytes_view(), kept[2])
        self._kept.append(observation)

    def _replay(self, subject: Subject, observation: Observation) -> None:
        built = self.prepare(subject)
        results = tensors_of(self.call(*built.args, **built.kwargs))
        for wanted, output, result in zip(
            subject.expectation.outputs or (), observation.outputs, results, strict=False
        ):
            if wanted.identity or wanted.shares is None:
                continue
            if not result._is_view():
                output.note = "not a view to autograd"
                continue
            base = built.bases[wanted.shares]
            other = likeness(base).tensor
            replayed = result._view_func_unsafe(other)
            if replayed is None:
                output.note = "no view function"
                continue
            output.replayed = strided_facts(replayed, base.storage_bytes)
            output.replay_shares = is_alias_of(replayed, other)

    def flush(self) -> None:
        """See `Session.flush`."""
        self.arena.flush()
        for output, before in self._waiting:
            after = output.snapshot[0]
            output.changed = {place for place, value in enumerate(after) if value != before[place]}
        for observation in self._kept:
            for name, laid, found in observation.kept:
                if found[0] != laid:
                    observation.inputs_changed = f"{name}: its storage was written"
        self._waiting.clear()
        self._kept.clear()


def _leaves_storage(tensor: torch.Tensor) -> bool:
    width = tensor.element_size()
    last = tensor.storage_offset()
    for extent, step in zip(tensor.size(), tensor.stride(), strict=True):
        if extent == 0:
            return False
        last += (extent - 1) * step
    return (last + 1) * width > tensor.untyped_storage().nbytes()


def _write_zero(tensor: torch.Tensor) -> None:
    with torch.no_grad():
        tensor.fill_(0)


def _takes(traits: Traits) -> bool:
    return True


EAGER = Target("eager", "the operator called on the device", EagerSession, _takes, with_data=True)
