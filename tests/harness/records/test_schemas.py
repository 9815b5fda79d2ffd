"""A summary.json of schema 1 is read with every count that it has, and nothing is made up for what it does not say."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof.errors import UsageError
from viewproof.records.model import VERDICTS
from viewproof.records.schemas import WORDS_OF_1, counted, to_newest
from viewproof.records.summary import exit_status, read_with_schema, seen

numbers = st.integers(0, 10**9)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
verdicts = st.fixed_dictionaries(dict.fromkeys(WORDS_OF_1, numbers))
by_name = st.dictionaries(names, verdicts, max_size=3)
texts = ("result", "suite", "target", "rule", "operator", "case", "expected", "observed", "difference")
findings = st.lists(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(texts, names),
            "verdict": st.sampled_from(WORDS_OF_1),
            "count": numbers,
            "known_issue": st.none() | names,
        }
    ),
    max_size=3,
)
coverages = st.fixed_dictionaries(
    {
        "operators": st.fixed_dictionaries(
            {
                **dict.fromkeys(("covered", "partly", "uncovered", "catalog", "excluded"), numbers),
                "gaps": st.dictionaries(names, names, max_size=2),
            }
        ),
        "rules": st.fixed_dictionaries({"covered": numbers, "planned": numbers, "gaps": st.lists(names, max_size=2)}),
    }
)
summaries = st.fixed_dictionaries(
    {
        "schema": st.just(1),
        **dict.fromkeys(("viewproof", "torch", "device", "profile", "plan"), names),
        **dict.fromkeys(("cases", "executions", "planned"), numbers),
        "verdicts": verdicts,
        "coverage": coverages,
        **dict.fromkeys(("by_operator", "by_target", "by_rule"), by_name),
        "findings": findings,
        "problems": st.lists(names, max_size=2),
        "seconds": st.floats(0, 1e6),
        "checking_seconds": st.floats(0, 1e6),
    }
)
ADDED = {"flaky": 0, "unseen": 0}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("schemas") / "summary.json"


@given(content=summaries)
def test_reading_schema_1_keeps_all_counts_and_texts(path, content):
    path.write_bytes(msgspec.json.encode(content))
    summary, schema, sealed = read_with_schema(path)
    assert (schema, sealed) == (1, False)
    got = msgspec.to_builtins(summary, order=None)
    assert got.pop("reused") == 0
    assert (got.pop("journal"), got.pop("stopped"), got.pop("unrun")) == ("", "", 0)
    assert got.pop("shard") is None
    assert got.pop("schema") == 2
    assert got.pop("verdicts") == content["verdicts"] | ADDED
    for name in ("by_operator", "by_target", "by_rule"):
        assert got.pop(name) == {one: counts | ADDED for one, counts in content[name].items()}
    assert got.pop("findings") == tuple(one | {"follows": {}, "fault": None} for one in content["findings"])
    left = {name: value for name, value in content.items() if name in got}
    assert msgspec.json.decode(msgspec.json.encode(got)) == left
    assert sum(summary.verdicts.values()) == sum(content["verdicts"].values())
    assert list(summary.verdicts) == list(VERDICTS)
    assert seen(summary.verdicts) == sum(
        number
        for word, number in content["verdicts"].items()
        if word not in ("missing", "harness_error", "unsupported")
    )


@given(content=summaries)
def test_the_newest_schema_stays_as_it_is(content):
    newest = to_newest(content, 1)
    assert to_newest(newest, 2) == newest
    assert content["schema"] == 1, "what was given is left alone"


def content_of(**changes):
    zeros = {"covered": 0, "planned": 0, "gaps": []}
    content = {
        "schema": 1, "viewproof": "0", "torch": "2", "device": "cpu", "profile": "quick", "plan": "p", "cases": 1,
        "executions": 1, "planned": 1, "verdicts": {"pass": 1}, "by_operator": {}, "by_target": {}, "by_rule": {},
        "coverage": {"operators": {**zeros, "partly": 0, "uncovered": 0, "catalog": 0, "excluded": 0, "gaps": {}},
                     "rules": zeros},
        "findings": [], "problems": [], "seconds": 1.0, "checking_seconds": 1.0,
    }  # fmt: skip
    return content | changes


def test_an_old_run_conforms_as_it_did(path):
    path.write_bytes(msgspec.json.encode(content_of()))
    assert exit_status(read_with_schema(path).summary) == 0
    path.write_bytes(msgspec.json.encode(content_of(verdicts={"missing": 1})))
    assert exit_status(read_with_schema(path).summary) == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 7}, r"wanted the summary\.json of a finished run, of schema 1 or 2 \(schema 7 is not known\)"),
        ({"verdicts": {"unseen": 1}}, "wanted verdicts among pass, .*, harness_error, got unseen"),
        ({"by_target": {"meta": {"flaky": 1}}}, "wanted verdicts among pass, .*, got flaky"),
        ({"verdicts": []}, r"Expected `object`, got `array` - at `\$.verdicts`"),
        ({"by_rule": 1}, r"Expected `object`, got `int` - at `\$.by_rule`"),
        ({"by_rule": {"x": 1}}, r"Expected `object`, got `int` - at `\$.by_rule\[...\]`"),
        ({"findings": [{}]}, "missing required field `result`"),
    ],
)
def test_what_is_none_of_schema_1_is_refused(path, changes, said):
    path.write_bytes(msgspec.json.encode(content_of(**changes)))
    with pytest.raises(UsageError, match=said):
        read_with_schema(path)


def test_counted_has_every_word_in_order():
    assert list(counted({"missing": 2, "pass": 1})) == list(VERDICTS)
    assert {word: number for word, number in counted({"missing": 2, "pass": 1}).items() if number} == {
        "pass": 1, "missing": 2,
    }  # fmt: skip
