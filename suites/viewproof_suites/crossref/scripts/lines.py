"""The functions that scripts on crossref are built of, as text."""

from __future__ import annotations

#: Functionalization on for a body.
WRAPPED = """\
from contextlib import contextmanager

KEY = torch._C.DispatchKey.Functionalize


@contextmanager
def functionalized(reapply):
    torch._enable_functionalization(reapply_views=reapply)
    try:
        yield
    finally:
        torch._disable_functionalization()
"""
#: Notes each operator that comes to the check.
MADE = """\
make, made = python_dispatch.make_crossref_functionalize, []


def noted(op, key):
    made.append(op)
    return make(op, key)


python_dispatch.make_crossref_functionalize = noted
"""
#: What torch's crossref reports of a call: the fact in one word, and the message.
SAID = """\
def said_of(call, crossref=True):
    try:
        if crossref:
            with python_dispatch.enable_crossref_functionalize():
                call()
        else:
            with python_dispatch.enable_python_dispatcher():
                call()
    except Exception as error:
        text = str(error).partition("\\n")[0]
        words = {": sizes ": "size", ": dtype ": "dtype", ": strides ": "stride"}
        fact = next((fact for word, fact in words.items() if word in text), None)
        if fact is None or not isinstance(error, AssertionError):
            fact = type(error).__name__
        return fact, text
    return "nothing", ""
"""
LEFT = """\
def handlers_left():
    found = 0
    for op in python_dispatch.all_py_loaded_overloads():
        kept = op._dispatch_cache.get(KEY)
        found += not (kept is None or isinstance(kept, torch._C.DispatchKey) or kept in op.py_kernels.values())
    return found
"""
#: A handler that runs a call fake and functionalized, and notes what both gave as (fake, functionalized) facts.
COMPARED = """\
mode = FakeTensorMode()
mode.cache_enabled = False


def fake(value):
    if not isinstance(value, torch.Tensor):
        return value
    storage = torch.UntypedStorage(value.untyped_storage().nbytes(), device="meta")
    meta = torch.empty(0, dtype=value.dtype, device="meta")
    meta.set_(storage, value.storage_offset(), value.size(), value.stride())
    torch._C._set_conj(meta, value.is_conj())
    torch._C._set_neg(meta, value.is_neg())
    return FakeTensor(mode, meta.requires_grad_(value.requires_grad), value.device)


def row_major(size):
    stride, step = [], 1
    for extent in reversed(size):
        stride.insert(0, step)
        step *= max(extent, 1)
    return stride


def shape(value):
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [shape(one) for one in value]
    return str(value.layout) if isinstance(value, torch.Tensor) else "no tensor"


def facts(value, inputs, copied=False):
    found = []
    outputs = value if isinstance(value, (list, tuple)) else [value]
    for place, out in enumerate(outputs):
        if isinstance(out, torch.Tensor) and out.layout is torch.strided and not out.is_nested:
            size = tuple(out.size())
            stride = row_major(size) if copied else out.stride()
            free = [n == 1 or 0 in size for n in size]
            earlier = [*inputs, *outputs[:place]]
            found.append({
                "size": size,
                "dtype": str(out.dtype),
                "stride": [None if skip else step for skip, step in zip(free, stride)],
                "stride-exact": [step if skip else None for skip, step in zip(free, stride)],
                "offset": 0 if copied else out.storage_offset(),
                "flags": (out.is_conj() and not copied, out.is_neg() and not copied, out.requires_grad),
                "sharing": [torch._C._is_alias_of(out, one) for one in earlier],
            })
    return {"structure": shape(value), "outputs": found}


def compared(op, runs, reapply):
    final = resolve_key(op, KEY)
    schema = op._schema
    written = any(one.alias_info is not None and one.alias_info.is_write for one in schema.arguments)
    aliased = any(one.alias_info is not None for one in schema.returns)

    def handler(*args, **kwargs):
        inputs = [one for one in (*args, *kwargs.values()) if isinstance(one, torch.Tensor)]
        torch._disable_functionalization()
        try:
            given = {id(one): fake(one) for one in inputs}
            f_args, f_kwargs = tree_map(lambda one: given.get(id(one), one), (args, kwargs))
            with mode:
                expected = facts(op(*f_args, **f_kwargs), list(given.values()), aliased and not written and not reapply)
        except Exception as error:
            expected = f"{type(error).__name__}: {error}".partition("\\n")[0]
        finally:
            torch._enable_functionalization(reapply_views=reapply)
        kernel = op.py_kernels.get(final)
        try:
            result = op._op_dk(final, *args, **kwargs) if kernel is None else kernel(*args, **kwargs)
        except Exception as error:
            runs.append((expected, f"{type(error).__name__}: {error}".partition("\\n")[0]))
            raise
        runs.append((expected, facts(result, inputs)))
        return result

    return handler
"""
_BOTH = "both = [(one, other) for one, other in runs if isinstance(one, dict) and isinstance(other, dict)]"


def _of_outputs(fact: str) -> str:
    return "\n".join([
        _BOTH,
        f'expected = [[out[{fact!r}] for out in one["outputs"]] for one, _ in both]  # the fake run',
        f'observed = [[out[{fact!r}] for out in other["outputs"]] for _, other in both]  # functionalized',
    ])  # fmt: skip


#: Rule -> the lines that set `expected` and `observed` from `runs`.
FACTS: dict[str, str] = {
    "crossref.run": "\n".join([
        'accepted = lambda one: "accepted" if isinstance(one, dict) else one',
        'expected = [("accepted", "accepted")] * len(runs)  # the fake run, and functionalized',
        "observed = [(accepted(one), accepted(other)) for one, other in runs]",
    ]),
    "crossref.structure": "\n".join([
        _BOTH,
        'expected = [one["structure"] for one, _ in both]  # the fake run',
        'observed = [other["structure"] for _, other in both]  # functionalized',
    ]),
    **{
        f"crossref.{fact}": _of_outputs(fact)
        for fact in ("size", "dtype", "stride", "stride-exact", "offset", "sharing", "flags")
    },
}  # fmt: skip
