"""What a statement to the press should not say, by simple rules that are stated; and who may decide otherwise. Pure.

The rules find words, not meanings: they warn, and a named person answers for going on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handlers.commands.communicate.audiences import ATTRIBUTION, BLAME, CAUSE, EVIDENCE, RANSOM
from handlers.crisis.base import Refused, Who
from handlers.crisis.letter_rules import mapped

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

MEDIA = "media"
COMMUNICATIONS = "Communications"
RULES: tuple[tuple[str, str], ...] = (
    ("says who did it", ATTRIBUTION),
    ("names a cause", CAUSE),
    ("says there is no evidence, without what was looked at", EVIDENCE),
    ("speaks of a ransom", RANSOM),
    ("blames somebody", BLAME),
)
_TIMES = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?: ?UTC|Z)?)?|\b\d{1,2}:\d{2}\b|\bhttps?://\S+")
_PHONES = re.compile(r"\+\d[\d ()/-]{6,}")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d.,]*(?<![.,])")
DISCLOSURE = (
    "Where securities are listed, agree every statement with disclosure counsel first: what is material is told to all "
    "at once, by the filing (Form 8-K, Item 1.05) before or together with the press, never to some first (Regulation "
    "FD), and a statement says nothing that the filing does not."
)


def hits(crisis: Crisis, text: str) -> tuple[str, ...]:
    """A sentence for each word or number that should not stand in a text for the press."""
    found = [
        f"“{match[0]}” {what}"
        for what, pattern in RULES
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]  # fmt: skip
    phrases = [one for one in crisis.policy.do_not_say if one.casefold() in text.casefold()]
    found += [f"“{phrase}” is on the do-not-say list" for phrase in phrases]
    found += [f"“{number}” is in no confirmed fact" for number in _unconfirmed(crisis, text)]
    return tuple(dict.fromkeys(found))


def _unconfirmed(crisis: Crisis, text: str) -> list[str]:
    """Numbers of the text that no fact holds; dates, times, links and telephone numbers are no figures."""
    facts = " ".join(one.text for one in crisis.statements if one.kind == "fact" and not one.withdrawn)
    known = {_plain(found) for found in _NUMBER.findall(facts)}
    bare = _PHONES.sub(" ", _TIMES.sub(" ", text))
    return [found for found in _NUMBER.findall(bare) if _plain(found) not in known]


def _plain(number: str) -> str:
    return number.replace(",", "")


def spokespersons(crisis: Crisis) -> tuple[str, ...]:
    """Persons who may speak to the press: those mapped to the spokesperson's role or to Communications."""
    role = crisis.policy.spokesperson
    return tuple(
        dict.fromkeys([*(mapped(role, crisis.policy) if role else ()), *mapped(COMMUNICATIONS, crisis.policy)])
    )


def check_words(crisis: Crisis, text: str, who: Who, despite: str, may_approve: bool) -> None:
    """Refused when it says what it should not, unless the spokesperson or Communications says why it goes out.

    Anybody may take the role Communications while nobody has it: it decides this only with the right to approve.
    """
    found = hits(crisis, text)
    if not found:
        return
    if not despite:
        raise Refused(
            f"It says what a statement should not: {'; '.join(found)}.",
            "Edit it; or the spokesperson or Communications sends it with `--despite REASON`, which is kept.",
        )
    holder = crisis.roles.holder("communications")
    named = {one.casefold() for one in spokespersons(crisis)}
    persons = named | ({holder.person.casefold()} if holder else set())
    me = who.person.casefold()
    if me not in named and not (may_approve and (me in persons or not persons)):
        whose = ", ".join(sorted(persons - {me})) or "somebody who may approve messages"
        raise Refused("Only the spokesperson or Communications can decide that.", f"Here that is: {whose}.")
