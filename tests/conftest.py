"""What every test shares: where the `cuda` tests are skipped, and how Hypothesis behaves."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# A case's cost is torch's affair, and a first call pays for imports: no deadline, and no complaint about slow data.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# In CI the same examples each time: a red run is red again on the developer's machine.
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def _no_cuda() -> str | None:
    """Say why CUDA tests cannot run here, or None where they can. Imports torch only when asked."""
    import torch

    if not torch.backends.cuda.is_built():
        return f"CUDA: not run (torch {torch.__version__} is built without it)"
    if not torch.cuda.is_available():
        return f"CUDA: not run (torch {torch.__version__} sees no device)"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests marked `cuda`, with the reason, where there is no device."""
    marked = [item for item in items if item.get_closest_marker("cuda") is not None]
    if not marked:
        return
    reason = _no_cuda()
    if reason is None:
        return
    for item in marked:
        item.add_marker(pytest.mark.skip(reason=reason))
