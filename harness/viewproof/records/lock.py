"""The lock of a run directory: who writes there holds it, so that two never write into one at once.

It is the system's lock on a file of the folder (by the library filelock): it vanishes with the process that holds it,
however that ends, and no process that is started by it keeps it, forked or not. The file says nothing, and stays.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from viewproof.errors import UsageError
from viewproof.records.written import not_written
from viewproof.visible import one_line

LOCK = ".lock"
#: What a file system answers that has no locks, or none that reach it. A file whose presence is the lock would outlive
#: a process that was killed, and is none for runs that must go on after that.
_NO_LOCKS = frozenset({errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP})


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Within: the run directory `folder`, which is there, is written by nobody else.

    Raises UsageError where another process writes there, or the lock's file cannot be made; nothing else is touched.
    Where the file system has no locks it goes on, and says so on standard error.
    """
    lock = FileLock(folder / LOCK, fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        said = f"{folder}: wanted a run directory that nobody else writes to, got one that another process is writing"
        raise UsageError(said) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise not_written(folder / LOCK, error) from error
        why = one_line(f"{folder}: cannot be locked there ({error.strerror}); give it to no second run meanwhile")
        print(why, file=sys.stderr, flush=True)
    try:
        yield
    finally:
        lock.release()
