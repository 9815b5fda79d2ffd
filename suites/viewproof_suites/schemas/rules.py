"""Level 5: what an operator is observed to alias and to write, compared with its schema."""

from __future__ import annotations

from viewproof.cases.answers import answers_of
from viewproof.contract.rule import Applies, Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof.samples.annotations import annotations_of
from viewproof_suites.schemas.answers import AliasAnswers, SampleAnswers

RULES = Rules(level=5, probe="answers")

_YAML = "aten/src/ATen/native/native_functions.yaml"
_NOTE = "aten/src/ATen/native/README.md, Annotations"


def _on(kind: str) -> Applies:
    def applies(traits: Traits, target: str) -> bool:
        return traits.kind == kind and target == "sampled"

    return applies


@RULES.rule(
    "schema.alias",
    source=f"{_YAML}; {_NOTE}",
    fault="an operator that returns its input and annotates nothing",
    applies=_on("sample"),
)
def alias(subject: Subject, observation: Observation) -> Difference | None:
    """A return lies on an operand's storage only where the schema gives the two an alias set in common."""
    says = annotations_of(subject.case.operator)
    for one in answers_of(observation, SampleAnswers).operator.tensors:
        if one.shares and not says.may_lie_on(one.number, one.shares):
            name = one.shares.partition(".")[0]
            return Difference(
                f"return {one.number}: a storage of its own", f"return {one.number}: on the storage of {one.shares}",
                f"undeclared alias of {name}",
            )  # fmt: skip
    return None


@RULES.rule(
    "schema.returns-apart",
    source=f"{_YAML}; {_NOTE}",
    fault="an operator that returns one tensor twice and annotates nothing",
    applies=_on("sample"),
)
def returns_apart(subject: Subject, observation: Observation) -> Difference | None:
    """Two tensors that are returned lie on one storage only where the schema gives them an alias set in common."""
    says = annotations_of(subject.case.operator)
    tensors = answers_of(observation, SampleAnswers).operator.tensors
    for place, one in enumerate(tensors):
        if one.beside >= 0 and not one.shares and not says.may_meet(one.number, tensors[one.beside].number):
            return Difference(
                f"tensor {place}: apart", f"tensor {place}: on the storage of tensor {one.beside}", "one storage"
            )
    return None


@RULES.rule(
    "schema.mutation",
    source=f"{_YAML}; {_NOTE}",
    fault="an operator that writes its operand and annotates nothing",
    applies=_on("sample"),
)
def mutation(subject: Subject, observation: Observation) -> Difference | None:
    """An operand whose storage or geometry changes is one that the schema says is written.

    The whole storage is compared, what lies beside the operand too.
    """
    writes = annotations_of(subject.case.operator).writes
    for name in answers_of(observation, SampleAnswers).operator.changed:
        if name.partition(".")[0] not in writes:
            return Difference(f"{name}: as it was", f"{name}: changed", f"undeclared write to {name.partition('.')[0]}")
    return None


@RULES.rule(
    "schema.alias-happens",
    source=f"{_YAML}; {_NOTE}",
    fault="an operator that is annotated as a view, and copies",
    applies=_on("samples"),
)
def alias_happens(subject: Subject, observation: Observation) -> Difference | None:
    """A return that is annotated as an alias is one in some sample; one that is annotated as written is one in each.

    An operator that aliases for some inputs alone is told apart: it says so by its annotation, and conforms.
    """
    says = annotations_of(subject.case.operator)
    for question, word in answers_of(observation, AliasAnswers).returns.items():
        number = int(question.rpartition(" ")[2])
        wanted = "always" if says.written[number] else "always, or for some samples"
        if word != "no tensor" and word not in wanted.split(", or "):
            return Difference(f"{question}: an alias {wanted}", f"{question}: {word}", f"{question} aliases {word}")
    return None
