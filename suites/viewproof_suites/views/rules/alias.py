"""Level 2: whose memory the output is, what it reads there, and what a write to it writes."""

from __future__ import annotations

from collections.abc import Iterator

from viewproof.cases.model import TensorArgument
from viewproof.contract.rule import Difference, Rules, accepted
from viewproof.evidence.observation import Observation, OutputObservation
from viewproof.evidence.subject import Subject, Traits, sees_base, shares_version
from viewproof.tensors.fillings import fillings
from viewproof_reference.layout import Layout, Output, element_count
from viewproof_reference.layout.positions import needed_bytes, read_bytes, touched_bytes

RULES = Rules(level=2, probe="values")

HOST = frozenset({"eager"})


def _with_data(traits: Traits, target: str) -> bool:
    return not traits.refused and target in HOST and any(output.readable for output in traits.outputs)


def _written(traits: Traits, target: str) -> bool:
    return not traits.refused and target in HOST and any(output.strided for output in traits.outputs)


def _tracked(traits: Traits, target: str) -> bool:
    return not traits.refused and target in HOST and traits.strided and not traits.inplace


def _kept(traits: Traits, target: str) -> bool:
    return not traits.refused and target in HOST and not traits.inplace and any(out.strided for out in traits.outputs)


def _strided(traits: Traits, target: str) -> bool:
    return not traits.refused and any(output.strided for output in traits.outputs)


def _outputs(subject: Subject, observation: Observation) -> Iterator[tuple[int, Output, OutputObservation]]:
    # Each output that is both expected and returned, with its place. A wrong number of outputs is reported by
    # alias.storage alone; the other clauses compare those that exist.
    pairs = zip(subject.expectation.outputs or (), observation.outputs, strict=False)
    return ((index, wanted, got) for index, (wanted, got) in enumerate(pairs))


@RULES.rule(
    "alias.storage",
    probe="facts",
    source="native_functions.yaml alias annotations; c10/core/StorageImpl.h",
    fault="a view kernel that copies; a copy that aliases",
    applies=accepted,
    glanced=True,
)
def storage(subject: Subject, observation: Observation) -> Difference | None:
    """Each output lives on the storage that the schema and the reference name, or on one of its own."""
    wanted_count, count = len(subject.expectation.outputs or ()), len(observation.outputs)
    if wanted_count != count:
        # Else no aliasing rule would report a missing output.
        return Difference(f"{wanted_count} outputs", f"{count} outputs", "number of outputs differs")
    for index, wanted, got in _outputs(subject, observation):
        if wanted.shares != got.shares and not _one_storage(subject, wanted.shares, got.shares):
            return Difference(
                f"output {index} on the storage of {wanted.shares or 'its own'}",
                f"output {index} on the storage of {got.shares or 'its own'}",
                f"storage of {'an operand' if got.shares else 'its own'}",
            )
    return None


def _one_storage(subject: Subject, wanted: str | None, got: str | None) -> bool:
    # Arguments that share a declared storage are one storage under two names.
    numbers = {argument.storage for argument in subject.case.args if isinstance(argument, TensorArgument)}
    return wanted is not None and got is not None and len(numbers) == 1 and numbers != {None}


@RULES.rule(
    "alias.identity",
    probe="facts",
    source="aten/src/ATen/native/TensorConversions.cpp; torch/csrc/autograd/python_variable.cpp",
    fault="a kernel that returns a fresh alias for the very input",
    applies=accepted,
    glanced=True,
)
def identity(subject: Subject, observation: Observation) -> Difference | None:
    """The call returns the very tensor it was given exactly where the reference says so."""
    for index, wanted, got in _outputs(subject, observation):
        if wanted.identity != got.identity:
            words = ("another tensor", "the very input")
            return Difference(
                f"output {index} is {words[wanted.identity]}",
                f"output {index} is {words[got.identity]}",
                f"returns {words[got.identity]}",
            )
    return None


@RULES.rule(
    "alias.bounds",
    probe="facts",
    source="aten/src/ATen/native/Resize.h, checkInBoundsForStorage",
    fault="a kernel that adds one to the storage offset",
    applies=_strided,
    glanced=True,
)
def bounds(subject: Subject, observation: Observation) -> Difference | None:
    """Every element of every output lies within its storage (bytes)."""
    for index, output in enumerate(observation.outputs):
        facts = output.facts
        if facts.layout != "strided":
            continue
        reach = needed_bytes(Layout(tuple(facts.size), tuple(facts.stride), facts.offset, facts.dtype))
        if reach > facts.storage_bytes or facts.offset < 0:
            return Difference(
                f"output {index} within {facts.storage_bytes} bytes",
                f"output {index} reaches byte {reach}, offset {facts.offset}",
                "leaves its storage",
            )
    return None


def _wrong_element(wanted: bytes, got: bytes, width: int) -> str:
    for start in range(0, max(len(wanted), len(got)), width):
        if wanted[start : start + width] != got[start : start + width]:
            return f"element {start // width}: bytes {got[start : start + width].hex() or 'none'}"
    return "no difference"


