"""How hard a text is to read, in English.

Sources: Flesch, Journal of Applied Psychology 32 (1948); Kincaid et al., US Navy research branch report 8-75 (1975).
Syllables are counted by groups of vowels, which is an estimate: scores differ by a few points between tools.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:['’-][A-Za-zÀ-ÿ]+)*")
_END = re.compile(r"[.!?]+(?=\s|$)|\n+")
_VOWELS = re.compile(r"[aeiouyà-ÿ]+", re.IGNORECASE)
LEAST_WORDS = 20
EASE, SENTENCE, SYLLABLE = 206.835, 1.015, 84.6
GRADE_SENTENCE, GRADE_SYLLABLE, GRADE_BASE = 0.39, 11.8, 15.59


@dataclass(frozen=True, slots=True)
class Reading:
    """`ease` 0 (hard) to 100 (easy), `grade` in US school years; both None below twenty words."""

    words: int
    sentences: int
    syllables: int
    ease: float | None
    grade: float | None


def syllables(word: str) -> int:
    """Groups of vowels, a silent final e left out; at least one: "time" 1, "table" 2, "security" 4."""
    plain = word.lower()
    found = len(_VOWELS.findall(plain))
    silent = plain.endswith("e") and not plain.endswith(("le", "ee")) and found > 1
    return max(1, found - silent)


def reading(text: str) -> Reading:
    """Words, sentences (a line's end closes one) and both scores."""
    words = _WORD.findall(text)
    sentences = sum(1 for part in _END.split(text) if part and _WORD.search(part))
    counted = sum(syllables(word) for word in words)
    if len(words) < LEAST_WORDS or not sentences:
        return Reading(len(words), sentences, counted, None, None)
    long, heavy = len(words) / sentences, counted / len(words)
    ease = EASE - SENTENCE * long - SYLLABLE * heavy
    grade = GRADE_SENTENCE * long + GRADE_SYLLABLE * heavy - GRADE_BASE
    return Reading(len(words), sentences, counted, ease, grade)
