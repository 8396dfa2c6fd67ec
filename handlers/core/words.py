"""A cleaned line cut into words that remember where they stood and whether they were quoted."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.core.errors import BadLine


@dataclass(frozen=True, slots=True)
class Word:
    """`start` is the word's offset in the line; a quoted word is never a flag."""

    text: str
    start: int
    quoted: bool = False


def cut(line: str) -> list[Word]:
    """Words of a line. A quote opens only where a word or a flag's value begins, so `it's` is one word;
    a lone apostrophe is a letter; an open double quote is an error that says where.
    """
    words: list[Word] = []
    at = 0
    while at < len(line):
        if line[at] == " ":
            at += 1
            continue
        word, at = _one(line, at)
        words.append(word)
    return words


def _one(line: str, start: int) -> tuple[Word, int]:
    text, at, quoted = "", start, False
    while at < len(line) and line[at] != " ":
        opens = line[at] in "\"'" and (at == start or (line[at - 1] == "=" and not quoted))
        if not opens:
            text += line[at]
            at += 1
            continue
        close = line.find(line[at], at + 1)
        if close < 0 and line[at] == '"':
            raise BadLine(f"A quote opened at “{line[at : at + 20]}” is never closed.", "Close it, or leave it out.")
        if close < 0:
            text += line[at]
            at += 1
            continue
        quoted = quoted or at == start
        text += line[at + 1 : close]
        at = close + 1
    return Word(text, start, quoted), at
