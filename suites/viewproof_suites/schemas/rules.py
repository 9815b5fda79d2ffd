"""Level 5: what an operator is observed to alias and to write, compared with its schema."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.subject import Traits
from viewproof_suites.schemas.evidence import Aliased, Aliasing

RULES = Rules(level=5, probe="aliasing")

_YAML = "aten/src/ATen/native/native_functions.yaml"
_NOTE = "aten/src/ATen/native/README.md, Annotations"


def _sample(traits: Traits) -> bool:
    return traits.kind == "sample"


@RULES.rule(
    "schema.alias",
    source=f"{_YAML}; {_NOTE}",
    fault="an operator that returns its input and annotates nothing",
    applies=_sample,
    sees=lambda expected: any(allowed.forbids() for allowed in expected.lies_on),
)
def alias(expected: Aliasing, observed: Aliasing) -> Difference | None:
    """A return lies on an operand's storage only where the schema gives the two an alias set in common.

    What the schema returns is there: a tensor where it has one, and no more returns than it has.
    """
    if expected.tensor != observed.tensor:
        return Difference("a tensor", "none", "returns no tensor")
    if len(expected.lies_on) != len(observed.lies_on):
        wanted, got = (f"{len(one.lies_on)} returns" for one in (expected, observed))
        return Difference(wanted, got, "number of returns differs")
    for number, (allowed, found) in enumerate(zip(expected.lies_on, observed.lies_on, strict=True)):
        for name in allowed.beyond(found):
            return Difference(
                f"return {number}: a storage of its own", f"return {number}: on the storage of {name}",
                f"undeclared alias of {name.partition('.')[0]}",
            )  # fmt: skip
    return None


@RULES.rule(
    "schema.returns-apart",
    source=f"{_YAML}; {_NOTE}",
    fault="an operator that returns one tensor twice and annotates nothing",
    applies=_sample,
    sees=lambda expected: expected.together.forbids(),
)
def returns_apart(expected: Aliasing, observed: Aliasing) -> Difference | None:
    """Two tensors that are returned lie on one storage only where the schema gives them an alias set in common."""
    for one in expected.together.beyond(observed.together):
        return Difference(
            f"tensor {one.tensor}: apart", f"tensor {one.tensor}: on the storage of tensor {one.other}", "one storage"
        )
    return None


@RULES.rule(
    "schema.mutation",
    source=f"{_YAML}; {_NOTE}",
    fault="an operator that writes its operand and annotates nothing",
    applies=_sample,
    sees=lambda expected: expected.changed.forbids(),
)
def mutation(expected: Aliasing, observed: Aliasing) -> Difference | None:
    """An operand whose storage or geometry changes is one that the schema says is written.

    The whole storage is compared, what lies beside the operand too.
    """
    for name in expected.changed.beyond(observed.changed):
        return Difference(f"{name}: as it was", f"{name}: changed", f"undeclared write to {name.partition('.')[0]}")
    return None


@RULES.rule(
    "schema.alias-happens",
    source=f"{_YAML}; {_NOTE}",
    fault="an operator that is annotated as a view, and copies",
    applies=lambda traits: traits.kind == "samples",
    probe="aliased",
    sees=bool,
)
def alias_happens(expected: tuple[Aliased, ...], observed: tuple[Aliased, ...]) -> Difference | None:
    """A return that is annotated as an alias is one in some sample; one that is annotated as written is one in each.

    An operator that aliases for some inputs alone is told apart: it says so by its annotation, and conforms.
    """
    for one, other in zip(expected, observed, strict=True):
        if one.word != other.word:
            wanted = f"{one.question}: an alias {', or '.join(one.word)}"
            return Difference(wanted, f"{one.question}: {other.word}", f"{one.question} aliases {other.word}")
    return None
