"""The environment of a run as run.json keeps it, and checks that a device can be used."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from typing import Any

from viewproof import __version__
from viewproof.errors import UsageError
from viewproof.place import processor_name, read_variables

_PACKAGES = ("torch", "numpy", "msgspec", "click", "rich")

# Run in a process of its own, so that neither the driver nor a worker holds a context on a device for it.
_ALLOCATE = """
import importlib, json, sys
device, modules = json.loads(sys.argv[1])
import torch
for module in modules:
    importlib.import_module(module)
tensor = torch.zeros(4, dtype=torch.uint8, device=device)
assert tensor.sum().item() == 0
print("\\n" + json.dumps(sys.argv[1]))
"""


def fingerprint() -> dict[str, Any]:
    """The environment of a run, as plain data. Imports torch. A worker reports its own place (`place/`)."""
    import torch

    build = torch.version
    return {
        "viewproof": __version__,
        "torch": torch.__version__,
        "torch_git": build.git_version,
        "cuda_build": build.cuda,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "byte_order": sys.byteorder,
        "cpus": os.cpu_count(),
        "processor": processor_name(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "variables": read_variables(os.environ),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def why_no_cuda() -> str | None:
    """Why nothing can run on CUDA here, or None where it can. Asks the driver library, and starts no context."""
    import torch

    if not torch.backends.cuda.is_built():
        return f"torch {torch.__version__} is built without it"
    if torch.cuda.device_count() == 0:
        return f"torch {torch.__version__} sees no device"
    return None


def check_device(device: str, imports: tuple[str, ...] = ()) -> None:
    """Raise UsageError unless a tensor can be allocated on `device` and read from it."""
    if device == "cpu":
        return
    if device.partition(":")[0] == "meta":
        raise UsageError("device: wanted one that holds data; got 'meta', which is a target and is always run")
    asked = json.dumps([device, imports])
    done = subprocess.run(
        [sys.executable, "-P", "-c", _ALLOCATE, asked],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    # A module that ends the process as it is imported ends it before it has said so.
    if done.returncode != 0 or done.stdout.splitlines()[-1:] != [json.dumps(asked)]:
        said = [line for line in done.stderr.splitlines() if line and not line.startswith(" ")]
        errors = [line for line in said if ": " in line and line.split(":")[0].replace(".", "").isalnum()]
        cause = (errors or said or [f"exit status {done.returncode}"])[-1 if not errors else 0]
        raise UsageError(f"device: wanted one that this torch can allocate on; got {device!r} ({cause})")
