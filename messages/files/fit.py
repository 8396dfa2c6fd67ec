"""How much room words take: widths of Arial's letters, lines, columns. Slides do not grow, so it is computed before.

Widths in em from Arial's advance widths (Liberation Sans has the same by design); letters unknown here count wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from messages.grid import cells

_WIDTHS = {
    0.23: "ijl'|",
    0.28: "ftI.,:;!/\\[] ",
    0.34: 'r()-{}`"·',
    0.5: "ckJsvxyz*°",
    0.56: "abdeghnopqu0123456789#$_L?€–−",
    0.6: "+=<>~^F",
    0.68: "ABEKPSTVXYZ&",
    0.73: "CDHNRUw",
    0.79: "GOQ",
    0.84: "mM",
    0.95: "W%",
}
_EM = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_SAFE = 1.08
"""Bold runs wider, and other programs round up."""


@lru_cache(maxsize=4096)
def _letter(letter: str) -> float:
    if letter in _EM:
        return _EM[letter]
    return {0: 0.0, 1: 0.85, 2: 1.05}[min(cells(letter), 2)]


def em(text: str) -> float:
    """Width of one line in em, on the wide side."""
    return sum(map(_letter, text)) * _SAFE


def lines(text: str, width: float) -> list[str]:
    """The text in lines of at most `width` em, blanks kept at their ends: joined they are the text. At least one."""
    found, line, used = [], "", 0.0
    for word in _words(text):
        wide = em(word.rstrip(" "))
        if line and used + wide > width:
            found.append(line)
            line, used = "", 0.0
        if wide > width:
            *full, word = _pieces(word, width)  # noqa: PLW2901 - the rest of the word goes on
            found += full
        line += word
        used += em(word)
    return [*found, line] if line or not found else found


def _words(text: str) -> list[str]:
    """Words, each with the blanks behind it."""
    words: list[str] = []
    for part in text.split(" "):
        words.append(part + " ")
    words[-1] = words[-1][:-1]
    return [word for word in words if word]


def _pieces(word: str, width: float) -> list[str]:
    pieces, piece, used = [], "", 0.0
    for letter in word:
        wide = _letter(letter) * _SAFE
        if piece and used + wide > width:
            pieces.append(piece)
            piece, used = "", 0.0
        piece += letter
        used += wide
    return [*pieces, piece]


def columns(header: Sequence[str], rows: Sequence[Sequence[str]], room: float) -> list[float]:
    """Widths in em that fill `room`: each column its longest word where it can, the rest to those with most to say.

    Where all fits, each has its words and an equal part of what is left.
    """
    least, most = [], []
    for index, label in enumerate(header):
        found = [label, *(row[index] for row in rows)]
        longest = max((em(word) for cell in found for word in cell.split()), default=1)
        least.append(min(longest + 0.5, 14))
        most.append(max(least[-1], *(min(em(cell), 400) for cell in found)))
    spare = room - sum(least)
    if spare <= 0:
        return [room * wide / sum(least) for wide in least]
    if sum(most) <= room:
        return [wide + (room - sum(most)) / len(most) for wide in most]
    wants = [(high - low) ** 0.6 for low, high in zip(least, most, strict=True)]
    return [wide + spare * want / sum(wants) for wide, want in zip(least, wants, strict=True)]
