"""The handler: called in place of an operator's functionalization, it runs that and checks each call.

It works in this order: the arguments are made fake and described as text before anything runs, since the call may
change them; next is the fake run, with functionalization suspended; then the call itself, whose result is returned
unchanged, whatever was found. What the call raises is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, NamedTuple

import torch
from torch._ops import OpOverload, resolve_key

from viewproof_reference.replacements.crossref.call_key import call_key
from viewproof_reference.replacements.crossref.copies import as_copy, becomes_copy
from viewproof_reference.replacements.crossref.describe import call_text
from viewproof_reference.replacements.crossref.facts import Result, is_alias_of, sharing, taken_apart
from viewproof_reference.replacements.crossref.fake_run import FakeRun, needs_mode, tensors_in
from viewproof_reference.replacements.crossref.fakes import Fakes
from viewproof_reference.replacements.crossref.guards import functionalization_suspended
from viewproof_reference.replacements.crossref.metadata import compare_results, compare_sharing, lenient_verdict
from viewproof_reference.replacements.crossref.registrations import loaded_so_far
from viewproof_reference.replacements.crossref.torchs import asks_torch, is_torchs
from viewproof_reference.replacements.crossref.verdict import CONTENT, ExceptionText, Finding, Verdict, raised

KEY = torch._C.DispatchKey.Functionalize
#: Returns its very argument by design, and is how a constant enters a functionalized program: never checked.
LEFT_ALONE = frozenset({"aten::lift_fresh"})
#: Verdicts kept for one operator before all of them are dropped.
KEPT = 65_536
_reapplies = torch._C._functionalization_reapply_views_tls
_default_dtype = torch.get_default_dtype
_STRIDED = torch.strided
_SEVERAL = frozenset({list, tuple})
_VALUES = frozenset({bool, int, float, complex, type(None)})


#: Checks a call of one operator, given its arguments and keyword arguments; returns and raises what the call does.
Check = Callable[[tuple[Any, ...], dict[str, Any]], Any]


class CallResult(NamedTuple):
    """What is kept of a call: the `outlook` of its result or what it raised, and the finding, None if it was right."""

    outputs: Any
    finding: Finding | None
    refused: ExceptionText | None = None


class Checks:
    """What the handlers of one crossref share: the fakes, the kept verdicts, the findings, and the counts.

    `checked` counts calls, `anew` those of them without a kept verdict. `found` is called with each finding. `fault` is
    what a handler raised that torch did not, a fault of its own, whatever torch made of it afterwards.
    """

    def __init__(self, found: Callable[[Finding], None]) -> None:
        self.fakes = Fakes()
        self.found = found
        self.checked = 0
        self.fault: BaseException | None = None
        self.anew = 0
        self.tables: list[dict[Hashable, CallResult]] = []
        self._whole: dict[str, bool] = {}

    def whole(self, op: OpOverload[..., Any]) -> bool:
        """`needs_mode`, computed once for each operator until something is registered."""
        known = self._whole.get(op.name())
        if known is None:
            known = self._whole[op.name()] = needs_mode(op)
        return known

    def forget(self) -> None:
        """Drop every verdict and every fake: a kernel was registered."""
        for table in self.tables:
            table.clear()
        self._whole.clear()
        self.fakes.forget()


@asks_torch
def functionalized(op: OpOverload[..., Any]) -> Callable[..., Any]:
    """The function that functionalizes the operator without a crossref: its Python kernel if it has one, as in torch.

    Raises NotImplementedError where there is none.
    """
    final = resolve_key(op, KEY)
    kernel = op.py_kernels.get(final)
    return partial(op._op_dk, final) if kernel is None else kernel


def outlook(result: Any, tensors: list[torch.Tensor]) -> Any:
    """A result's metadata, to be compared with that of another call of the same key; None where it cannot be compared.

    For anything but a tensor it is the type: values are not compared.
    """
    if isinstance(result, torch.Tensor):
        return _look(result, tensors)
    kind = type(result)
    if kind not in _SEVERAL:
        return kind if kind in _VALUES else None
    found: list[Any] = [kind]
    for place, one in enumerate(result):
        if not isinstance(one, torch.Tensor):
            return None
        found.append(_look(one, tensors))
        if place:
            found.append(is_alias_of(one, result[place - 1]))
    return found


@asks_torch
def _look(one: torch.Tensor, tensors: list[torch.Tensor]) -> tuple[Any, ...]:
    if one.layout is not _STRIDED or one.is_nested:
        return (one.layout, one.dtype, one.is_nested)
    if len(tensors) == 1:
        return (
            one.size(), one.stride(), one.storage_offset(), one.dtype, one.is_conj(), one.is_neg(), one.requires_grad,
            is_alias_of(one, tensors[0]),
        )  # fmt: skip
    return (
        one.size(), one.stride(), one.storage_offset(), one.dtype, one.is_conj(), one.is_neg(), one.requires_grad,
        *[is_alias_of(one, other) for other in tensors],
    )  # fmt: skip


def make_check(op: OpOverload[..., Any], checks: Checks) -> Check:
    """What the handler of an operator does with the arguments of a call, and with its keyword arguments."""
    table: dict[Hashable, CallResult] = {}
    checks.tables.append(table)
    run: Callable[..., Any] | None = None

    def check(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        nonlocal run
        if run is None:
            run = asks_torch(functionalized(op))
        checks.checked += 1
        tensors: list[torch.Tensor] = []
        key = call_key(args, kwargs, tensors)
        if key is not None:
            key = (_reapplies(), _default_dtype(), loaded_so_far(), key)
            seen = table.get(key)
            if seen is not None:
                try:
                    result = run(*args, **kwargs)
                except Exception as error:
                    if seen.refused != raised(error):
                        del table[key]
                        _refused_anew(PendingCall(op, checks, args, kwargs, tensors), raised(error))
                    elif seen.finding is not None:
                        checks.found(seen.finding)
                    raise
                if outlook(result, tensors) != seen.outputs:
                    # The same call has other outputs than before, so that the kept verdict does not apply.
                    del table[key]
                    return _again(PendingCall(op, checks, args, kwargs, tensors), result)
                if seen.finding is not None:
                    checks.found(seen.finding)
                return result
        else:
            tensors = tensors_in(args, kwargs)
        call = PendingCall(op, checks, args, kwargs, tensors)
        call.run_fake()
        try:
            result = run(*args, **kwargs)
        except Exception as error:
            finding = call.refusal(raised(error))
            if key is not None:
                _keep(table, key, CallResult(None, finding, raised(error)))
            if finding is not None:
                checks.found(finding)
            raise
        finding = call.finding(result)
        if finding is not None:
            checks.found(finding)
        if key is not None:
            outputs = outlook(result, tensors)
            if outputs is not None:
                _keep(table, key, CallResult(outputs, finding))
        return result

    return check


class Handlers:
    """A handler for each operator, but for those that are never checked; made once, and used by one mode after another.

    Each has its operator's arguments, and checks a call for the mode that is in; where none is, it only makes the call.
    """

    def __init__(self, overloads: tuple[OpOverload[..., Any], ...]) -> None:
        self.overloads = overloads
        self.checks: Checks | None = None
        self._made: dict[int, Check] = {}
        #: The dispatch cache that each belongs into, and the entry that it is there: a key of torch's is slow to hash,
        #: and an update does not hash it again.
        self.entries = [
            (op._dispatch_cache, {KEY: self._handler(place, op)})
            for place, op in enumerate(dict.fromkeys(overloads))
            if op._schema.name not in LEFT_ALONE
        ]

    def serve(self, checks: Checks | None) -> None:
        """Check calls for another mode from now on, or for none."""
        self.checks = checks
        self._made.clear()

    def _handler(self, place: int, op: OpOverload[..., Any]) -> Callable[..., Any]:
        made = self._made

        def handler(*args: Any, **kwargs: Any) -> Any:
            checks = self.checks
            if checks is None:
                return functionalized(op)(*args, **kwargs)
            try:
                check = made.get(place)
                if check is None:
                    check = made[place] = make_check(op, checks)
                return check(args, kwargs)
            except BaseException as error:
                if not is_torchs(error):
                    checks.fault = error
                raise

        handler.of_crossref = self  # type: ignore[attr-defined]  # how a mode knows another one's
        return handler


def _keep(table: dict[Hashable, CallResult], key: Hashable, seen: CallResult) -> None:
    if len(table) >= KEPT:
        table.clear()
    table[key] = seen


def _refused_anew(call: PendingCall, refused: ExceptionText) -> None:
    """Check a call that raised otherwise than the kept one; without a fake run where it may have changed an operand."""
    if not call.op._schema.is_mutable:
        call.run_fake()
    finding = call.refusal(refused)
    if finding is not None:
        call.checks.found(finding)


def _again(call: PendingCall, result: Any) -> Any:
    """Check a call after it was made, which is possible only if the operator has not written to its arguments."""
    if call.op._schema.is_mutable:
        call.unchecked = ExceptionText(("LookupError",), "wanted the outputs that the same call had before, got others")
    else:
        call.run_fake()
    finding = call.finding(result)
    if finding is not None:
        call.checks.found(finding)
    return result


class PendingCall:
    """One call without a kept verdict, while it is checked: made fake, run fake, run functionalized, compared."""

    def __init__(
        self,
        op: OpOverload[..., Any],
        checks: Checks,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        tensors: list[torch.Tensor],
    ) -> None:
        self.op = op
        self.checks = checks
        self.args = args
        self.kwargs = kwargs
        self.tensors = tensors
        self.fake: Result | None = None
        self.shared: list[tuple[str, ...]] = []
        self.unchecked: ExceptionText | None = None
        # The text is costly: it is made before the call only where that may change the arguments.
        self.text = call_text(op, args, kwargs) if op._schema.is_mutable else ""
        checks.anew += 1

    def run_fake(self) -> None:
        """Run the call on fake arguments; what it raises is noted."""
        checks = self.checks
        with functionalization_suspended():
            try:
                fake = FakeRun(checks.fakes, self.op, self.args, self.kwargs, self.tensors, whole=checks.whole(self.op))
                self.fake = taken_apart(fake.run())
                self.shared = sharing(self.fake.leaves, fake.inputs)
            except Exception as error:
                if not is_torchs(error):
                    raise
                self.unchecked = raised(error)

    def refusal(self, refused: ExceptionText) -> Finding | None:
        """The finding of a functionalized run that raised: there is one where the fake run accepted the call."""
        return self._finding(CONTENT, refused) if self.unchecked is None else None

    def _finding(self, verdict: Verdict, refused: ExceptionText | None = None) -> Finding:
        return Finding(str(self.op), self.text or call_text(self.op, self.args, self.kwargs), verdict, refused)

    def finding(self, result: Any) -> Finding | None:
        """The finding on the call, None where all of it is right."""
        fake = self.fake
        if fake is None:
            return self._finding(Verdict((), None, self.unchecked))
        functional = taken_apart(result)
        copied = not _reapplies() and becomes_copy(self.op)
        found = compare_results(fake, functional, as_copy) if copied else compare_results(fake, functional)
        alike = not any(mismatch.fact == "kind" for mismatch in found)
        if alike and len(fake.leaves) == len(functional.leaves):
            shared = sharing(functional.leaves, self.tensors)
            if shared != self.shared:
                places = [leaf.place for leaf in functional.leaves if isinstance(leaf.value, torch.Tensor)]
                found += compare_sharing(places, self.shared, shared)
        if not found:
            return None
        # Torch's check cannot compare a tensor with something else.
        return self._finding(Verdict(tuple(found), lenient_verdict(fake, functional) if alike else None))
