"""A process says where it runs: every setting that was asked for is read back from it."""

import os
from pathlib import Path

import pytest

from viewproof.place import Folder
from viewproof.place.here import folder


def test_every_setting_is_read_back(elsewhere):
    place, _ = elsewhere
    assert place.capability == "DEFAULT"
    assert place.threads == 3
    assert place.hash_randomization
    assert (place.locale, place.file_names) == ("C", "ascii")
    assert place.encoding != "UTF-8"
    assert (place.time_zone.names, place.time_zone.ahead) == (("XYZ", "XYZ"), 45_900)
    assert str(place.time_zone) == "XYZ, UTC+12:45"
    assert place.working_folder == Folder(space=True, non_ascii=True)
    assert place.processor


def test_what_torch_leaves_open_is_told(elsewhere):
    place, _ = elsewhere
    assert str(place.deterministic) == "not asked for; fresh memory filled; float32 products highest"


@pytest.mark.parametrize(
    ("path", "said"),
    [("/tmp/a", "no space, all ASCII"), ("/tmp/a b", "a space, all ASCII"), ("/tmp/äö", "no space, not all ASCII")],
)
def test_a_folder_is_told_without_its_name(path, said):
    assert str(folder(Path(path))) == said


def test_a_folder_that_no_encoding_can_spell_is_not_ascii():
    assert folder(Path(os.fsdecode(b"/tmp/\xff"))).non_ascii
