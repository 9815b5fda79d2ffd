"""`I/N`, as it is read and said."""

import pytest

from viewproof.errors import UsageError
from viewproof.records.shard import MOST, Shard, parse_shard


def test_a_shard_is_read_as_it_is_said():
    assert parse_shard("2/16") == Shard(2, 16)
    assert str(Shard(2, 16)) == "2/16"
    assert parse_shard(f"{MOST}/{MOST}").index == MOST


@pytest.mark.parametrize(
    "text", ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "1/ 3", "a/b", "1.0/3", "٣/٣", f"1/{MOST + 1}", "1/3\n"]
)
def test_what_names_no_shard_is_refused(text):
    with pytest.raises(UsageError, match="shard: wanted I/N, two whole numbers"):
        parse_shard(text)
