"""`state.restored`: the one rule that every execution owes, of every suite of anybody's; no suite need name it.

Its probe is given for every target, by the engine: it notes what is not as it was once an execution has ended. No
session is asked for it.
"""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.probe import Probe

RESTORED = "state.restored"
#: The names of what an execution left changed, in alphabetic order; none where it is right.
Left = tuple[str, ...]


STATE = Probe("state", lambda _subject, _word: ())
RULES = Rules(level=1, probe=STATE.name)


@RULES.rule(
    RESTORED,
    source="torch/csrc/autograd/grad_mode.h and c10/core/impl/LocalDispatchKeySet.h: guards put back what they change; "
    "docs/source/notes/randomness.rst",
    fault="a kernel that leaves grad mode off",
    applies=lambda _: True,
)
def restored(expected: Left, observed: Left) -> Difference | None:
    """An execution, also one that raises, leaves the state of its thread and of its process as it found them.

    Of the thread: dispatch keys, autocast, modes, functorch levels, grad and inference mode, functionalization. Of the
    process: defaults, deterministic mode, number of threads, warnings filters, signal handlers, generators (an
    operator with the tag nondeterministic_seeded moves torch's), threads, child processes, and torch's own functions.
    """
    if expected == observed:
        return None
    said = ", ".join(observed)
    return Difference("nothing left changed", said, f"left changed: {said}")
