"""The rules of the catalog: from one registered schema (and the views before it) to its entry.

Pure functions of records. `facts` holds the few things that no registration says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from viewproof.catalog.entry import Entry
from viewproof.catalog.facts import BASES, NEEDS_HARDWARE, SOMETIMES, UNDECLARED, UNDECLARED_EXCLUDED
from viewproof.catalog.schemas import NAMESPACE, SchemaRecord

_RELATIONS = {"_copy": "copy", "_scatter": "scatter", "_inverse": "inverse"}
_BASE_ORDER = ("strided", "sparse", "nested", "dual")

# The views that a relation may point at: by packet, each with its schema record.
Views = Mapping[str, list[SchemaRecord]]


def views_of(records: Iterable[SchemaRecord]) -> dict[str, list[SchemaRecord]]:
    """The annotated views among `records`, by packet; inverses and TorchScript's own are none."""
    views: dict[str, list[SchemaRecord]] = {}
    for record in records:
        if record.dispatched and record.aliases and not record.packet.endswith("_inverse"):
            views.setdefault(record.packet, []).append(record)
    return views


def classify(record: SchemaRecord, views: Views, siblings: Mapping[str, SchemaRecord]) -> Entry | str | None:
    """The entry of `record`; or `mutation` or `functional` where it is outside the catalog; or None where no rule fits.

    `siblings` are all records by name: an `out=` overload is what its functional sibling is.
    """
    if not record.dispatched:
        if record.aliases:
            return _excluded(record, _torchscript_reason(record))
        return "mutation" if record.writes else "functional"
    relation = _relation(record, views, siblings)
    if relation is not None:
        kind, view = relation
        return None if view is None else _related(record, kind, view)
    if record.aliases:
        return _view(record)
    if "inplace_view" in record.tags or _names_inplace_view(record, views):
        return _inplace_view(record)
    if "view_copy" in record.tags:
        return None
    if not record.writes:
        undeclared = _undeclared(record)
        if undeclared is not None:
            return undeclared
    return "mutation" if record.writes else "functional"


def _torchscript_reason(record: SchemaRecord) -> str:
    generic = any("*" in value.sets for value in record.returns) or record.arguments[0].type != "Tensor"
    return "TorchScript's list and dict operator" if generic else "TorchScript-only: not in the dispatcher"


def _foreign_argument(record: SchemaRecord) -> str | None:
    for value in record.arguments:
        if value.type == "Storage":
            return "takes a Storage argument"
        # torch.Dimname is a string to the schema parser; no other view takes one.
        if "Dimname" in value.type or value.type in ("str", "List[str]", "Optional[List[str]]", "Optional[str]"):
            return "named dimensions, dropped after torch 2.12"
    return None


def _view(record: SchemaRecord) -> Entry | None:
    foreign = _foreign_argument(record) or NEEDS_HARDWARE.get(record.packet)
    if foreign is not None:
        return _excluded(record, foreign)
    first = record.arguments[0] if record.arguments else None
    if first is None or first.type != "Tensor" or not first.aliased or record.writes:
        return None
    if any(value.aliased for value in record.arguments[1:]):
        return None
    for value in record.returns:
        # A list of views (`Tensor(a)[]`) names its set on the elements, where Python cannot read it.
        if value.aliased and value.sets and not value.sets & first.sets:
            return None
    reason = SOMETIMES.get(record.packet)
    return _entry(record, "view" if reason is None else "view-or-copy", reason)


def _inplace_view(record: SchemaRecord) -> Entry | None:
    foreign = _foreign_argument(record)
    if foreign is not None:
        return _excluded(record, foreign)
    first = record.arguments[0] if record.arguments else None
    if first is None or first.type != "Tensor" or not first.writes:
        return None
    return _entry(record, "inplace-view", None)


def _undeclared(record: SchemaRecord) -> Entry | None:
    reason = UNDECLARED.get(record.packet)
    if reason is not None:
        return _entry(record, "view-or-copy", f"aliases without an annotation: {reason}")
    reason = UNDECLARED_EXCLUDED.get(record.packet)
    if reason is None and "maybe_aliasing_or_mutating" in record.tags:
        reason = "torch tags it maybe_aliasing_or_mutating: it may return its very input, and is no view"
    return None if reason is None else _excluded(record, reason)


def _relation(
    record: SchemaRecord, views: Views, siblings: Mapping[str, SchemaRecord]
) -> tuple[str, SchemaRecord | None] | None:
    """The kind of relation to a view and the view, None for the view if none of the packet's overloads fits."""
    for suffix, kind in _RELATIONS.items():
        if not record.packet.endswith(suffix):
            continue
        stem = record.packet.removesuffix(suffix)
        candidates = views.get(stem) or views.get(stem.removeprefix("_"))
        if not candidates:
            return None
        if record.overload == "out" or record.overload.endswith("_out"):
            overload = record.overload.removesuffix("out").removesuffix("_") or "default"
            functional = siblings.get(f"{NAMESPACE}.{record.packet}.{overload}")
            found = None if functional is None else _matching(functional, candidates, kind)
            return ("copy-out" if kind == "copy" else kind), found
        return kind, _matching(record, candidates, kind)
    return None


def _matching(record: SchemaRecord, candidates: list[SchemaRecord], kind: str) -> SchemaRecord | None:
    """The view with the arguments of `record`: less `src` for a scatter or an inverse, less the view's own `copy`.

    Names and types first; then types alone (`_reshape_copy` calls `size` what `reshape` calls `shape`).
    """
    dropped = () if kind == "copy" else ("src",)
    wanted = [(value.name, value.type) for value in record.arguments if value.name not in dropped]
    offered = [
        (view, [(value.name, value.type) for value in view.arguments if value.name != "copy"]) for view in candidates
    ]
    for view, arguments in offered:
        if arguments == wanted:
            return view
    types = [kind for _, kind in wanted]
    for view, arguments in offered:
        if [kind for _, kind in arguments] == types:
            return view
    return None


def _names_inplace_view(record: SchemaRecord, views: Views) -> bool:
    if not (record.writes and record.packet.endswith("_")):
        return False
    return _matching(record, views.get(record.packet.removesuffix("_"), []), "copy") is not None


def _related(record: SchemaRecord, kind: str, view: SchemaRecord) -> Entry:
    foreign = _foreign_argument(view) or NEEDS_HARDWARE.get(view.packet)
    if foreign is not None:
        return _excluded(record, foreign)
    return Entry(record.name, kind, None, record.composite, _bases(view), view.name, record.text)


def _entry(record: SchemaRecord, kind: str, reason: str | None) -> Entry:
    return Entry(record.name, kind, reason, record.composite, _bases(record), None, record.text)


def _excluded(record: SchemaRecord, reason: str) -> Entry:
    return Entry(record.name, "excluded", reason, record.composite, (), None, record.text)


def _bases(record: SchemaRecord) -> tuple[str, ...]:
    """The kinds of base that a view is judged on."""
    if any(value.name == "level" for value in record.arguments):
        return ("dual",)
    fact = BASES.get(record.packet)
    if fact is not None:
        return fact[0]
    served = record.kernels - {"strided"}
    # An accessor of components: it has no strided kernel, and either no default one, or a default that only refuses
    # (it takes nothing but the tensor, so there is nothing else that a sparse kernel would do otherwise).
    if "sparse" in served and "strided" not in record.kernels:
        reaches_strided = (record.explicit or record.composite) and len(record.arguments) > 1
        if not reaches_strided:
            return tuple(base for base in _BASE_ORDER if base in served)
    return ("strided",)
