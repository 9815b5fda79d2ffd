"""torchgen against the ViewMeta reference: every group of the installed torch, made-up groups, and changed answers."""

import importlib
import re
from dataclasses import replace
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from viewproof_reference.viewmeta import REFUSED, answers
from viewproof_reference.viewmeta.cpp import VALUES
from viewproof_reference.viewmeta.group import copy_name, is_view
from viewproof_reference.viewmeta.schema import parse_schema
from viewproof_suites.viewmeta.targets import torchgen_api
from viewproof_suites.viewmeta.targets.torchgen_api import (
    GroupTexts,
    TorchgenMissing,
    differences,
    observed_answers,
    view_groups,
)

GROUPS = {group.name: group for group in view_groups()}
#: A group with all three members, and one with several outputs.
WHOLE, SEVERAL = "squeeze.dim", "split.Tensor"
#: What torch 2.13 gets wrong: these members are references to what the recording call was given, which is gone when a
#: step is used (pytorch/pytorch#184774 lets them own it).
BORROWED = re.compile(r"&|ArrayRef|string_view|TensorList")


def expected(group):
    return answers(group.view, group.copy, group.inplace, composite=group.composite)


def is_the_borrowing_fault(difference):
    """A member that must own and borrows, and nothing else: without what borrows, both sides are the same list."""
    if not difference.question.endswith(".attributes_owning"):
        return False
    ours, theirs = difference.expected.split(", "), difference.observed.split(", ")
    apart = [(own, keep) for own, keep in zip(ours, theirs, strict=True) if own != keep]
    return all(BORROWED.search(keep) and not BORROWED.search(own) for own, keep in apart)


def kept_tensors(group):
    return [argument for argument in parse_schema(group.view).arguments[1:] if argument.type.base == "Tensor"]


@pytest.mark.parametrize("name", GROUPS)
def test_torchgen_answers_as_the_reference(name):
    group = GROUPS[name]
    wrong = differences(expected(group), observed_answers(name))
    assert [difference for difference in wrong if not is_the_borrowing_fault(difference)] == []
    assert not wrong or kept_tensors(group)


def test_the_borrowing_fault_of_torch_2_13():
    borrowing = {name for name in GROUPS if differences(expected(GROUPS[name]), observed_answers(name))}
    keeping = {name for name, group in GROUPS.items() if kept_tensors(group)}
    assert borrowing in (keeping, set()), "all members that keep a Tensor borrow it, or none does"
    if torch.__version__.startswith("2.13."):
        assert borrowing == keeping
        assert {name for name in borrowing if not GROUPS[name].composite} == {
            "_make_dual", "slice_inverse", "_nested_view_from_buffer", "_nested_view_from_jagged",
        }  # fmt: skip


@cache
def native_functions():
    """All functions of torch's YAML, as torchgen reads them."""
    return importlib.import_module("torchgen.gen").parse_native_yaml(*map(str, torchgen_api._yaml())).native_functions


def native_schemas():
    return [str(function.func) for function in native_functions()]


def test_the_groups_are_those_of_all_functions():
    """Torchgen reads the functions of the groups alone; read together with all others, they are the same."""
    gen, kind = importlib.import_module("torchgen.gen"), importlib.import_module("torchgen.model")
    grouped = gen.get_grouped_by_view_native_functions(native_functions())
    whole = [group for group in grouped if isinstance(group, kind.NativeFunctionsViewGroup)]
    assert list(torchgen_api._groups().values()) == whole


def test_every_group_is_found():
    """Each schema of the YAML that the reference takes for a view has a group, and each copy variant is in its own."""
    views = {schema.partition("(")[0] for schema in native_schemas() if is_view(parse_schema(schema))}
    assert views == GROUPS.keys()
    copied = {name for name, group in GROUPS.items() if group.copy is not None}
    assert copied == {
        name
        for name, group in GROUPS.items()
        if any(schema.startswith(copy_name(parse_schema(group.view)) + "(") for schema in native_schemas())
    }
    if torch.__version__.startswith("2.13."):
        assert (len(GROUPS), len(copied)) == (91, 43)


def test_a_view_that_does_not_decompose_has_a_copy_variant():
    for group in GROUPS.values():
        assert group.composite or group.copy is not None


def test_every_native_schema_is_read():
    assert all(str(parse_schema(schema)) == schema for schema in native_schemas())


