"""What each audience reads and must not read, in one table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from handlers.core.access import Tlp

Strict = Literal["all", "numbers", "facts"]
"""What must be confirmed before it is said: nothing, what holds a number, or everything."""


@dataclass(frozen=True, slots=True)
class Voice:
    """`kinds` of facts it reads, `needs` those a message must hold; `outer`: numbers rounded, cases and names hidden.

    `names`: machine names and indicators may stand; `words`: most words; `approvers`: when the file has none.
    """

    purpose: str
    kinds: tuple[str, ...]
    needs: tuple[str, ...]
    tlp: Tlp
    outer: bool
    confirmed: Strict = "all"
    names: bool = False
    words: int | None = None
    approvers: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


JARGON = r"\b(?:SIEM|SOAR|EDR|IOCs?|TTPs?|C2|lateral movement|exfiltrat\w*|payload|threat actor)\b"
BLAME = r"\b(?:fault of|to blame|negligen\w+|careless\w*|incompeten\w+)\b"
SPECULATION = r"\b(?:probably|presumably|likely|we (?:think|believe|assume)|must have been)\b"
ATTRIBUTION = r"\b(?:attributed to|nation[- ]state|state[- ]sponsored|APT ?\d+|hackers? from|behind the attack)\b"
CAUSE = r"\b(?:root cause|caused by|because of|due to a (?:flaw|mistake|weakness))\b"
EVIDENCE = r"\bno (?:evidence|signs?) (?:of|that)\b(?![^.]*\bin the\b)"
RANSOM = r"\b(?:ransom\w*|extort\w*)\b"

VOICES: dict[str, Voice] = {
    "executive": Voice(
        "Effect, decision, money, when it is over", ("status", "effect", "affected", "action", "option"),
        ("status", "effect", "option"), "amber+strict", True, words=150, approvers=("CISO",),
    ),
    "board": Voice(
        "Risk against appetite, accountability", ("status", "effect", "affected", "action", "unknown"),
        ("status", "effect"), "amber+strict", True, words=400, approvers=("CISO", "General counsel"),
    ),
    "legal": Voice(
        "Facts, times, data types, jurisdictions, clocks",
        ("status", "effect", "affected", "data", "jurisdiction", "contract", "evidence", "action", "unknown"),
        ("data", "jurisdiction", "evidence", "unknown"), "amber+strict", False, names=True, never=(SPECULATION,),
    ),
    "it": Voice(
        "What to do by when", ("task", "window", "rollback", "effect"), ("task", "window", "rollback"), "amber", False,
        names=True, never=(ATTRIBUTION,),
    ),
    "customers": Voice(
        "Am I affected, what must I do",
        ("status", "effect", "affected", "data", "action", "advice", "unknown"),
        ("status", "data", "action", "advice"), "clear", True, "numbers", approvers=("Legal", "Communications"),
        never=(JARGON, BLAME, EVIDENCE),
    ),
    "regulators": Voice(
        "The form's fields, stage by stage",
        ("status", "effect", "affected", "data", "jurisdiction", "action", "unknown"),
        ("status", "data", "action"), "amber+strict", True, approvers=("Legal", "Data protection officer"),
    ),
    "media": Voice(
        "A holding statement and nothing else", ("action", "unknown"), ("action", "unknown"), "clear", True, "facts",
        approvers=("Communications", "Legal", "Executive"), never=(ATTRIBUTION, CAUSE, EVIDENCE, RANSOM, BLAME, JARGON),
    ),
    "technical-team": Voice(
        "Detail, indicators, tasks, hypotheses",
        ("status", "action", "scope", "affected", "ttp", "indicator", "hypothesis", "cause", "attribution", "task",
         "evidence", "unknown"), ("scope", "task"), "amber", False, names=True, never=(BLAME,),
    ),
    "employees": Voice(
        "What happened and what to do", ("status", "effect", "action", "advice"), ("advice",), "green", True, "facts",
        approvers=("Communications",), never=(JARGON, BLAME, ATTRIBUTION),
    ),
    "vendors": Voice(
        "What suppliers must do", ("status", "advice"), ("advice",), "amber", True, "facts", approvers=("Legal",),
        never=(BLAME,),
    ),
    "law-enforcement": Voice(
        "Facts and preserved evidence", ("status", "effect", "data", "indicator", "ttp", "attribution", "evidence"),
        ("evidence",), "amber+strict", True, names=True, approvers=("Legal",),
    ),
}  # fmt: skip

ALIASES: dict[str, str] = {
    "executives": "executive", "exec": "executive", "ceo": "executive", "ciso": "executive", "management": "executive",
    "directors": "board", "counsel": "legal", "lawyers": "legal", "gc": "legal", "it-operations": "it", "ops": "it",
    "customer": "customers", "clients": "customers", "client": "customers", "regulator": "regulators",
    "authority": "regulators", "authorities": "regulators", "supervisor": "regulators", "press": "media",
    "journalists": "media", "technical": "technical-team", "tech": "technical-team", "soc": "technical-team",
    "analysts": "technical-team", "employee": "employees", "staff": "employees", "vendor": "vendors",
    "suppliers": "vendors", "supplier": "vendors", "police": "law-enforcement",
}  # fmt: skip
INSIDE = frozenset({"executive", "board"})
"""Audiences whose quarterly review holds people, budget, plan and asks beside the measures."""
DETAILED = frozenset({"legal", "it", "technical-team", "law-enforcement"})
"""Drafts that name cases, machines or indicators: they need the right to read cases too."""


def canonical(said: str) -> str:
    """The audience meant: any case, spaces or underscores, an alias; "" when there is none."""
    word = re.sub(r"[\s_]+", "-", said.strip().casefold())
    word = ALIASES.get(word, word)
    return word if word in VOICES else ""


def forbidden(voice: Voice, lines: tuple[str, ...]) -> list[str]:
    """What the draft says and must not say, in its own words, each once."""
    text = " ".join(lines)
    found = [match[0] for pattern in voice.never for match in re.finditer(pattern, text, re.IGNORECASE)]
    return list(dict.fromkeys(found))
