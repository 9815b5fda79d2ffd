"""Texts that are read: queries, backend files, files of known issues. Each, changed at random, is read or refused.

Refused is a UsageError of one line. Case names have tests/harness/engine/test_named_case.py, and run directories
tests/harness/cli/test_edited_runs.py.
"""

import random

import pytest

from viewproof.contract.contract import Contract
from viewproof.contract.installed import find_suite, own_suites
from viewproof.contract.known_issues import issues_of
from viewproof.engine.query import check_query, parse_query
from viewproof.errors import UsageError
from viewproof.exported.vendor import read_passes

BACKEND = """
[passes]
view_to_copy = "viewproof_reference.replacements.view_to_copy:ViewToCopy"
side_effects = "viewproof_reference.replacements.side_effects:SideEffectsToTokens"
"""
ISSUES = """
[[issue]]
id = "made-up"
kind = "fault"
title = "t"
source = "s"
rules = ["layout.size"]
targets = ["eager"]
operators = ["aten.view.default"]
difference = "size differs"
cases = ["aten.view.default(float32[3], [3])"]
"""
QUERIES = [
    "views", "views/meta", "*/*/layout.stride", "aten.slice", "aten.sl?ce.*", "views/eager/layout.size/aten.t.default",
    "views/eager/layout.size/aten.t.default(float32[2,3])", "module(cond)", "sample(aten.add.Tensor(float32[2], 3))",
    "history(load; len(t))", "schema(aten.select.int)", "$0=float32@8; aten.view_as.default($0[4], $0[4]+2)",
]  # fmt: skip
PIECES = [
    "*", "**", "?", "/", "//", ".", "[", "]", "(", ")", "$", ";", '"', "'", '"""', "\\", "\n", "\r", "\x00",
    "\x1b[2J", "\u202e", "\u2028", "\ud800", "é", "=", "[[", "]]", "#", ",", "aten", "views", "passes", "issue",
    "7", "9" * 50, "{}", "nan", "true", "1979-05-27", "os:system", "sys:exit", "no_such:Thing", "-", " ",
]  # fmt: skip


def changed(choose, text):
    for _ in range(choose.randint(0, 4)):
        start = choose.randrange(len(text) + 1)
        end = min(len(text), start + choose.choice([0, 0, 1, 3, 20]))
        text = text[:start] + choose.choice(["", *PIECES]) + text[end:]
    return text


def read_or_refused(read, text):
    """What was read of a text, None where it is refused: in one line, by a UsageError and nothing else."""
    try:
        return read(text)
    except UsageError as error:
        said = str(error)
        assert said
        assert "Traceback" not in said
        return None


@pytest.mark.parametrize("seed", range(4))
def test_queries(seed):
    choose, suites, read = random.Random(seed), own_suites(), []  # noqa: S311  no secret

    def checked(text):
        query = parse_query(text)
        check_query(query, suites)
        return query

    read = [read_or_refused(checked, changed(choose, choose.choice(QUERIES))) for _ in range(500)]
    assert any(read)
    assert None in read


@pytest.mark.parametrize("seed", range(4))
def test_backend_files(tmp_path, seed):
    choose, path = random.Random(seed), tmp_path / "backend.toml"  # noqa: S311  no secret

    def passes(text):
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return read_passes(path)

    assert set(passes(BACKEND)) == {"view_to_copy", "side_effects"}
    read = [read_or_refused(passes, changed(choose, BACKEND)) for _ in range(500)]
    assert any(read)
    assert None in read


@pytest.mark.parametrize("seed", range(4))
def test_files_of_known_issues(tmp_path, seed):
    choose = random.Random(seed)  # noqa: S311  no secret
    (tmp_path / "known_issues").mkdir()

    def issues(text):
        (tmp_path / "known_issues" / "some.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
        return issues_of(Contract("made-up", "", (find_suite("views"),), known_issues=tmp_path / "known_issues"))

    assert [issue.id for issue in issues(ISSUES)] == ["made-up"]
    read = [read_or_refused(issues, changed(choose, ISSUES)) for _ in range(500)]
    assert any(read)
    assert None in read
