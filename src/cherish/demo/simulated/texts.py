"""Arrow columns from numbers: ids, labels and money without a Python loop over rows."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .arrays import Flags, Integers

ID_BITS = 48
MASK = np.uint64((1 << ID_BITS) - 1)
FIRST_FACTOR, SECOND_FACTOR = np.uint64(0x9E3779B97F4B), np.uint64(0xC2B2AE3D27D5)
HALF = np.uint64(ID_BITS // 2)
HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
SCALE_TO_FOUR_PLACES = 100


def scrambled(numbers: Integers, salt: int) -> NDArray[np.uint64]:
    """Map numbers below 2^48 one to one to numbers below 2^48 that tell nothing.

    Odd factors and a shifted exclusive or are invertible modulo 2^48, so distinct numbers stay distinct.
    """
    mixed = (numbers.astype(np.uint64) ^ np.uint64(salt)) * FIRST_FACTOR & MASK
    return np.asarray((mixed ^ (mixed >> HALF)) * SECOND_FACTOR & MASK)


def hexadecimal(numbers: Integers, salt: int, valid: Flags | None = None) -> Any:
    """Write scrambled numbers as 12 hexadecimal digits; returns an Arrow string array."""
    left = scrambled(numbers if valid is None else numbers[valid], salt)
    text = np.empty((left.size, ID_BITS // 4), dtype=np.uint8)
    for place in range(ID_BITS // 4):
        text[:, place] = HEX[((left >> np.uint64(4 * place)) & np.uint64(15)).astype(np.intp)]
    return strings(text, valid)


def numbered(prefix: str, numbers: Integers, width: int = 7, valid: Flags | None = None) -> Any:
    """Write numbers with leading zeros behind a letter, such as c0000042; returns an Arrow string array."""
    left = (numbers if valid is None else numbers[valid]).astype(np.uint64)
    text = np.empty((left.size, width + 1), dtype=np.uint8)
    text[:, 0] = ord(prefix)
    for place in range(width, 0, -1):
        left, digit = np.divmod(left, np.uint64(10))
        text[:, place] = digit + ord("0")
    return strings(text, valid)


def strings(text: NDArray[np.uint8], valid: Flags | None) -> Any:
    """Make an Arrow string array of texts of one width; nulls have no text."""
    width = text.shape[1]
    lengths = np.full(text.shape[0], width) if valid is None else valid * width
    offsets = np.zeros(lengths.size + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    buffers = [bitmap(valid), pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(text))]
    return pa.Array.from_buffers(pa.string(), lengths.size, buffers)


def labelled(labels: tuple[str, ...], codes: Integers) -> Any:
    """Write codes as their labels, -1 as null; returns an Arrow string array."""
    indices = pa.array(codes, mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(labels, pa.string())).cast(pa.string())


def money(cents: Integers, valid: Flags | None = None) -> Any:
    """Write cents as decimal128(18, 4); its 16 bytes are the number in ten-thousandths, low half first."""
    halves = np.zeros((cents.size, 2), dtype=np.int64)
    halves[:, 0] = cents * SCALE_TO_FOUR_PLACES
    halves[:, 1] = halves[:, 0] >> 63
    return pa.Array.from_buffers(pa.decimal128(18, 4), cents.size, [bitmap(valid), pa.py_buffer(halves)])


def whole(numbers: Integers, valid: Flags) -> Any:
    """Write small whole numbers as int16 with nulls."""
    return pa.array(numbers.astype(np.int16), mask=~valid)


def bitmap(valid: Flags | None) -> Any:
    """Pack validity into Arrow's bits."""
    return None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
