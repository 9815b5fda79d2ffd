"""The schemas of summary.json, and how the content of an older one becomes that of the newest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from viewproof.records.model import VERDICTS

SCHEMA: Final[Literal[2]] = 2
#: The words that schema 1 counts verdicts by. It knows neither `flaky` nor `unseen`: what would be `unseen` now is
#: among its passes.
WORDS_OF_1 = ("pass", "fail", "crash", "timeout", "unsupported", "waived", "missing", "harness_error")
_WORDS = {1: WORDS_OF_1, SCHEMA: VERDICTS}
_BY_NAME = ("by_operator", "by_target", "by_rule")


def counted(verdicts: Mapping[str, int]) -> dict[str, int]:
    """A count for every verdict's word, in their order: 0 for those that `verdicts` does not have."""
    return {word: verdicts.get(word, 0) for word in VERDICTS}


def to_newest(content: Mapping[str, Any], schema: int) -> dict[str, Any]:
    """The content of a summary.json of `schema`, as one of the newest; its counts and findings stay as they are.

    Schema 2 added `reused`, the verdicts `flaky` and `unseen` (all 0 for schema 1), and of a finding `follows` and
    `fault` (which have defaults). Raises ValueError for a schema, or a verdict's word, that is not known.
    """
    if schema not in _WORDS:
        raise ValueError(f"schema {schema} is not known")
    newest = dict(content)
    _check_words(newest.get("verdicts"), schema)
    for name in _BY_NAME:
        by_name = newest.get(name)
        for counts in by_name.values() if isinstance(by_name, Mapping) else ():
            _check_words(counts, schema)
    if schema == SCHEMA:
        return newest
    newest |= {"schema": SCHEMA, "reused": 0}
    # What is no mapping is refused, by its place, where the content is made a summary.
    if isinstance(verdicts := newest.get("verdicts"), Mapping):
        newest["verdicts"] = counted(verdicts)
    for name in _BY_NAME:
        if isinstance(by_name := newest.get(name), Mapping):
            newest[name] = {
                one: counted(counts) if isinstance(counts, Mapping) else counts for one, counts in by_name.items()
            }
    return newest


def _check_words(counts: object, schema: int) -> None:
    unknown = [word for word in counts if word not in _WORDS[schema]] if isinstance(counts, Mapping) else []
    if unknown:
        raise ValueError(f"wanted verdicts among {', '.join(_WORDS[schema])}, got {', '.join(map(str, unknown))}")
