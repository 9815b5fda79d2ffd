"""The functions that scripts on samples are built of, as text, and the lines that check each rule."""

LOOK = """\
def flat(result):
    parts = list(result) if isinstance(result, (list, tuple)) else [result]
    return [one for part in parts for one in (part if isinstance(part, (list, tuple)) else [part])]


def parts_of(tensor):
    if tensor.layout is torch.sparse_coo:
        return [tensor._indices(), tensor._values()]
    if tensor.layout in (torch.sparse_csr, torch.sparse_bsr):
        return [tensor.crow_indices(), tensor.col_indices(), tensor.values()]
    if tensor.layout in (torch.sparse_csc, torch.sparse_bsc):
        return [tensor.ccol_indices(), tensor.row_indices(), tensor.values()]
    return [tensor] if tensor.layout is torch.strided else []


def tensors_of(result):
    return [part for one in flat(result) if isinstance(one, torch.Tensor) for part in parts_of(one)]


def numbered(result, several):
    if not several:
        return [(0, one) for one in tensors_of(result)]
    return [(number, one) for number, part in enumerate(result) for one in tensors_of(part)]


def storage_of(tensor):
    return tensor.untyped_storage()._cdata


def content(storage):
    return bytes(torch.empty(0, dtype=torch.uint8).set_(storage).tolist()) if storage.device.type == "cpu" else b""


def called(function, make, place="cpu"):
    global device
    device = place
    args, kwargs = make()
    kept = list(operands)
    storages = [one.untyped_storage() for one in kept]
    before = [(content(storage), *geometry(one)) for one, storage in zip(kept, storages)]
    torch.manual_seed(0)
    with torch.no_grad():
        result = function(*args, **kwargs)
    after = [(content(storage), *geometry(one)) for one, storage in zip(kept, storages)]
    return result, kept, [storage._cdata for storage in storages], before, after


def geometry(tensor):
    return tuple(tensor.shape), tensor.stride(), tensor.storage_offset(), str(tensor.dtype)


def near(dtype, wanted, got):
    if wanted == got or len(wanted) != len(got):
        return wanted == got
    tolerances = {torch.float64: (1e-7, 1e-7), torch.float32: (1.3e-6, 1e-5), torch.bfloat16: (1.6e-2, 1e-5),
                  torch.float16: (1e-3, 1e-5), torch.complex128: (1e-7, 1e-7), torch.complex64: (1.3e-6, 1e-5),
                  torch.complex32: (1e-3, 1e-5)}
    if dtype not in tolerances:
        return False
    relative, absolute = tolerances[dtype]
    wide = torch.complex128 if dtype.is_complex else torch.float64
    a, b = (torch.frombuffer(bytearray(one), dtype=dtype).to(wide) for one in (wanted, got))
    same = (a == b) | (a.isnan() & b.isnan())
    same |= a.isfinite() & b.isfinite() & ((a - b).abs() <= absolute + relative * a.abs())
    return bool(same.all())


def elements(tensor):
    whole = tensor.detach().resolve_conj().resolve_neg().contiguous()
    return bytes(whole.reshape(-1).view(torch.uint8).tolist()) if whole.numel() else b""


def spelled(value):
    if isinstance(value, torch.Tensor):
        return str(value.layout)
    if isinstance(value, (list, tuple)):
        return [spelled(one) for one in value]
    return repr(value) if not random else type(value).__name__


"""

_BOTH = """\
wanted = called(operator, sample)
got = called(stands_for, sample, there)
"""
_STRIDE = """\
def strides(tensor):
    empty = 0 in tensor.shape
    if empty:
        return () if {significant} else tensor.stride()
    return [step if (extent > 1) is {significant} else None for extent, step in zip(tensor.shape, tensor.stride())]


expected = [strides(one) for one in tensors_of(wanted[0])]
observed = [strides(one) for one in tensors_of(got[0])]
"""

