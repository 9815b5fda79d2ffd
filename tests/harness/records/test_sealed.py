"""A JSON file with its digest is read as it was written, and not at all where one byte of it is another."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof.errors import UsageError
from viewproof.records.sealed import read_sealed, sealed

texts = st.text(max_size=8)
plain = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | texts
values = st.recursive(plain, lambda one: st.lists(one) | st.dictionaries(texts, one), max_leaves=8)
contents = st.dictionaries(texts.filter(lambda name: name != "digest"), values, min_size=1, max_size=5)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("sealed") / "run.json"


@given(content=contents)
def test_what_was_written_is_read(path, content):
    path.write_bytes(sealed(content))
    assert read_sealed(path, "it") == (content, path.read_bytes(), True)
    assert json.loads(path.read_bytes())["digest"].startswith("sha256:")


@given(content=contents, at=st.floats(0, 1, exclude_max=True), byte=st.integers(1, 255))
def test_one_other_byte_is_seen(path, content, at, byte):
    data = bytearray(sealed(content))
    data[int(at * len(data))] ^= byte
    path.write_bytes(data)
    if read_or_none(path) is not None:
        assert not read_sealed(path, "it").sealed, "only the name of the digest can be lost, and then there is none"


def read_or_none(path):
    try:
        return read_sealed(path, "it")
    except UsageError:
        return None


def test_what_utf_8_cannot_hold_is_spelled_out(path):
    path.write_bytes(sealed({"a\ud800": ["\udcff", {"b": "\ud800"}], "digest": "not this"}))
    assert read_sealed(path, "it").content == {"a\\ud800": ["\\udcff", {"b": "\\ud800"}]}


def test_a_file_without_a_digest_is_of_an_earlier_version(path):
    path.write_bytes(msgspec.json.encode({"a": 1}))
    assert read_sealed(path, "it") == ({"a": 1}, b'{"a":1}', False)


def test_the_same_content_in_other_words_is_refused(path):
    path.write_text(json.dumps(json.loads(sealed({"a": 1}))))
    with pytest.raises(UsageError, match=r"run\.json: wanted the bytes that its digest was made of"):
        read_sealed(path, "it")


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b'{"a":' * 100_000, b"null"])
def test_what_is_no_object_is_refused(path, data):
    path.write_bytes(data)
    with pytest.raises(UsageError, match=r"run\.json: wanted it \("):
        read_sealed(path, "it")


def test_what_cannot_be_read_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageError, match="it cannot be read"):
            read_sealed(path, "it")
