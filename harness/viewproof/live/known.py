"""Known calls: a call's case and what the reference says of it, worked out once, and comparisons of outputs with that.

An output is read as the tuple that the reference's facts are made into, and compared with it in C. Known calls are
cached for the process under the call's cheap key, from which they follow whatever torch does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import CodeType
from typing import Any

import torch

from viewproof.cases.model import Case, TensorArgument
from viewproof.cases.text import tight_elements
from viewproof.evidence.expectation import expect
from viewproof.evidence.probe import Evidence, raised
from viewproof.evidence.subject import Subject, subject_of
from viewproof.live.keys import FACTS, Facts, Key, read
from viewproof.live.places import line_of
from viewproof.live.watched import WatchedOverload
from viewproof.records.model import ChunkRecord
from viewproof.running.session import facts_of_output, outputs_of
from viewproof.tensors.build import DTYPE_OF
from viewproof.tensors.facts import DTYPE_WORD, Unreadable
from viewproof.tensors.spelling import Unspelled, spell
from viewproof_reference.layout import DTYPES, Layout

#: At most so many calls are cached; then the cache is emptied.
MOST = 50_000
#: What reading a fact raises of something that is no strided tensor. A MemoryError, say, is another matter.
_UNREADABLE = (AttributeError, NotImplementedError, RuntimeError, TypeError)

_TENSOR = torch.Tensor
_PLAIN = frozenset({int, bool, type(None)})
_INTEGERS = frozenset({int})


class CallCount:
    """One kind of call in one block: how often it was made, how often it agreed, and where.

    `differed` holds the records of each way in which it did not agree, and how often that was so. `aside` counts the
    calls that were not compared, by the reason. `made` counts calls by (code object's identity, instruction, in a
    backward pass), and keeps the code object beside the count.
    """

    __slots__ = ("agreed", "aside", "calls", "differed", "known", "made")

    def __init__(self, known: KnownCall) -> None:
        self.known = known
        self.calls = 0
        self.agreed = 0
        self.aside: Counter[str] = Counter()
        self.differed: dict[tuple[tuple[str, str], ...], tuple[list[ChunkRecord], int]] = {}
        self.made: dict[tuple[int, int, bool], list[Any]] = {}

    @property
    def places(self) -> Counter[tuple[CodeType | None, int, bool]]:
        """How many calls came from each (code object, line, in a backward pass)."""
        found: Counter[tuple[CodeType | None, int, bool]] = Counter()
        for (_, instruction, backward), (code, count) in self.made.items():
            found[code, line_of(code, instruction), backward] += count
        return found


class KnownCall:
    """What is known of a call. `reason` says why it has no case; then all else is empty.

    `place` is the device that the operands are on, where the call was seen on one. `expected` are the facts of each
    output as `read` gives them, `homes` the operand, by number, on whose storage it lies (None: on one of its own),
    `kept` whether it is the first operand itself; all None where the call must be refused, or has a composite output.
    """

    __slots__ = ("_name", "alone", "device", "expected", "homes", "kept", "reason", "subject", "watched")

    def __init__(
        self,
        watched: WatchedOverload,
        reason: str,
        subject: Subject | None,
        device: str,
        *,
        place: torch.device | None = None,
        operands: Sequence[str] = (),
    ) -> None:
        self.watched = watched
        self.reason = reason
        self.subject = subject
        self.device = device
        self._name: str | None = None
        outputs = None if subject is None else subject.expectation.outputs
        self.expected: tuple[Facts, ...] | None = None
        self.homes: tuple[int | None, ...] = ()
        self.kept: tuple[bool, ...] = ()
        self.alone = False
        if outputs is None or place is None:
            return
        layouts = [one.layout for one in outputs if isinstance(one.layout, Layout)]
        if len(layouts) < len(outputs):
            return
        self.expected = tuple([_expected(layout, place) for layout in layouts])
        self.homes = tuple([None if one.shares is None else operands.index(one.shares) for one in outputs])
        self.kept = tuple([one.identity for one in outputs])
        # Whether the call gives its one output bare, or else in a list.
        self.alone = len(outputs) == 1 and watched.single

    @property
    def name(self) -> str:
        """The canonical name of the case, spelled out once; empty where there is none."""
        if self._name is None:
            self._name = "" if self.subject is None else self.subject.name
        return self._name

    @property
    def the_subject(self) -> Subject:
        """The subject. Raises ValueError where the call has no case."""
        if self.subject is None:
            raise ValueError(f"{self.watched.name}: wanted a call that has a case, got one without ({self.reason})")
        return self.subject


def _expected(layout: Layout, place: torch.device) -> Facts:
    size, stride, offset, dtype, conj, neg, storage_bytes = layout
    return (size, stride, offset, DTYPE_OF[dtype], torch.strided, place, conj, neg, storage_bytes)


_KNOWN: dict[tuple[str, Key], KnownCall] = {}


def known_call(key: Key, watched: WatchedOverload, args: Sequence[Any], kwargs: Mapping[str, Any]) -> KnownCall:
    """What is known of the call of this key, worked out where it is new."""
    whole = watched.name, key
    known = _KNOWN.get(whole)
    if known is None:
        if len(_KNOWN) >= MOST:
            _KNOWN.clear()
        known = _KNOWN[whole] = _learn(key, watched, args, kwargs)
    return known


def forget_known() -> None:
    """Drop what is known of every call, so that the next of each kind is worked out anew."""
    _KNOWN.clear()


def _learn(key: Key, watched: WatchedOverload, args: Sequence[Any], kwargs: Mapping[str, Any]) -> KnownCall:
    case = _plain_case(watched.name, key[0], args[1:]) if watched.plain and not kwargs else None
    if case is None:
        try:
            case = spell(watched.name, watched.numbers, args, kwargs)
        except Unspelled as reason:
            return KnownCall(watched, str(reason), None, "")
    place = args[0].device
    device = place.type
    subject = subject_of(case, expect(case))
    return KnownCall(watched, "", subject, device, place=place, operands=operand_names(watched, args, kwargs))


def _plain_case(name: str, facts: Facts, rest: Sequence[Any]) -> Case | None:
    """The case of a call on one strided tensor, from its facts and the other arguments; None where `spell` has to say.

    What was read for the key is not read again.
    """
    if len(facts) != len(FACTS):
        return None
    size, stride, offset, dtype, _, _, conj, neg, storage_bytes = facts
    word = DTYPE_WORD.get(dtype, "")
    if word not in DTYPES or tight_elements(size, stride, offset) * DTYPES[word].itemsize > storage_bytes:
        return None
    words: list[Any] = []
    for value in rest:
        kind = type(value)
        if kind in _PLAIN:
            words.append(value)
        elif kind is list and _INTEGERS.issuperset(map(type, value)):
            words.append(tuple(value))
        else:
            return None
    layout = Layout(tuple(size), stride, offset, word, conj, neg, storage_bytes)
    return Case(name, (TensorArgument(layout, frozenset(), None, None), *words), (), ())


def operand_names(watched: WatchedOverload, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[str]:
    """The names of the tensor arguments in order, as an expectation uses them: `self`, `src`, `out`, `out.1`, ..."""
    if len(args) == 1 and not kwargs:
        return ["self"]
    found: list[str] = []
    named = zip(("self", *watched.names[1:]), args, strict=False)
    for name, value in (*named, *kwargs.items()):
        if isinstance(value, torch.Tensor):
            found.append(name)
        elif type(value) is list:
            found += [f"{name}.{place}" for place, one in enumerate(value) if isinstance(one, torch.Tensor)]
    return found


def agrees(known: KnownCall, result: Any, storages: Sequence[Any], operand: Any) -> bool:
    """Whether all outputs of a call are as the reference says: facts, the storages they lie on, identity.

    `storages` are those of the operands in order, from before the call; `operand` is the first one. False too for
    what cannot be read, such as an output that is no tensor or is sparse, and for one of another class than torch's
    own, which may answer for itself. An output's storage is asked for its bytes.
    """
    expected = known.expected
    if expected is None:
        return False
    try:
        if not known.alone:
            return _all_agree(known, result, storages, operand)
        if type(result) is not _TENSOR and result is not operand:
            return False
        storage = result.untyped_storage()
        # One tuple, so that C compares; `read`, spelled out: a call costs as much as a fact.
        if (
            result.size(),
            result.stride(),
            result.storage_offset(),
            result.dtype,
            result.layout,
            result.device,
            result.is_conj(),
            result.is_neg(),
            storage.nbytes(),
        ) != expected[0] or (result is operand) is not known.kept[0]:
            return False
    except _UNREADABLE:
        return False
    home = known.homes[0]
    if home is None:
        return id(storage) not in map(id, storages)
    return storage is storages[home]


def _all_agree(known: KnownCall, result: Any, storages: Sequence[Any], operand: Any) -> bool:
    expected = known.expected or ()
    if (type(result) is not list and type(result) is not tuple) or len(result) != len(expected):
        return False
    if any(type(one) is not _TENSOR and one is not operand for one in result):
        return False
    held = [one.untyped_storage() for one in result]
    if tuple(map(read, result, held)) != expected:
        return False
    if tuple([one is operand for one in result]) != known.kept:
        return False
    for storage, home in zip(held, known.homes, strict=True):
        if storage is not storages[home] if home is not None else id(storage) in map(id, storages):
            return False
    return True


def look(result: Any, storages: Mapping[str, Any], operand: Any) -> Evidence:
    """The evidence of a call's outputs, for the rules on facts; `storages` are the operands' before it."""
    owners: dict[int, str] = {}
    for name, storage in storages.items():
        owners.setdefault(id(storage), name)
    try:
        return (tuple([facts_of_output(one, owners, operand) for one in outputs_of(result)]),)
    except Unreadable as error:
        return raised(error)