LOOKS = {
    "decomposition.structure": """\
def tried(function, place):
    try:
        return spelled(called(function, sample, place)[0])
    except Exception as error:
        return f"raises {type(error).__name__}"


expected, observed = tried(operator, "cpu"), tried(stands_for, there)
if expected.startswith("raises"):
    expected, observed = "the operator runs", expected
""",
    "decomposition.size": _BOTH
    + "expected, observed = ([tuple(t.shape) for t in tensors_of(r[0])] for r in (wanted, got))",
    "decomposition.stride": _BOTH + _STRIDE.format(significant=True),
    "decomposition.stride-exact": _BOTH + _STRIDE.format(significant=False),
    "decomposition.dtype": _BOTH
    + """\
def dtypes(result, place):
    return [(str(t.dtype), t.is_conj(), t.is_neg(), place or t.device.type) for t in tensors_of(result)]


on_meta = there == "meta" and bool(names)
expected = dtypes(wanted[0], "meta" if on_meta else None)
observed = dtypes(got[0], None)
""",
    "decomposition.values": _BOTH
    + """\
expected = ["near"] * len(tensors_of(wanted[0]))
observed = ["near" if near(a.dtype, elements(a), elements(b)) else f"{a.tolist()} and {b.tolist()}"
            for a, b in zip(tensors_of(wanted[0]), tensors_of(got[0]))]
""",
    "decomposition.aliasing": _BOTH
    + """\
def shared(run):
    result, kept, storages, *_ = run
    found = []
    outputs = tensors_of(result)
    for place, tensor in enumerate(outputs):
        lies_on = [names[storages.index(storage_of(tensor))]] if storage_of(tensor) in storages else []
        beside = [storage_of(one) for one in outputs].index(storage_of(tensor))
        found.append((lies_on, tensor.storage_offset() if lies_on else None, beside))
    return found


expected, observed = shared(wanted), shared(got)
""",
    "decomposition.inputs": _BOTH
    + """\
def left(run, other):
    found = []
    for name, one, before, after, theirs in zip(names, run[1], run[3], run[4], other[4]):
        same = near(one.dtype, theirs[0], after[0])
        found.append((name, after[1:], "written" if before != after else "as it was", random or same))
    return found


expected, observed = left(wanted, wanted), left(got, wanted)
""",
    "decomposition.closed": "called(stands_for, sample)\n"
    "expected, observed = [], sorted({str(one) for one in leaves if one in table})",
    "decomposition.functional": "called(stands_for, sample)\n"
    "expected, observed = [], sorted({str(one) for one in leaves if one._schema.is_mutable})",
    "schema.alias": """\
result, kept, storages, before, after = called(operator, sample)
expected = []
observed = [f"return {number} on the storage of {names[storages.index(storage_of(one))]}"
            for number, one in numbered(result, several)
            if storage_of(one) in storages
            and names[storages.index(storage_of(one))].partition(".")[0] not in aliases[number]]
""",
    "schema.returns-apart": """\
result, kept, storages, before, after = called(operator, sample)
lie_on = [storage_of(one) for _, one in numbered(result, several)]
numbers = [number for number, _ in numbered(result, several)]
expected = []
observed = [f"tensor {place} on the storage of tensor {lie_on.index(one)}" for place, one in enumerate(lie_on)
            if lie_on.index(one) < place and one not in storages
            and not set(aliases[numbers[place]]) & set(aliases[numbers[lie_on.index(one)]])]
""",
    "schema.mutation": """\
result, kept, storages, before, after = called(operator, sample)
expected = []
observed = [name for name, was, now in zip(names, before, after) if was != now and name.partition(".")[0] not in writes]
""",
    "schema.alias-happens": """\
expected, observed = {}, {}
seen = {number: [] for number in annotated}
for args, kwargs in calls:
    given = [one for value in [*args, *kwargs.values()] for one in flat(value) if isinstance(one, torch.Tensor)]
    storages = {storage_of(one) for one in given}
    with torch.no_grad():
        result = operator(*args, **kwargs)
    for number, one in numbered(result, len(operator._schema.returns) > 1):
        if number in seen:
            seen[number].append(storage_of(one) in storages or any(one is operand for operand in given))
for number, written in annotated.items():
    if seen[number]:
        expected[number] = "as annotated"
        held = all(seen[number]) if written else any(seen[number])
        observed[number] = "as annotated" if held else seen[number]
""",
}
"""For each rule, the lines that set `expected` and `observed`."""
