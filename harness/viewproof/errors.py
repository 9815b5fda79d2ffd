"""The errors that a user is told of in one line, and what the command line makes of each."""


class UsageError(ValueError):
    """Raised where a request is wrong: one clear line for the user, and exit status 2."""


class EmptySelection(ValueError):
    """Raised where a request is well-formed and selects nothing: exit status 3."""


class NoScript(ValueError):
    """Raised where a result can have no standalone script; the message says why."""
