"""The few facts about aten that no schema says and that `classify` cannot read off a registration.

Each row has its reason. Everything else is classified by rule.
"""

from __future__ import annotations

# Annotated views that, by the layout of their input or by their other arguments, copy or return the very input.
# The key is the operator packet, or one overload where the packet's overloads differ.
SOMETIMES: dict[str, str] = {
    "reshape": "copies where no stride describes the new shape",
    "reshape_as": "reshape to another's size",
    "flatten": "reshape of merged dimensions",
    "ravel": "contiguous, then a view of one dimension",
    "contiguous": "the very input where it is contiguous in the memory format, else a copy",
    "to": "the very input where nothing changes and copy=False, else a copy",
    "resolve_conj": "the very input without a conj bit, else a copy",
    "resolve_neg": "the very input without a neg bit, else a copy",
    "conj": "the very input where it is real, a conj view where it is complex, a copy where it is sparse",
    "real": "the very input where it is real, a view of the real parts where it is complex",
    "positive": "the very input",
    "coalesce": "the very input where it is coalesced, else a copy",
    "_autocast_to_full_precision": "the very input outside the device's autocast, else a cast",
    "_autocast_to_reduced_precision": "the very input outside the device's autocast, else a cast",
    "_sparse_broadcast_to": "shares indices and values where no dimension grows, else repeats them",
    "pin_memory": "the very input where it is pinned, else a copy",
}

# Operators that alias an argument although their schema annotates nothing, and take that one tensor first.
UNDECLARED: dict[str, str] = {
    "lift": "the very input, outside functorch",
    "_unsafe_view": "a view of the input; autograd takes it for a copy",
    "unsafe_split": "views of the input; autograd takes them for copies",
    "unsafe_split_with_sizes": "views of the input; autograd takes them for copies",
    "unsafe_chunk": "views of the input; autograd takes them for copies",
    "type_as": "to the other's dtype: the very input where nothing changes",
}

# Operators that alias although their schema annotates nothing, and are no view operators: why they stay out.
UNDECLARED_EXCLUDED: dict[str, str] = {
    "atleast_1d": "aliases without an annotation: the very input, or a reshape of a 0-d one",
    "atleast_2d": "aliases without an annotation: the very input, or unsqueezed",
    "atleast_3d": "aliases without an annotation: the very input, or unsqueezed",
    "broadcast_tensors": "aliases without an annotation: expands each tensor of a list",
    "meshgrid": "aliases without an annotation: expands each tensor of a list",
    "data": "aliases without an annotation: a Python attribute, refused without autograd",
}

# Operators that need what a machine may lack.
NEEDS_HARDWARE: dict[str, str] = {"pin_memory": "needs an accelerator"}

# The bases of operators whose kernels do not show them: a registered default that only refuses, or a kernel in Python.
BASES: dict[str, tuple[tuple[str, ...], str]] = {
    "coalesce": (("sparse",), "refuses a strided base"),
    "_nested_get_values": (("nested",), "the buffer of a jagged tensor, a Python subclass without a kernel here"),
}
