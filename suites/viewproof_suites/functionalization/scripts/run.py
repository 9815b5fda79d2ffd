"""The program of a functional check, and each target's way of running it, as lines of a script."""

from __future__ import annotations

from viewproof.cases.model import TENSOR_ARGUMENTS
from viewproof.scripts.bases import call_of
from viewproof.scripts.frame import Frame, indented
from viewproof_reference.layout.model import Layout
from viewproof_suites.functionalization.program import MutatingProgram

IMPORTS: dict[str, list[str]] = {
    "functionalize": ["from torch.func import functionalize"],
    "functionalize-copies": ["from torch.func import functionalize"],
    "functional-mode": ["from torch._subclasses.functional_tensor import FunctionalTensor, FunctionalTensorMode"],
    "functionalize-graph": [
        "from torch.func import functionalize",
        "from torch.fx.experimental.proxy_tensor import make_fx",
    ],
}
#: A row-major tensor of these bytes, and a row-major copy.
MADE = """\
def made(content, dtype, size, device):
    tensor = torch.empty(size, dtype=dtype, device=device)
    lay(tensor.untyped_storage(), content)
    return tensor


def row_major(tensor):
    return tensor.clone(memory_format=torch.contiguous_format)
"""
#: A recorded step as (class, attributes).
STEPS_HELPER = """\
def attributes(step):
    def plain(value):
        if isinstance(value, torch.Tensor):
            return "a tensor"
        if isinstance(value, torch.dtype):
            return str(value).removeprefix("torch.")
        return tuple(value) if isinstance(value, list) else getattr(value, "name", value)

    return type(step).__name__.removesuffix("_ViewMeta"), tuple([plain(value) for value in step.as_tuple()])
"""
#: Whether a node is a copy into one of the graph's inputs.
GRAPH_HELPER = """\
def into_input(node):
    into = node.args[0] if node.args else None
    return node.target is torch.ops.aten.copy_.default and getattr(into, "op", None) == "placeholder"
"""
LEFT = """\
nodes = [node for node in module.graph.nodes if node.op != "output"]
while nodes and into_input(nodes[-1]):  # copies to the inputs at the end are no leftovers
    nodes.pop()
observed = []
for node in nodes:
    if isinstance(node.target, torch._ops.OpOverload):
        schema = node.target._schema
        if schema.is_mutable:
            observed.append(f"mutation: {node.target}")
        elif any(one.alias_info is not None for one in (*schema.arguments, *schema.returns)):
            observed.append(f"view: {node.target}")
"""
STATE_HELPER = """\
def thread_state():
    C = torch._C
    return {
        "dispatch keys included": C._dispatch_tls_local_include_set().raw_repr(),
        "dispatch keys excluded": C._dispatch_tls_local_exclude_set().raw_repr(),
        "functorch levels": len(C._functorch.get_interpreter_stack() or ()),
        "dispatch modes": C._len_torch_dispatch_stack(),
        "function modes": C._len_torch_function_stack(),
        "functional mode": C._get_dispatch_mode(C._TorchDispatchModeKey.FUNCTIONAL) is not None,
        "proxy mode": C._get_dispatch_mode(C._TorchDispatchModeKey.PROXY) is not None,
        "views reapplied": C._functionalization_reapply_views_tls(),
        "grad mode": torch.is_grad_enabled(),
    }
"""
_RUNS: dict[str, list[str]] = {
    "functionalize": ['reads = functionalize(program, remove="mutations")(inputs)'],
    "functionalize-copies": ['reads = functionalize(program, remove="mutations_and_views")(inputs)'],
    "functional-mode": [
        "keys = torch._C.DispatchKeySet(torch._C.DispatchKey.Functionalize)",
        "with torch._C._ExcludeDispatchKeyGuard(keys), FunctionalTensorMode():",
        "    given = [FunctionalTensor.to_functional(one) for one in inputs]",
        "    reads = [one.from_functional() for one in program(given)]",
        "    after = given[0].from_functional()",
        "if after is not inputs[0]:",
        "    inputs[0].copy_(after)",
    ],
    "functionalize-graph": [
        'module = make_fx(functionalize(program, remove="mutations_and_views"))(inputs)',
        "lay(storage, fill)",
        "reads = module(inputs)",
    ],
}


def _made(layout: Layout, content: bytes, device: str) -> str:
    return f"made({content.hex()!r}, torch.{layout.dtype}, {layout.size}, {device!r})"


def _values(program: MutatingProgram, device: str) -> list[str]:
    """The values to write as code: one for each view (a number, where it overlaps itself), and last the base's."""
    found = [
        repr(True if layout.dtype == "bool" else 2) if constant else _made(layout, content, device)
        for layout, constant, content in zip(program.layouts, program.constant, program.seen.writes, strict=True)
    ]
    return [*found, _made(program.base, program.seen.base_write, device)]


def run_lines(frame: Frame, program: MutatingProgram) -> list[str]:
    """Lines that run the program: they give `reads`, `inputs`, `storage`, `values`, and `facts` and `steps` if any."""
    bases = frame.bases()
    inputs = [name for name, one in zip(bases.args, frame.case.args, strict=False) if type(one) in TENSOR_ARGUMENTS]
    base = bases.args[0]
    if program.aliases:
        bases.args[0] = f"torch.ops.aten.alias.default({base})"
    call = call_of(frame.case, bases)
    noted = []
    if frame.target != "functionalize-graph":
        view = "view.elem" if frame.target == "functional-mode" else "view"
        noted = [
            "    facts.append((",
            "        tuple(view.size()), view.stride(), view.storage_offset(), str(view.dtype), view.device.type,",
            "        view.is_conj(), view.is_neg(),",
            "    ))",
            f"    steps.append(torch._C._functionalization.get_view_meta_sequence({view}))",
        ]
    return [
        *bases.lines,
        f"inputs, storage, fill = [{', '.join(inputs)}], {bases.storages['self']}, {program.fill.hex()!r}",
        "lay(storage, fill)",
        "values = [  # what is written through each view, and at last to the base",
        *[f"    {value}," for value in _values(program, frame.device)],
        "]",
        "facts, steps = [], []",
        "",
        "def program(given):",
        f"    {', '.join(inputs)}, = given",
        *([f"    {base} = row_major({base})"] if program.copies else []),
        f"    views = {call}",
        *(["    for view in views:", *indented(noted)] if noted else []),
        "    for view, value in zip(views, values):",
        "        view.copy_(value) if isinstance(value, torch.Tensor) else view.fill_(value)",
        f"    found = [row_major({base}), *[row_major(view) for view in views]]",
        f"    {base}.copy_(values[-1])",
        "    return [*found, *[row_major(view) for view in views]]",
        "",
        *_RUNS[frame.target],
    ]
