"""What a `when` means: every feature is proved and used, words are read, and all that is named must hold."""

import importlib.util
from pathlib import Path

import pytest

from viewproof.cases import parse_case
from viewproof.contract.conditions import MODULES, matches, reason_of
from viewproof.contract.features import FEATURES, feature
from viewproof.contract.known_issues import own_issues
from viewproof.evidence.expectation import expect

#: What a feature that takes a word holds of, and a case near it of which it does not.
WORDS = {
    "dtype:uint8": ("aten.alias.default(uint8[3])", "aten.alias.default(int8[3])"),
    "rank:1": ("aten.alias.default(int8[1])", "aten.alias.default(int8[])"),
    "refused-with:IndexError": ("aten.select.int(int8[3], 0, 3)", "aten.select.int(int8[3], 0, 2)"),
    "refusal:index: wanted one of # along dimension #, got #": (
        "aten.select.int(int8[3], 0, 3)",
        "aten.select.int(int8[3], 1, 0)",
    ),
}


def near_pairs(module):
    """The table of the tests that mirror a module of features."""
    name = module.__name__.rsplit(".", maxsplit=1)[-1]
    path = Path(__file__).parent / "features" / f"test_{name}.py"
    spec = importlib.util.spec_from_file_location(f"near_{name}", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found.NEAR


def registered():
    """The features of the suites' own modules, whoever made the function; a test may have registered more."""
    ours = {"viewproof.contract.features", *(module.__name__ for module in MODULES)}
    return {name for name, function in FEATURES.items() if function.__module__ in ours}


def test_every_feature_is_proved_beside_its_own_module():
    """Each has its near pair, once, in the tests that mirror the module that registers it.

    `always` has nothing beside it.
    """
    proved = [(name, module) for module in MODULES for name in near_pairs(module)]
    assert sorted(name for name, _ in proved) == sorted(registered() - {"always"})
    for name, module in proved:
        assert f'"{name}"' in Path(module.__file__).read_text(encoding="utf-8"), f"{name} is not of {module.__name__}"


def test_every_feature_is_used():
    """What no known issue needs is taken out again."""
    used = {name.removeprefix("!") for issue in own_issues() for name in issue.when}
    assert registered() - used == set()


@pytest.mark.parametrize("name", WORDS)
def test_a_word_is_asked_for(name, has):
    there, beside = WORDS[name]
    assert has(name, there)
    assert not has(name, beside)


def test_of_an_operand_that_is_not_strided_no_word_is_true(has):
    sparse = "aten._indices.default(sparse_coo([2], indices=int64[1,1]{0}, values=int8[1]))"
    assert not has("dtype:int8", sparse)
    assert not has("rank:1", sparse)


def test_absence_is_what_is_not(has):
    there, beside = WORDS["rank:1"]
    assert has("!rank:1", beside)
    assert not has("!rank:1", there)


def test_a_refusal_is_known_by_its_class_and_its_reason():
    case = parse_case("aten.select.int(float32[3,4], 2, 0)")
    assert reason_of(expect(case)) == "dim: wanted a dimension of a tensor of rank #, got #"
    assert matches(("refused-with:IndexError", f"refusal:{reason_of(expect(case))}"), case)
    assert not matches(("refused-with:RuntimeError",), case)
    assert not matches(("refused-with:IndexError",), parse_case("aten.select.int(float32[3,4], 1, 0)"))


def test_all_features_of_a_when_must_hold():
    case = parse_case("aten.alias.default(complex64[0])")
    assert matches(("complex", "empty"), case)
    assert not matches(("complex", "!empty"), case)


def test_an_unknown_feature_is_refused_by_name():
    with pytest.raises(ValueError, match="feature 'emty': wanted one of"):
        matches(("emty",), parse_case("aten.alias.default(complex64[0])"))


def test_a_second_feature_of_a_name_is_refused():
    with pytest.raises(ValueError, match="feature 'empty': wanted one function"):
        feature("empty")(FEATURES["scalar"])
