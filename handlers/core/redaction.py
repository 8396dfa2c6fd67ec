"""Nothing in an executive report names a machine, a person or an indicator: known ones go, what looks like one too.

Patterns cannot know every name; a report is read by its author before it leaves the house, and says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from connectors.models.alerts import AlertView, IocMatch
from connectors.models.organisation import Person, Service
from messages.document import Document

REMOVED = "[removed]"
SHORTEST = 3
_DOT = r"(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\))"
# Everything begins where its run begins, or is of bounded length: titles are written by attackers, and what is looked
# for from each letter of a run again takes minutes over a long one.
_LABEL_BEGINS = r"(?<![a-z0-9_-])(?<![a-z0-9]\.)" + "".join(
    rf"(?<![a-z0-9]{re.escape(dot)})" for dot in ("[.]", "(.)", "[dot]", "(dot)")
)
_SCHEME = r"h(?:tt|xx)ps?(?:://|\[:\]//|:\\\\)"
_INDICATORS = re.compile(
    "|".join(
        (
            rf"\b{_SCHEME}\S+",  # addresses, defanged too
            rf"(?<![\w.+-])[\w.+-]+(?:@|\[@\]|\[at\])[\w-]+(?:{_DOT}[\w-]+)+",  # mail
            rf"{_LABEL_BEGINS}(?:[a-z0-9_-]+{_DOT})+(?!ya?ml\b|{_SCHEME})[a-z][a-z0-9-]*[a-z]\b(?!:\\)",  # domains
            rf"\b(?:\d{{1,3}}{_DOT}){{3}}\d{{1,3}}\b(?:/\d+)?",  # IPv4
            r"\b(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b|(?:\b[0-9a-f]{1,4}:){1,7}(?::[0-9a-f]{1,4}){1,7}\b",  # IPv6
            r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b",  # digests
            r"\\\\[\w.$-]+(?:\\[\w.$-]+)*|\b[a-z]:\\\S+",  # shares, paths
        )
    ),
    re.IGNORECASE,
)
_MACHINES = re.compile(
    r"\b(?:desktop|laptop|wks|ws|srv|server|dc|pc|host|vm|sql|db|app|web)-(?=[a-z0-9-]{0,62}\d)[a-z0-9-]*[a-z0-9]\b",
    re.IGNORECASE,
)
_HOSTS = re.compile(
    r"\b(?!(?:cve|iso|sha|tlp|nist|apt|unc|fin|ta|bod|covid|utf|nis|psd|pci|soc|tier|phase|step|top|art)-)"
    r"[a-z]{2,}(?:-[a-z0-9]+){0,31}-\d{1,5}[a-z]?\b",
    re.IGNORECASE,
)
_SKIPPED = frozenset(
    {"kind", "id", "figure", "line", "status", "level", "style", "shape", "snapshot", "unit", "align", "tlp", "call"}
    | {"statistic", "better", "currency"}
)


class Redactor:
    """`allowed` words look like host names and are not (ids of our own lists); `count` words were removed."""

    def __init__(self, terms: Iterable[str], allowed: Iterable[str] = ()) -> None:
        self._allowed = {word.casefold() for word in allowed}
        kept = sorted({plain(term).strip() for term in terms}, key=lambda term: (-len(term), term))
        long = [re.escape(term) for term in kept if len(term) >= SHORTEST]
        self._terms = re.compile(rf"(?<!\w)(?:{'|'.join(long)})(?!\w)", re.IGNORECASE) if long else None
        self.count = 0

    def known(self, text: str) -> str:
        """Without known names and anything that looks like an indicator."""
        out = plain(text)
        for pattern in (self._terms, _INDICATORS, _MACHINES):
            if pattern is not None:
                out, found = pattern.subn(REMOVED, out)
                self.count += found
        return out

    def free(self, text: str) -> str:
        """Free text of a file: also without what looks like a host name."""
        return _HOSTS.sub(self._host, self.known(text))

    def _host(self, found: re.Match[str]) -> str:
        if found[0].casefold() in self._allowed:
            return found[0]
        self.count += 1
        return REMOVED

    def document(self, made: Document) -> Document:
        """Every word of a document through `known`; ids, command lines and enumerations stay."""
        return Document.model_validate(self._walk(made.model_dump()))

    def _walk(self, part: Any) -> Any:
        if isinstance(part, dict):
            ids = part.get("kind") == "kpis"
            return {key: value if ids or key in _SKIPPED else self._walk(value) for key, value in part.items()}
        if isinstance(part, tuple | list):
            return tuple(self._walk(one) for one in part)
        return self.known(part) if isinstance(part, str) else part


def plain(text: str) -> str:
    """Compatibility forms folded and invisible characters gone, so that nothing hides inside a name."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(ch for ch in folded if unicodedata.category(ch) != "Cf")


def terms(
    people: Iterable[Person], services: Iterable[Service], matches: Iterable[IocMatch], views: Iterable[AlertView]
) -> set[str]:
    """Names of people and their accounts, of machines, and indicators with the machines they were seen on."""
    found: set[str] = set()
    for person in people:
        found |= {person.id, person.name, person.desk_user or ""}
        parts = re.split(r"\s+", person.name.strip())
        if all(part.isalpha() for part in parts):
            found |= set(parts)
    for service in services:
        found |= set(service.hosts)
    for match in matches:
        found |= {match.value, *match.assets}
    for view in views:
        found |= {host for alert in view.alerts for host in alert.hosts}
    return {term for term in found if term}
