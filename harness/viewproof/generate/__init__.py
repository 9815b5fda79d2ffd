"""Cases of every view operator, from families of bases and from what its arguments mean. Plain Python, no torch.

Importing this package imports each of its modules, so that every generator is registered.
"""

import importlib
import pkgutil

from viewproof.generate.sweep import cases, families, has_generator

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["cases", "families", "has_generator"]