def test_every_dispatched_schema_is_read():
    names = [
        name.partition("::")[2].partition(".")
        for name in torch._C._dispatch_get_all_op_names()
        if name.startswith("aten::")
    ]
    texts = [str(torch._C._get_schema(f"aten::{name}", overload)) for name, _, overload in names]
    # A dictionary is no type of native_functions.yaml; aten has one operator that returns one.
    read = [text for text in texts if "Dict(" not in text]
    assert len(read) > 3000
    assert len(texts) - len(read) <= 1
    assert all(str(parse_schema(text)) == text for text in read)


@pytest.mark.parametrize("question", [*observed_answers(WHOLE)])
@pytest.mark.parametrize("name", [WHOLE, SEVERAL, "narrow.Tensor"])
def test_one_changed_answer_is_seen(name, question):
    group, observed = GROUPS[name], observed_answers(name)
    if question not in observed:
        assert question.startswith("inplace.")
        return
    before = differences(expected(group), observed)
    changed = {**observed, question: observed[question] + "x"}
    seen = {difference.question for difference in differences(expected(group), changed)}
    assert seen == {difference.question for difference in before} | {question}
    missing = {key: answer for key, answer in observed.items() if key != question}
    assert (question, expected(group)[question], None) in differences(expected(group), missing)


#: Each function of torchgen's API, and the questions that it alone decides.
FUNCTIONS = {
    "classname": {"view.class_name", "view.class_name_namespaced"},
    "name": {"group.name_forward_views", "group.name_forward_copies", "group.name_reverse"},
    "reverse_name": {"group.reverse_name", "group.reverse_name_namespaced", "group.reverse_declaration"},
    "returns_type": {"view.returns_type", "group.reverse_returns_type"},
    "is_multi_output": {"view.is_multi_output", "view.base_constructor_arguments"},
    "base_ctor_arguments": {"view.base_constructor_arguments"},
    "extra_ctor_arguments": {"view.extra_constructor_arguments"},
    "attributes": {"view.attributes_owning", "view.attributes_not_owning"},
    "op_arguments": {"view.operator_arguments_forward", "view.operator_arguments_reverse"},
}


def spoilt(function):
    """The function with another answer: a list without its last, a yes for a no, a word more, another C++ type."""

    def answer(*args, **kwargs):
        found = function(*args, **kwargs)
        if isinstance(found, bool):
            return not found
        if isinstance(found, list):
            return found[:-1]
        if isinstance(found, str):
            return found + "x"
        return type(found)(replace(found.type, name="Sensor"))

    return answer


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_that_answers_otherwise_is_seen(function, monkeypatch):
    from torchgen.api import functionalization

    monkeypatch.setattr(functionalization, function, spoilt(getattr(functionalization, function)))
    seen = {difference.question for difference in differences(expected(GROUPS[WHOLE]), observed_answers(WHOLE))}
    assert seen >= FUNCTIONS[function]


def test_every_function_of_the_api_is_asked():
    from torchgen.api import functionalization

    public = {
        name
        for name, value in vars(functionalization).items()
        if callable(value) and getattr(value, "__module__", "") == functionalization.__name__
    }
    assert public == FUNCTIONS.keys(), "torchgen's API has a function that nobody compares, or lacks one"
    bindings = {name.removesuffix("_binding") for name in vars(functionalization) if name.endswith("_binding")}
    assert bindings == {key.removeprefix("binding.") for key in observed_answers(WHOLE) if key.startswith("binding.")}


@pytest.mark.parametrize("binding", [key for key in observed_answers(WHOLE) if key.startswith("binding.")])
@pytest.mark.parametrize("part", ["name", "meaning"])
def test_a_changed_binding_is_seen(binding, part, monkeypatch):
    from torchgen.api import functionalization

    attribute = binding.removeprefix("binding.") + "_binding"
    real = getattr(functionalization, attribute)
    wrong = real.with_name("other") if part == "name" else replace(real, nctype=real.nctype.with_name("other"))
    monkeypatch.setattr(functionalization, attribute, wrong)
    seen = {difference.question for difference in differences(expected(GROUPS[SEVERAL]), observed_answers(SEVERAL))}
    assert binding in seen


def test_a_name_without_group_is_refused():
    with pytest.raises(KeyError, match="no_such_view"):
        observed_answers("no_such_view")


