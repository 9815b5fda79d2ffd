"""Fillings: byte patterns for a storage in which the bytes spell their position, so that a read shows what it read.

No filling holds a NaN of any float dtype (every byte is at most 64, so an exponent never saturates), none holds a
zero byte (so that writing zero changes every byte it touches), and within an element the bytes differ from their
neighbours', so that swapped halves show.
"""

from __future__ import annotations

from functools import lru_cache

from viewproof_reference.layout.dtypes import DTYPES

ALPHABET = 64
"""How many byte values spell a digit: 1 to 64."""
_SHIFT = 17


def _element_filling(count_bytes: int, width: int) -> bytes:
    # Two bytes spell the element's index (4096 elements), the rest depend on the index and on the place within it.
    filling = bytearray(count_bytes)
    for byte in range(count_bytes):
        element, place = divmod(byte, width)
        if place == 0:
            digit = element % ALPHABET
        elif place == 1:
            digit = (element // ALPHABET + 1) % ALPHABET
        else:
            digit = (element * 5 + place * 11) % ALPHABET
        filling[byte] = digit + 1
    return bytes(filling)


def _digit_filling(count_bytes: int, digit: int) -> bytes:
    scale = ALPHABET**digit
    # The higher digits are mixed with the position, or long runs of one value would hide a small shift. The lowest one
    # is shifted, or it would be the first filling again where elements are bytes, and no change of the base would show.
    return bytes([(byte // scale + (byte * 7 if digit else _SHIFT)) % ALPHABET + 1 for byte in range(count_bytes)])


def _bit_filling(count_bytes: int, bit: int) -> bytes:
    return bytes([(byte >> bit) & 1 for byte in range(count_bytes)])


@lru_cache(maxsize=4096)
def fillings(storage_bytes: int, dtype: str) -> tuple[bytes, ...]:
    """The fillings of a storage of `storage_bytes` bytes seen as `dtype`; together they tell every two bytes apart.

    The first tells every two elements apart by itself where `one_is_enough` says so. There are always two at least, so
    that a change of the base can be seen in the view.
    """
    if dtype == "bool":
        bits = max(1, (storage_bytes - 1).bit_length() if storage_bytes > 1 else 1)
        bitwise = [_bit_filling(storage_bytes, bit) for bit in range(bits)]
        return (*bitwise, bytes([1 - value for value in bitwise[0]]))
    digits = 1
    while ALPHABET**digits < storage_bytes:
        digits += 1
    rows = [_element_filling(storage_bytes, DTYPES[dtype].itemsize)]
    rows += [_digit_filling(storage_bytes, digit) for digit in range(digits)]
    return tuple(rows)


def one_is_enough(storage_bytes: int, dtype: str, read_as: str) -> bool:
    """Whether the first filling alone gives every element read as `read_as` bytes of its own."""
    width = DTYPES[dtype].itemsize
    if dtype == "bool" or DTYPES[read_as].itemsize != width:
        return False
    return storage_bytes // width <= (ALPHABET if width == 1 else ALPHABET * ALPHABET)


def marked(storage_bytes: int) -> bytes:
    """The filling on which writes are detected: all bytes 1, which is true in bool and unlike zero in all dtypes."""
    return b"\x01" * storage_bytes
