"""Fixed-width tables for places that know only characters: a terminal, a preformatted block."""

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest


def cells(text: str) -> int:
    """Terminal columns of a cleaned text: wide East Asian characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken at blanks where possible, inside a word where not; [""] for ""."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            joined = f"{line} {word}" if line else word
            if cells(joined) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            *full, line = _pieces(word, width)
            lines.extend(full)
        lines.append(line)
    return lines


def _pieces(word: str, width: int) -> list[str]:
    pieces, piece, used = [], "", 0
    for character in word:
        if used + _cells(character) > width and piece:
            pieces.append(piece)
            piece, used = "", 0
        piece += character
        used += _cells(character)
    return [*pieces, piece]


def widths(header: Sequence[str], rows: Sequence[Sequence[str]], limit: int) -> list[int]:
    """Column widths that fill at most `limit` with two blanks between; the widest columns give way first."""
    wide = [max([cells(label), 1, *(cells(row[index]) for row in rows)]) for index, label in enumerate(header)]
    room = max(limit - 2 * (len(wide) - 1), len(wide))
    while sum(wide) > room:
        most = max(wide)
        second = max((size for size in wide if size < most), default=1)
        holders = [index for index, size in enumerate(wide) if size == most]
        give = min(most - second, max(1, -(-(sum(wide) - room) // len(holders))))
        for index in holders:
            wide[index] -= give
    return wide


def draw(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool], limit: int) -> list[str]:
    """The lines of a table: header, rule, rows; a long cell goes on in the line below."""
    wide = widths(header, rows, limit)
    lines = _row(header, wide, right)
    lines.append("  ".join("-" * size for size in wide))
    for row in rows:
        lines += _row(row, wide, right)
    return lines


def _row(row: Sequence[str], wide: Sequence[int], right: Sequence[bool]) -> list[str]:
    columns = [wrap(cell, size) for cell, size in zip(row, wide, strict=True)]
    lines = []
    for parts in zip_longest(*columns, fillvalue=""):
        padded = (_pad(part, size, flush) for part, size, flush in zip(parts, wide, right, strict=True))
        lines.append("  ".join(padded).rstrip())
    return lines


def _pad(text: str, size: int, right: bool) -> str:
    blanks = " " * (size - cells(text))
    return blanks + text if right else text + blanks
