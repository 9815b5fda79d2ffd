"""The parser's tensors: strided ones, and bases of several components (sparse, nested, dual)."""

from __future__ import annotations

import re

from viewproof.cases.model import DualArgument, NestedArgument, SparseArgument, TensorArgument
from viewproof.cases.scan import KEYWORD, Scanner
from viewproof.cases.text import COMPRESSED, FLAGS, packed_offsets, tight_elements
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Size, contiguous_strides, element_count

_FLAG = re.compile(r"~(\w*)", re.ASCII)
_SHARED = re.compile(r"\$(\d+)(:?)", re.ASCII)


class TensorScanner(Scanner):
    """Reads one tensor argument at the current place."""

    __slots__ = ()

    def tensor(self) -> TensorArgument:
        text = self.text
        start = self.at
        storage, dtype = self.head()
        size = self.naturals("a size")
        stride = contiguous_strides(size)
        if text.startswith(":", self.at):
            self.at += 1
            stride_at = self.at
            stride = self.naturals("a stride")
            if len(stride) != len(size):
                self.fail(f"a stride of {len(size)} numbers, as many as the size has", str(len(stride)), stride_at)
        offset = self.natural("a storage offset") if self.take("+") else 0
        itemsize = DTYPES[dtype].itemsize
        needed = tight_elements(size, stride, offset) * itemsize
        if storage is not None:
            declared_dtype, count = self.storages[storage]
            storage_bytes = count * DTYPES[declared_dtype].itemsize
            if text.startswith("@", self.at):
                self.fail(f"no storage size, which ${storage} declares")
        elif self.take("@"):
            count = self.natural("the number of elements of the storage")
            storage_bytes = count if self.take("b") else count * itemsize
        else:
            storage_bytes = needed
        if needed > storage_bytes:
            self.fail(f"a storage of {needed} bytes or more, to hold the view", f"{storage_bytes} bytes", start)
        values = None
        if text.startswith("{", self.at):
            values_at = self.at
            values = self.integers("{", "}", "the known values")
            if len(values) != element_count(size):
                self.fail(f"{element_count(size)} known values, one an element", str(len(values)), values_at)
        conj = neg = False
        flags: frozenset[str] = frozenset()
        if text.startswith("~", self.at):
            names = self.flags(dtype)
            conj, neg = "conj" in names, "neg" in names
            flags = frozenset(names) - {"conj", "neg"}
        layout = Layout(size, stride, offset, dtype, conj, neg, storage_bytes)
        return TensorArgument(layout, flags, storage, values)

    def head(self) -> tuple[int | None, str]:
        shared = _SHARED.match(self.text, self.at)
        if shared is None:
            if self.text.startswith("$", self.at):
                self.fail("the number of a storage after '$'")
            return None, self.dtype()
        storage = self.integer(shared[1])
        if storage >= len(self.storages):
            self.fail(f"one of the {len(self.storages)} declared storages", f"${storage}, which is not declared")
        self.used.add(storage)
        self.at = shared.end()
        return storage, self.dtype() if shared[2] else self.storages[storage][0]

    def flags(self, dtype: str) -> list[str]:
        names: list[str] = []
        kind = DTYPES[dtype].kind
        while True:
            match = _FLAG.match(self.text, self.at)
            if match is None:
                return names
            name = match[1]
            if name not in FLAGS:
                self.fail(f"one of the flags {', '.join('~' + flag for flag in FLAGS)}", repr(match[0]))
            if name in names:
                self.fail("each flag once", repr(match[0]))
            if name == "conj" and kind != "complex":
                self.fail("a complex dtype under ~conj", dtype)
            if name == "grad" and kind not in ("float", "complex"):
                self.fail("a floating or complex dtype under ~grad", dtype)
            names.append(name)
            self.at = match.end()

    def base(self, word: str) -> SparseArgument | NestedArgument | DualArgument:
        self.at += len(word) + 1
        self.space()
        if word == "dual":
            primal = self.tensor()
            self.comma()
            tangent = None if self.take("None") else self.tensor()
            self.close()
            return DualArgument(primal, tangent)
        if word in ("nested", "jagged"):
            return self.nested(word == "jagged")
        size = self.naturals("a size")
        plain = None
        if word == "sparse_coo":
            indices = self.known("indices")
        else:
            compressed, plain_name = COMPRESSED[word]
            indices = self.known(compressed)
            plain = self.known(plain_name)
        self.comma()
        self.keyword("values")
        values = self.tensor()
        self.close()
        flag = _FLAG.match(self.text, self.at)
        if flag is not None:
            if word != "sparse_coo" or flag[1] != "uncoalesced":
                self.fail("~uncoalesced on a sparse_coo, or no flag", repr(flag[0]))
            self.at = flag.end()
        return SparseArgument(word, size, indices, plain, values, flag is None)

    def nested(self, jagged: bool) -> NestedArgument:
        start = self.at
        self.keyword("buffer")
        buffer = self.tensor()
        self.comma()
        self.keyword("sizes")
        sizes = self.rows("the sizes")
        strides = tuple(map(contiguous_strides, sizes))
        offsets = packed_offsets(sizes)
        self.space()
        if self.optional("strides"):
            strides = self.rows("the strides")
            self.space()
        if self.optional("offsets"):
            offsets = self.naturals("the offsets")
        self.close()
        if not len(sizes) == len(strides) == len(offsets):
            got = f"{len(sizes)} sizes, {len(strides)} strides, {len(offsets)} offsets"
            self.fail("a size, a stride and an offset for each component", got, start)
        end = buffer.layout.storage_bytes // DTYPES[buffer.layout.dtype].itemsize
        for size, stride, offset in zip(sizes, strides, offsets, strict=True):
            if len(size) != len(stride):
                self.fail(f"a stride of {len(size)} numbers for the component {list(size)}", str(list(stride)), start)
            needed = tight_elements(size, stride, offset)
            if needed > end:
                self.fail(f"a buffer of {needed} elements or more, to hold its components", str(end), start)
        return NestedArgument(buffer, sizes, strides, offsets, jagged)

    def rows(self, what: str) -> tuple[Size, ...]:
        self.want("[", f"'[' of {what}")
        rows: list[Size] = []
        self.space()
        while not self.take("]"):
            if rows:
                self.want(",", f"',' or ']' in {what}")
                self.space()
            rows.append(self.naturals(what))
            self.space()
        return tuple(rows)

    def known(self, name: str) -> TensorArgument:
        self.comma()
        self.keyword(name)
        start = self.at
        tensor = self.tensor()
        if tensor.values is None:
            self.fail(f"known values {{...}} of {name}", "none", start)
        return tensor

    def keyword(self, name: str) -> None:
        match = KEYWORD.match(self.text, self.at)
        if match is None or match[1] != name:
            self.fail(f"{name}=")
        self.at = match.end()

    def optional(self, name: str) -> bool:
        start = self.at
        if self.take(","):
            self.space()
            match = KEYWORD.match(self.text, self.at)
            if match is not None and match[1] == name:
                self.at = match.end()
                return True
        self.at = start
        return False

    def comma(self) -> None:
        self.space()
        self.want(",")
        self.space()

    def close(self) -> None:
        self.space()
        self.want(")")
