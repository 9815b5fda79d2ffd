"""Level 4: torchgen's functionalization API, and the ViewMeta classes that are made with it."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.subject import Traits
from viewproof_suites.viewmeta.answers import LIVE_CLASSES, SCHEMA_API, SchemaAnswers

RULES = Rules(level=4, probe=SCHEMA_API)

_SOURCE = "torchgen/api/functionalization.py"
_LIVE = "torch/csrc/functionalization/Module.h; torch/csrc/functionalization/generated/ViewMetaClassesPythonBinding.cpp"


def _schemas(traits: Traits) -> bool:
    return traits.kind == "schema"


def _compare(expected: SchemaAnswers, observed: SchemaAnswers, questions: tuple[str, ...]) -> Difference | None:
    due, said = expected.by_question, observed.by_question
    for question in dict.fromkeys((*due, *said)):
        asked = question.rpartition(".")[2]
        if (asked in questions or question.partition(".")[0] in questions) and due.get(question) != said.get(question):
            wanted, got = due.get(question, "no such question"), said.get(question, "no answer")
            return Difference(f"{question}: {wanted}", f"{question}: {got}", f"{_shape(question)} differs")
    return None


def _shape(question: str) -> str:
    # The class's own name is left out, so that one fault is reported alike for all live classes.
    part, _, rest = question.partition(".")
    return f"{part}.{rest.rpartition('.')[2]}"


@RULES.rule(
    "viewmeta.class-name", source=f"{_SOURCE}, classname", fault="a name without the overload", applies=_schemas
)
def class_name(expected: SchemaAnswers, observed: SchemaAnswers) -> Difference | None:
    """The ViewMeta class of a view, and of its in-place variant, has the name of the overload, with its namespace or
    without.
    """
    return _compare(expected, observed, ("class_name", "class_name_namespaced"))


@RULES.rule(
    "viewmeta.call-name",
    source=f"{_SOURCE}, name and reverse_name",
    fault="a forward call of the view where views are removed",
    applies=_schemas,
)
def call_name(expected: SchemaAnswers, observed: SchemaAnswers) -> Difference | None:
    """A forward call names the view where views are reapplied, else its copy; a reverse call names the inverse.

    A forward name needs its namespace and the mode: without either there is none. A view without a copy variant has no
    forward name without views.
    """
    return _compare(
        expected,
        observed,
        (
            "name_forward_views",
            "name_forward_copies",
            "name_forward_unqualified",
            "name_forward_undecided",
            "name_reverse",
            "name_reverse_namespaced",
            "reverse_name",
            "reverse_name_namespaced",
        ),
    )


@RULES.rule(
    "viewmeta.returns",
    source=f"{_SOURCE}, returns_type and is_multi_output",
    fault="a list of views taken for one",
    applies=_schemas,
)
def returns(expected: SchemaAnswers, observed: SchemaAnswers) -> Difference | None:
    """A view returns a tensor or a list of tensors, its reverse one tensor; a list makes the view multi-output."""
    return _compare(expected, observed, ("returns_type", "reverse_returns_type", "is_multi_output"))


@RULES.rule(
    "viewmeta.constructor",
    source=f"{_SOURCE}, base_ctor_arguments and extra_ctor_arguments",
    fault="a constructor without the return mode",
    applies=_schemas,
)
def constructor(expected: SchemaAnswers, observed: SchemaAnswers) -> Difference | None:
    """A class is constructed from the base's arguments (symbolic inputs; the output's index where there are several)
    and its own (the two modes, then the view's arguments after self).
    """
    return _compare(expected, observed, ("base_constructor_arguments", "extra_constructor_arguments"))


@RULES.rule(
    "viewmeta.attributes",
    source=f"{_SOURCE}, attributes; a step outlives the call that recorded it",
    fault="an attribute that borrows a list",
    applies=_schemas,
)
def attributes(expected: SchemaAnswers, observed: SchemaAnswers) -> Difference | None:
    """A class keeps what it is constructed from. Owned attributes own: none is a reference to what is gone."""
    return _compare(expected, observed, ("attributes_owning", "attributes_not_owning"))


@RULES.rule(
    "viewmeta.operator-arguments",
    source=f"{_SOURCE}, op_arguments",
    fault="a reverse call without the mutated view",
    applies=_schemas,
)
def operator_arguments(expected: SchemaAnswers, observed: SchemaAnswers) -> Difference | None:
    """A forward call takes the base and the view's arguments; a reverse call takes the base, the mutated view, the
    return mode, the output's index where there are several, and the view's arguments.
    """
    return _compare(
        expected,
        observed,
        (
            "operator_arguments_forward",
            "operator_arguments_reverse",
            "call_arguments_forward",
            "call_arguments_reverse",
            "reverse_declaration",
        ),
    )


@RULES.rule(
    "viewmeta.bindings",
    source=f"{_SOURCE}, the six bindings at its head",
    fault="an index that is not int64_t",
    applies=_schemas,
)
def bindings(expected: SchemaAnswers, observed: SchemaAnswers) -> Difference | None:
    """The six fixed bindings have the names and the C++ types that the API gives them."""
    return _compare(expected, observed, ("binding",))


@RULES.rule(
    "viewmeta.live-class",
    source=_LIVE,
    fault="a class whose tuple lacks the return mode",
    probe=LIVE_CLASSES,
    applies=_schemas,
)
def live_class(expected: SchemaAnswers, observed: SchemaAnswers) -> Difference | None:
    """A view that is not composite has a live class, and so has its in-place variant; its constructor and `as_tuple`
    have the types of the API's arguments, in their order.
    """
    return _compare(expected, observed, ("exists", "constructor", "as_tuple"))


@RULES.rule(
    "viewmeta.round-trip",
    source=_LIVE,
    fault="a class that keeps a reference to its argument",
    probe=LIVE_CLASSES,
    applies=_schemas,
)
def round_trip(expected: SchemaAnswers, observed: SchemaAnswers) -> Difference | None:
    """A live class constructed from a tuple gives that tuple back, also when what it was given is gone."""
    return _compare(expected, observed, ("round_trip",))
