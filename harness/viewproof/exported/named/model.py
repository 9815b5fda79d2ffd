"""What the maker of a named module returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

import torch
from torch.fx import GraphModule


class ModuleParts(TypedDict, total=False):
    """A module and what it is exported with.

    `dynamic` are torch.export's dynamic shapes. `edit` changes the exported graph in place, for calls that export does
    not leave there. `decomposed` says that the export is decomposed by torch's default table before anything is tried
    on it. `forbidden` are arguments that an assertion of the module forbids.
    """

    module: torch.nn.Module
    args: tuple[Any, ...]
    dynamic: Any
    edit: Callable[[GraphModule], None]
    decomposed: bool
    forbidden: list[tuple[Any, ...]]
