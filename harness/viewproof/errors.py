"""The errors that a user is told of in one line, and what the command line makes of each."""

from viewproof.visible import visible


class UsageError(ValueError):
    """Raised where a request is wrong: one clear line for the user, and exit status 2."""


class NotTrusted(UsageError):
    """Raised where files were understood, and contradict each other or their digests: one clear line, exit status 3."""


class EmptySelection(ValueError):
    """Raised where a request is well-formed and selects nothing: exit status 3."""


class NotWritten(RuntimeError):
    """Raised where a file of a run cannot be written, as on a full disk: one clear line, and exit status 3."""


class PoolBroken(RuntimeError):
    """Raised where workers die before they take any work, so that nothing can be run: exit status 3."""


class NoScript(ValueError):
    """Raised where a result can have no standalone script; the message says why."""


def first_line(error: BaseException) -> str:
    """The first line of an exception's text, `visible`. An exception of a kernel's may be of any class."""
    try:
        lines = str(error).splitlines()
    except Exception as other:  # noqa: BLE001  even one that cannot say itself
        return f"(it cannot be printed: {type(other).__name__})"
    return visible(lines[0]) if lines else ""
