"""run.json is read typed: each member of the type that its readers rely on, or refused by its name."""

import pytest

from viewproof.errors import UsageError
from viewproof.records.outdir import Selection, write_json
from viewproof.records.run_json import read_run, selection_of, shard_in
from viewproof.records.shard import Shard

SELECTION = {"queries": ["views"], "level": None, "device": "cpu", "profile": "quick", "imports": [], "contracts": []}


def test_what_is_there_is_read_and_the_rest_has_a_default(tmp_path):
    write_json(tmp_path / "run.json", {"selection": SELECTION, "seed": 3, "passes": {"a": "b"}, "later": [1]})
    content, facts, sealed = read_run(tmp_path)
    assert content["later"] == [1]
    assert (facts.seed, facts.passes, facts.plan, sealed) == (3, {"a": "b"}, None, True)
    assert selection_of(tmp_path, facts) == Selection(queries=("views",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"passes": 5}, r"wanted `object`, got `int` - at `\$.passes`"),
        ({"passes": {"a": 1}}, r"wanted `str`, got `int` - at `\$.passes\[...\]`"),
        ({"seed": -1}, r"wanted `int` >= 0 - at `\$.seed`, got -1"),
        ({"seed": True}, r"wanted `int \| null`, got `bool` - at `\$.seed`"),
        ({"plan": 1}, r"got `int` - at `\$.plan`"),
        ({"selection": []}, r"got `array` - at `\$.selection`"),
        ({"selection": {"queries": "views"}}, r"got `str` - at `\$.selection.queries`"),
        ({"environment": {"worker": "here"}}, r"got `str` - at `\$.environment.worker`"),
        ({"suites": "views"}, r"got `str` - at `\$.suites`"),
        ({"not_run": []}, r"got `array` - at `\$.not_run`"),
        ({"shard": "4/3"}, "wanted a shard I/N with 1 <= I <= N, got 4/3"),
        ({"shards": [1]}, r"got `int` - at `\$.shards"),
        ({"schema": 2}, "at `\\$.schema`"),
        ({"selection": SELECTION, "profile": "full"}, "wanted profile full in its selection too, got quick"),
        ({"selection": SELECTION, "device": "meta"}, "wanted device meta in its selection too, got cpu"),
    ],
)
def test_a_member_that_is_none_of_a_run_s_is_named(tmp_path, content, said):
    write_json(tmp_path / "run.json", content)
    with pytest.raises(UsageError, match=rf"run\.json: .*{said}"):
        read_run(tmp_path)


def test_a_run_that_does_not_say_what_was_asked_for(tmp_path):
    write_json(tmp_path / "run.json", {"plan": "sha256:0"})
    with pytest.raises(UsageError, match=r"run\.json: wanted a selection"):
        selection_of(tmp_path, read_run(tmp_path).facts)


def test_a_run_says_which_part_of_its_plan_it_is(tmp_path):
    for said, shard in (({}, None), ({"shard": None}, None), ({"shard": "2/3"}, Shard(2, 3))):
        write_json(tmp_path / "run.json", {"plan": "sha256:0", **said})
        assert shard_in(read_run(tmp_path).facts) == shard
