"""A command that a report prints is whole, and a shell reads it as it was meant."""

import shlex

import pytest

from viewproof.reports.command import command, options_text

RUN = {"device": "cpu", "selection": {"imports": []}}


def test_nothing_is_added_where_torch_alone_was_run():
    assert options_text(RUN) == ""
    assert options_text({}) == ""
    assert command("show", "views/eager", RUN) == "viewproof show views/eager"


def test_modules_passes_and_device_are_named():
    run = {"device": "cuda:1", "backend": "my backend.toml", "selection": {"imports": ["one", "two.three"]}}
    assert options_text(run) == " --import one --import two.three --backend 'my backend.toml' --device cuda:1"


@pytest.mark.parametrize("text", ["a b", "it's", "$(touch x)", '"; rm -rf .', "`x`", "-h"])
def test_a_hostile_text_is_one_word(text):
    run = {"device": text, "selection": {"imports": [text]}}
    assert shlex.split(command("repro", text, run)) == ["viewproof", "repro", text, "--import", text, "--device", text]
