"""Level 2: what torch's cache of fake tensors keeps, it answers with."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules, accepted

RULES = Rules(level=2, probe="kept")


@RULES.rule(
    "fake.kept",
    source="torch/_subclasses/fake_tensor.py, FakeTensorMode._cached_dispatch_impl",
    fault="a cache that computes each answer anew",
    applies=accepted,
)
def kept(expected: bool, observed: bool) -> Difference | None:
    """Torch answers a call on fake tensors from its cache, the second time that it is made; what it answers then is
    held to every other rule.
    """
    if expected == observed:
        return None
    return Difference("the answer that was kept", "an answer computed anew", "not kept")