@RULES.rule(
    "alias.read",
    source="docs/contract.md, position; aten/src/ATen/native/Copy.cpp for the conj and neg bits",
    fault="a kernel that reads its neighbour's element",
    applies=_with_data,
    glanced=True,
)
def read(subject: Subject, observation: Observation) -> Difference | None:
    """Each element of each output is the element of the base that the reference names, bit for bit."""
    for index, wanted, got in _outputs(subject, observation):
        if got.outside:
            return Difference(f"output {index} is read", f"output {index} leaves its storage", "leaves its storage")
        if wanted.reads is None:
            continue
        for which, seen in enumerate(got.reads):
            if wanted.shares is None and which != 0 and which in got.rewritten:
                continue
            rows = fillings(wanted.reads.storage_bytes, got.source_dtype)
            expected = read_bytes(wanted.reads, rows[which]) if rows and wanted.reads.storage_bytes else b""
            if expected != seen:
                width = max(1, len(expected) // max(1, element_count(wanted.reads.size)))
                return Difference(
                    f"output {index}: {_wrong_element(seen, expected, width)}",
                    f"output {index}: {_wrong_element(expected, seen, width)}",
                    "reads other elements",
                )
    return None


@RULES.rule(
    "alias.write-through",
    source="docs/contract.md, position; c10/core/TensorImpl.h, storage_offset and strides",
    fault="a view kernel that copies; a copy that aliases",
    applies=_written,
    glanced=True,
)
def write_through(subject: Subject, observation: Observation) -> Difference | None:
    """A write to a view changes exactly the base positions that it names, and a write to the base shows in the view.

    A copy has neither: writing it changes no byte of the base, writing the base leaves it as it was.
    """
    for index, wanted, got in _outputs(subject, observation):
        if got.outside:
            return Difference(f"output {index} is written", f"output {index} leaves its storage", "leaves its storage")
        if got.changed is not None:
            expected = touched_bytes(wanted.layout) if wanted.shares and isinstance(wanted.layout, Layout) else set()
            if expected != got.changed:
                return Difference(
                    f"output {index}: a write changes {len(expected)} bytes {_span(expected)}",
                    f"output {index}: a write changes {len(got.changed)} bytes {_span(got.changed)}",
                    "a write reaches fewer bytes" if got.changed < expected else "a write reaches other bytes",
                )
        for which in got.rewritten:
            if which < len(got.reads) and (got.reads[which] != got.reads[0]) != _must_follow(
                subject, index, which, got
            ):
                follow = got.reads[which] != got.reads[0]
                return Difference(
                    f"output {index} {'keeps' if follow else 'follows'} when the base is written",
                    f"output {index} {'follows' if follow else 'keeps'} when the base is written",
                    "follows the base" if follow else "does not follow the base",
                )
    return None


def _must_follow(subject: Subject, index: int, which: int, got: object) -> bool:
    wanted = (subject.expectation.outputs or ())[index]
    if wanted.shares is None or wanted.reads is None:
        return False
    rows = fillings(wanted.reads.storage_bytes, got.source_dtype)  # type: ignore[attr-defined]
    if not rows or not wanted.reads.storage_bytes:
        return False
    return read_bytes(wanted.reads, rows[which]) != read_bytes(wanted.reads, rows[0])


def _span(places: set[int]) -> str:
    return f"({min(places)} to {max(places)})" if places else "(none)"


@RULES.rule(
    "alias.inputs-unchanged",
    source="native_functions.yaml: no write annotation on the operand",
    fault="a view kernel that writes its input, or changes its metadata",
    applies=_kept,
    glanced=True,
)
def inputs_unchanged(subject: Subject, observation: Observation) -> Difference | None:
    """The call changes no byte of any operand's storage and nothing of its metadata."""
    if observation.inputs_changed is None:
        return None
    return Difference("operands unchanged", observation.inputs_changed, "operand changed")


@RULES.rule(
    "alias.version",
    source="torch/csrc/autograd/VariableTypeUtils.h, as_view; c10/core/TensorImpl.h, VariableVersion",
    fault="a view with a version counter of its own",
    applies=_tracked,
    glanced=True,
)
def version(subject: Subject, observation: Observation) -> Difference | None:
    """A write to a declared view moves the operand's version counter; a write to a copy does not.

    Operators that alias without an alias annotation are no views to autograd and share no counter.
    """
    for index, wanted, got in _outputs(subject, observation):
        if got.version_shared is None:
            continue
        shared = shares_version(subject.traits, wanted)
        if shared != got.version_shared:
            words = ("a counter of its own", "the operand's counter")
            return Difference(
                f"output {index}: {words[shared]}", f"output {index}: {words[got.version_shared]}", "version counter"
            )
    return None


@RULES.rule(
    "alias.base",
    source="torch/csrc/autograd/variable.h, DifferentiableViewMeta",
    fault="a view that autograd does not know as one",
    applies=_tracked,
    glanced=True,
)
def base(subject: Subject, observation: Observation) -> Difference | None:
    """`_base` of a declared view is the operand (or the operand's own base); of a copy or a severed view, None."""
    for index, wanted, got in _outputs(subject, observation):
        if wanted.identity or got.base is None:
            continue
        viewed = sees_base(subject.traits, wanted)
        # A copy may be a view of an intermediate tensor of torch's, but not of the operand.
        expected = "the operand" if viewed else "none"
        if expected != got.base and (viewed or wanted.shares is not None or got.base != "another"):
            return Difference(f"output {index}: _base is {expected}", f"output {index}: _base is {got.base}", "_base")
    return None
