"""Refusals of the API: an exception where an answer is computed, a value where it is passed on."""

from __future__ import annotations

from dataclasses import dataclass


class ApiRefusal(ValueError):
    """A question has no answer for this operator; the message has the name, what was wanted and what was got."""


@dataclass(frozen=True, slots=True)
class RefusedAnswer:
    """The answer to a question that was refused, and why."""

    reason: str


#: How a refusal is spelled among the flat answers, without a reason: torchgen's messages change with the version.
REFUSED = "refused"
