"""Importing this module loads torch and the engine into the process that workers are forked from.

Nothing here starts a thread or a device: a fork copies neither. One thread is all that torch has here, whatever the
environment asks for; a worker sets its number after the fork. If loading fails here, the worker loads again,
fails as well, and reports why.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from viewproof.engine.lifetime import end_with_driver
from viewproof.engine.uncollected import uncollected


@contextmanager
def _unheard() -> Iterator[None]:
    # Torch warns while it loads, and here both streams are still the user's: a worker's go to workers.log.
    kept = [os.dup(descriptor) for descriptor in (1, 2)]
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 -- a descriptor is wanted, no path
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        for descriptor, old in enumerate(kept, 1):
            os.dup2(old, descriptor)
            os.close(old)


# It notices the end of its driver by itself only once it has loaded, which takes seconds.
end_with_driver()

#: What loading raised, if anything.
failure: Exception | None = None

with _unheard(), uncollected(kept=True):
    try:
        import torch

        torch.set_num_threads(1)
        import viewproof.engine.check  # noqa: F401 -- loaded for the workers
        from viewproof.engine.warm import load_operators, warm_up

        load_operators()
        warm_up()
    except Exception as error:  # noqa: BLE001 -- whatever it is, the workers meet it too, and are asked
        failure = error
