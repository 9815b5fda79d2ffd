"""Settings share runs where they do not touch each other; what cannot be tried is set aside with its reason."""

from functools import partial

import pytest

from viewproof.stability.machine import Machine
from viewproof.stability.runs import plan_runs
from viewproof.stability.settings import SETTINGS, Request, Setting


def made(name, run, ask):
    return Setting(name, run, lambda _: ask, lambda *_: "")


def test_every_setting_is_in_one_run_behind_the_reference(machine):
    plan = plan_runs(SETTINGS, machine)
    assert plan.runs[0].name == "reference"
    assert plan.runs[0].asked == ()
    assert plan.set_aside == ()
    assert sorted(setting.name for run in plan.runs for setting, _ in run.asked) == sorted(
        setting.name for setting in SETTINGS
    )
    assert len(plan.runs) == 6, "a quarter of an hour on two processors"


def test_a_run_asks_for_all_of_its_settings():
    first = made("a", "one", Request("x", {"A": "1"}, ("--a", "1")))
    second = made("b", "one", Request("y", {"LD_PRELOAD": "lib"}, odd_folder=True))
    run = plan_runs([first, second], Machine("m", frozenset(), None, None)).runs[1]
    assert run.variables == {"A": "1", "LD_PRELOAD": "lib"}
    assert run.arguments == ("--a", "1")
    assert run.odd_folder
    assert run.preloads


def test_settings_of_one_run_that_ask_for_the_same_thing_are_a_mistake():
    both = [made(name, "one", Request(name, {"TZ": name})) for name in "ab"]
    with pytest.raises(ValueError, match="run 'one': wanted settings that ask for different things, got TZ, TZ"):
        plan_runs(both, Machine("m", frozenset(), None, None))


def test_what_is_not_tried_is_set_aside():
    bare = Machine("aarch64", frozenset(), None, None)
    plan = plan_runs(SETTINGS, bare)
    assert [setting.name for setting, _ in plan.set_aside] == [
        "onednn=sse41", "capability=avx2", "onednn=avx2", "openblas", "locale=other", "openblas-older",
    ]  # fmt: skip
    assert "folder" in {setting.name for run in plan.runs for setting, _ in run.asked}


def test_a_run_without_settings_is_not_made():
    only = [setting for setting in SETTINGS if setting.name.startswith("openblas")]
    plan = plan_runs(only, Machine("aarch64", frozenset(), None, None))
    assert [run.name for run in plan.runs] == ["reference"]
    assert partial(plan_runs, only)(Machine("x", frozenset(), None, None)).set_aside
