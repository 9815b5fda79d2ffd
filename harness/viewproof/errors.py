"""The errors that a user is told of in one line, and what the command line makes of each."""


class UsageError(ValueError):
    """What was asked for cannot be: one clear line, and exit status 2."""


class EmptySelection(ValueError):
    """What was asked for is well said and selects nothing: exit status 3."""


class NoScript(ValueError):
    """There is no standalone script for what was asked; the message says why."""
