"""The functions by which a script writes and reads bytes, and the literals that they take."""

from __future__ import annotations

from collections.abc import Iterable

#: `lay` fills a storage from hexadecimal digits.
LAY = """\
def lay(storage, content):
    if content:
        storage.copy_(torch.tensor(list(bytes.fromhex(content)), dtype=torch.uint8).untyped_storage())
"""
#: `held` gives a storage's bytes; `places` where each element lies, row-major; `elements` the bytes of each element's
#: value, lazy bits resolved: all by arithmetic on the storage, without any operator under test.
READ = """\
def held(storage):
    return bytes(storage.cpu().tolist()) if storage.nbytes() else b""


def places(tensor, start=None):
    found = [tensor.storage_offset() if start is None else start]
    for extent, step in zip(tensor.size(), tensor.stride()):
        found = [place + k * step for place in found for k in range(extent)]
    return found


def elements(tensor):
    raw, width = held(tensor.untyped_storage()), tensor.element_size()
    at = places(tensor)
    if at and (max(at) + 1) * width > len(raw):
        return "leaves its storage"
    real = width // 2 if tensor.is_complex() else width
    signed = tensor.is_complex() or tensor.is_floating_point()

    def negated(part):
        if signed:
            return part[:-1] + bytes([part[-1] ^ 128])
        return (-int.from_bytes(part, "little") % 256 ** len(part)).to_bytes(len(part), "little")

    found = []
    for place in at:
        parts = raw[place * width : place * width + real], raw[place * width + real : (place + 1) * width]
        flips = tensor.is_neg(), tensor.is_neg() != tensor.is_conj()
        found.append("".join((negated(part) if flip and part else part).hex() for part, flip in zip(parts, flips)))
    return found
"""


def hexadecimal(cells: Iterable[bytes | None]) -> list[str | None]:
    """The elements as the scripts spell them; None stays, for an element that is not compared."""
    return [None if cell is None else cell.hex() for cell in cells]


def split(content: bytes, width: int) -> list[str]:
    """The elements of `width` bytes each that lie in `content` one after the other."""
    return [content[start : start + width].hex() for start in range(0, len(content), width)]
