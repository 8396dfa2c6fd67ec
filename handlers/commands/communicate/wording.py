"""Facts as lines of a draft: what may be said to whom, how sure it is, and what was left out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from connectors.models.organisation.voice import Fact, Kind, Matter
from handlers.analysis.executive import two_digits
from handlers.commands.communicate.audiences import Voice
from messages.prose import count, instant

CONFIDENCE = {
    "high": "several independent sources agree",
    "moderate": "one good source, or several weak ones",
    "low": "fragments; may well change",
}
_CASE = re.compile(r"\bcases? #?\d+(?:(?:, | and )#?\d+)*", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Told:
    """`lines` by kind; `used` facts; `left`: fact id → why it is not said; `other`: of kinds it does not read."""

    lines: dict[str, list[str]]
    used: tuple[Fact, ...]
    left: dict[str, str]
    other: int
    old: tuple[Fact, ...]


def snapshot(matter: Matter) -> str:
    """The same facts give the same id: two messages with one id were made from the same facts."""
    return hashlib.sha256(matter.model_dump_json().encode()).hexdigest()[:12]


def tell(matter: Matter, audience: str, voice: Voice, hide: Callable[[str], str], now: datetime) -> Told:
    """Facts for an audience; `hide` takes names, indicators and case ids out of a line."""
    lines: dict[str, list[str]] = {kind: [] for kind in get_args(Kind)}
    used: list[Fact] = []
    left: dict[str, str] = {}
    other = 0
    for fact in matter.facts:
        if fact.kind not in voice.kinds:
            other += 1
            continue
        reason = _withheld(fact, audience, voice)
        if reason:
            left[fact.id] = reason
            continue
        used.append(fact)
        lines[fact.kind].append(line(fact, voice, hide))
    limit = timedelta(hours=matter.fresh_hours)
    return Told(lines, tuple(used), left, other, tuple(fact for fact in used if now - fact.at > limit))


def _withheld(fact: Fact, audience: str, voice: Voice) -> str:
    if fact.state == "refuted":
        return "refuted"
    if fact.audiences and audience not in fact.audiences:
        return "need to know: not this audience"
    if voice.confirmed == "facts" and fact.state != "confirmed":
        return f"{fact.state}: only confirmed facts here"
    if voice.confirmed == "numbers" and fact.numbers and fact.state != "confirmed":
        return f"{fact.state}: a number that is not confirmed"
    return ""


def line(fact: Fact, voice: Voice, hide: Callable[[str], str]) -> str:
    """One line: rounded and without ids for readers outside, with state, confidence and time for the others."""
    text = " ".join(fact.text.split())
    for name, number in fact.numbers.items():
        text = text.replace(f"{{{name}}}", rounded(number) if voice.outer else count(number))
    if voice.outer:
        text = text if voice.names else hide(text)
        text = _CASE.sub("a case on file", text)
        return text if fact.state == "confirmed" else f"{text} ({fact.state}, not yet confirmed)"
    sure = f", {fact.confidence} confidence" if fact.confidence else ""
    cases = f", case {', '.join(fact.cases)}" if fact.cases else ""
    return f"{text} ({fact.state}{sure}, {instant(fact.at)}{cases})"


def rounded(number: float) -> str:
    """Two significant digits, and said to be so when it changed: 14212 → "about 14,000"."""
    short = two_digits(number)
    return count(short) if short == number else f"about {count(short)}"


def confidence_words(used: Sequence[Fact]) -> str:
    """What the confidence words in a draft mean, those that are used."""
    said = [word for word in CONFIDENCE if any(fact.confidence == word for fact in used)]
    return "; ".join(f"{word}: {CONFIDENCE[word]}" for word in said)
