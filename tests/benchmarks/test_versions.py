"""A version is measured with its own modules and contracts, and leaves nothing behind."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

WHERE = "import viewproof, viewproof_suites.views; print(viewproof.__file__, viewproof_suites.views.CONTRACT.name)"


def test_this_checkout_is_one_version_that_runs(module, tmp_path):
    versions = module("versions")
    with versions.versions(None) as (now,):
        assert now.root == versions.HERE
        done = now.python(["-c", WHERE], tmp_path)
        assert done.stdout.split() == [str(versions.HERE / "harness/viewproof/__init__.py"), "views"]
        run = versions.run_viewproof(now, ["views/meta/*/aten.t.default", "--jobs", "1"])
        assert run.cases > 0
        assert run.executions == run.cases
        assert run.checking_rate > run.whole_rate > 0
    assert not now.metadata.exists()


def test_a_run_that_fails_ends_the_benchmark(module):
    versions = module("versions")
    with versions.versions(None) as (now,), pytest.raises(SystemExit, match=r"now, viewproof run nowhere: .*got 2"):
        versions.run_viewproof(now, ["nowhere"])


def test_another_commit_is_run_from_its_own_checkout(module, tmp_path):
    versions = module("versions")
    if subprocess.run(
        ["git", "-C", str(versions.HERE), "rev-parse", "HEAD"], capture_output=True, check=False
    ).returncode:
        pytest.skip("this is no git checkout")
    with versions.versions("HEAD") as (before, now):
        assert (before.name, now.name) == ("before", "now")
        place, name = before.python(["-c", WHERE], tmp_path).stdout.split()
        assert place == str(before.root / "harness/viewproof/__init__.py")
        assert name == "views"
    assert not before.root.exists()
    listed = subprocess.run(
        ["git", "-C", str(versions.HERE), "worktree", "list"], capture_output=True, text=True, check=True
    ).stdout
    assert str(before.root) not in listed


def test_no_such_commit_ends_the_benchmark(module):
    versions = module("versions")
    with pytest.raises(SystemExit, match="git worktree add"), versions.versions("no-such-commit"):
        pass


def test_a_version_with_the_modules_or_contracts_of_another_is_refused(module, tmp_path):
    versions = module("versions")
    with versions.versions(None) as (now,):
        with pytest.raises(SystemExit, match="wanted its own modules and contracts"):
            versions._check(now, ["views"])
        with pytest.raises(SystemExit, match="wanted its own modules and contracts"):
            versions._check(replace(now, metadata=tmp_path), ["views"])
