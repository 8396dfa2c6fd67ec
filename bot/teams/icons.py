"""The two icons of an app package, drawn: bars of a chart (PNG, W3C second edition, truecolour with alpha)."""

from __future__ import annotations

import struct
import zlib

Pixel = tuple[int, int, int, int]
WHITE: Pixel = (255, 255, 255, 255)
CLEAR: Pixel = (255, 255, 255, 0)
ACCENT: Pixel = (11, 61, 98, 255)
BARS = ((5, 9, 18), (12, 16, 12), (19, 23, 6))
"""First and last column, and topmost row, on a grid of 32 by 32."""
_FLOOR = 26


def color() -> bytes:
    """192 by 192, on the accent colour."""
    return _png(192, ACCENT)


def outline() -> bytes:
    """32 by 32, white on transparent."""
    return _png(32, CLEAR)


def _png(size: int, ground: Pixel) -> bytes:
    rows = b"".join(b"\0" + b"".join(bytes(_at(x, y, size, ground)) for x in range(size)) for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _at(x: int, y: int, size: int, ground: Pixel) -> Pixel:
    column, row = x * 32 // size, y * 32 // size
    inside = any(first <= column <= last and top <= row <= _FLOOR for first, last, top in BARS)
    return WHITE if inside else ground


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