@pytest.mark.parametrize("missing", ["yaml", "torchgen"])
def test_torchgen_may_be_missing(missing, monkeypatch):
    def without(name):
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr(torchgen_api.importlib, "import_module", without)
    torchgen_api._view_functions.cache_clear()
    try:
        with pytest.raises(TorchgenMissing, match=missing) as caught:
            torchgen_api._view_functions()
        assert ("install PyYAML" in str(caught.value)) is (missing == "yaml")
    finally:
        torchgen_api._view_functions.cache_clear()


def made_answers(texts):
    """The answers of torchgen for a group that need not exist; `{"group": "refused"}` where it refuses the members.

    A view that is not composite is given a kernel for all backends, a copy variant and an in-place variant the tags
    that they need.
    """
    model = importlib.import_module("torchgen.model")

    def function(schema, *tags):
        if schema is None:
            return None
        entry = {"func": schema, "variants": "function", "tags": list(tags)}
        if not texts.composite:
            entry["dispatch"] = {"CompositeExplicitAutograd": "made_up"}
        return model.NativeFunction.from_yaml(entry, model.Location("made-up", 0), {"view_copy", "inplace_view"})[0]

    try:
        group = model.NativeFunctionsViewGroup(
            view=function(texts.view),
            view_copy=function(texts.copy, "view_copy"),
            view_inplace=function(texts.inplace, "inplace_view"),
        )
    except AssertionError:
        return {"group": REFUSED}
    return torchgen_api._flat(group)


VIEW = "foo(Tensor(a) self, int x=1) -> Tensor(a)"
COPY = "foo_copy(Tensor self, int x=1) -> Tensor"
INPLACE = "foo_(Tensor(a!) self, int x=1) -> Tensor(a!)"


@pytest.mark.parametrize(
    ("texts", "refused"),
    [
        (GroupTexts(VIEW, COPY, INPLACE, composite=False), False),
        (GroupTexts(VIEW, None, None, composite=True), False),
        (GroupTexts(VIEW, None, None, composite=False), True),
        (GroupTexts(COPY, None, None, composite=True), True),
        (GroupTexts("foo_inverse(Tensor(a) self) -> Tensor(a)", None, None, composite=False), False),
        (GroupTexts(VIEW, COPY.replace("=1", ""), None, composite=False), True),
        (GroupTexts(VIEW, COPY.replace("foo_copy", "bar_copy"), None, composite=False), True),
        (GroupTexts(VIEW, COPY.replace("foo_copy", "foo_copied"), None, composite=False), True),
        (GroupTexts(VIEW, COPY, INPLACE.replace("=1", "=2"), composite=False), True),
    ],
)
def test_groups_are_refused_alike(texts, refused):
    assert differences(expected(texts), made_answers(texts)) == ()
    assert (made_answers(texts) == {"group": REFUSED}) is refused


#: Some torch has no Dimname any more, and torchgen wants a tag beside a Generator.
BASES = st.sampled_from([*sorted(VALUES.keys() - {"Dimname", "Generator"}), "Tensor", "Scalar"])
KINDS = st.builds("".join, st.tuples(BASES, st.sampled_from(["", "", "?", "[]", "[2]", "[]?", "?[]", "[][]"])))
FIRST = st.sampled_from(["Tensor(a) self"] * 4 + ["Tensor(a -> *) self", "int x, Tensor(a) self", "Tensor(a)[] self"])
RETURNS = st.sampled_from(
    ["Tensor(a)", "Tensor(a)[]", "(Tensor(a), Tensor)", "(Tensor(a), int)", "(Tensor(a) x, int y)"]
)


@st.composite
def made_groups(draw):
    rest = [f"{kind} x{place}" for place, kind in enumerate(draw(st.lists(KINDS, max_size=4)))]
    if draw(st.booleans()):
        rest.insert(draw(st.integers(0, len(rest))), "*")
    arguments = ", ".join([draw(FIRST), *rest]).removesuffix(", *")
    view = f"foo.bar({arguments}) -> {draw(RETURNS)}"
    copy = re.sub(r"\(a( -> \*)?\)", "", view.replace("foo.bar", "foo_copy.bar"))
    copy = re.sub(r"-> \((\w+) \w+, (\w+) \w+\)", r"-> (\1, \2)", copy)
    return GroupTexts(view, draw(st.sampled_from([copy, None])), None, composite=draw(st.booleans()))


@settings(max_examples=150)
@given(made_groups())
def test_made_up_groups_are_answered_alike(texts):
    wrong = differences(expected(texts), made_answers(texts))
    assert [difference for difference in wrong if not is_the_borrowing_fault(difference)] == []
