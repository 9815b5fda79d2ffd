"""What the API refuses: as an exception where it is computed, as a value where it is answered."""

from __future__ import annotations

from dataclasses import dataclass


class ApiRefusal(ValueError):
    """A question that has no answer for this operator; the message says the name, what was wanted and what was got."""


@dataclass(frozen=True, slots=True)
class RefusedAnswer:
    """The answer to a question that was refused, and why."""

    reason: str


#: How a refusal is spelled among the flat answers. The reason is in ours; torchgen's words change with the version.
REFUSED = "refused"
