"""One process at a time writes into a run directory; whatever ends it, the next may."""

import errno
import os
import subprocess
import sys

import pytest

from viewproof.errors import NotWritten, UsageError
from viewproof.records import lock
from viewproof.records.lock import LOCK, held


def refused(folder):
    said = "that nobody else writes to, got one that another process is writing"
    with pytest.raises(UsageError, match=said) as told, held(folder):
        raise AssertionError("two at once")
    assert str(folder) in str(told.value)
    return True


def test_the_second_is_refused_until_the_first_is_done(tmp_path):
    with held(tmp_path):
        assert refused(tmp_path)
    with held(tmp_path), pytest.raises(KeyError), held(tmp_path / ".."):
        raise KeyError
    with held(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [LOCK]


HOLDS = """
import os, sys, time
from pathlib import Path
from viewproof.records.lock import held
with held(Path(sys.argv[1])):
    if os.fork() == 0:
        print("forked", flush=True)
        time.sleep(60)
        os._exit(0)
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_it_vanishes_with_a_holder_that_is_killed_though_what_it_forked_goes_on(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, env=environment, start_new_session=True
    )
    try:
        assert holder.stdout.readline() == b"forked\n"
        assert refused(tmp_path)
        holder.kill()
        holder.wait()
        with held(tmp_path):
            pass
    finally:
        os.killpg(holder.pid, 9)
        holder.stdout.close()


def test_a_place_where_no_file_can_be_made_is_named(tmp_path):
    (tmp_path / LOCK).mkdir()
    with pytest.raises(UsageError, match=rf"{LOCK}: cannot be written"), held(tmp_path):
        pass


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSPC])
def test_a_file_system_without_locks_is_no_hindrance_and_is_said(tmp_path, monkeypatch, capsys, code):
    def acquire(*_, **__):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(lock.FileLock, "acquire", acquire)
    if code == errno.ENOSPC:
        with pytest.raises(NotWritten, match="No space left"), held(tmp_path):
            pass
        return
    with held(tmp_path):
        done = True
    assert done
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{tmp_path}: cannot be locked there (")
