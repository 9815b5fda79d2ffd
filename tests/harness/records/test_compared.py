"""A note of how far a journal was compared says something of that journal, and of no other."""

import pytest

from viewproof.records.compared import Compared, lines_compared, write_compared

LINKS = ("sha256:1", "sha256:2", "sha256:3")


def test_a_note_stands_for_the_lines_up_to_its_link(tmp_path):
    assert lines_compared(tmp_path, LINKS) == 0
    write_compared(tmp_path, Compared(2, "sha256:2"))
    assert lines_compared(tmp_path, LINKS) == 2


@pytest.mark.parametrize("links", [(), LINKS[:1], ("sha256:1", "sha256:other", "sha256:3")])
def test_of_another_journal_it_says_nothing(tmp_path, links):
    write_compared(tmp_path, Compared(2, "sha256:2"))
    assert lines_compared(tmp_path, links) == 0


@pytest.mark.parametrize(
    "text", ['{"lines": 2, "link": "sha256:2"}', "{", '{"lines": "2", "link": 1}', '{"lines": 0, "link": "sha256:3"}']
)
def test_one_that_no_run_wrote_is_none(tmp_path, text):
    (tmp_path / ".compared.json").write_text(text)
    assert lines_compared(tmp_path, LINKS) == 0


def test_one_that_was_edited_is_none(tmp_path):
    write_compared(tmp_path, Compared(2, "sha256:2"))
    path = tmp_path / ".compared.json"
    path.write_text(path.read_text().replace('"lines": 2', '"lines": 3'))
    assert lines_compared(tmp_path, LINKS) == 0
