"""The two tools of `secops-mcp` that answer in prose, read strictly, in both formats that were seen.

A rule's name may hold line breaks, so that whoever names a rule can write lines, even whole records, into the answer.
Nothing is guessed: the header's count must equal the records, they must be numbered in order, and every record must
be exactly the lines of one format, each once and in its order. If anything differs, only the count is believed.
Formats: google-secops-mcp 0.7.1, and upstream after it (`Alert ID:`, `Verdict:`, `Indicator(s):`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HEADERS = {
    "Alert": re.compile(r"Found ([1-9]\d{0,8}) security alerts:\n\n"),
    "IoC": re.compile(r"Found ([1-9]\d{0,8}) IoC matches:\n\n"),
}
NONE_FOUND = {
    "Alert": "No security alerts found for the specified time range.",
    "IoC": "No IoC matches found for the specified time range.",
}
_ALERT_FORMATS = (
    ("Rule", "Created", "Status", "Severity", "Associated Case?"),
    ("Alert ID?", "Rule", "Created", "Status", "Verdict", "Severity", "Associated Case?"),
)
_IOC_FORMATS = (
    ("Type", "Value", "Sources"),
    (
        "Indicator(s)",
        "First Seen",
        "Last Seen",
        "Category",
        "Severity",
        "Confidence",
        "Associated Entity",
        "Sources",
    ),
)
"""Labels in order; "?" marks one that may be missing."""

Record = dict[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer tells. `records` None: their details cannot be trusted, `count` is all there is.

    `count` None: not even the count could be read. Missing values ("Unknown") are "".
    """

    count: int | None
    records: tuple[Record, ...] | None


def alerts(text: str) -> Told:
    """The answer of get_security_alerts: records with the labels of _ALERT_FORMATS."""
    return _told(text, "Alert", _ALERT_FORMATS)


def iocs(text: str) -> Told:
    """The answer of get_ioc_matches: records with the labels of _IOC_FORMATS."""
    return _told(text, "IoC", _IOC_FORMATS)


def _told(text: str, kind: str, formats: Sequence[Sequence[str]]) -> Told:
    if text.strip() == NONE_FOUND[kind]:
        return Told(0, ())
    header = _HEADERS[kind].match(text)
    if header is None:
        return Told(None, None)
    count = int(header[1])
    body = text[header.end() :]
    blocks = body.removesuffix("\n\n").split("\n\n") if body.endswith("\n\n") else []
    if len(blocks) != count:
        return Told(count, None)
    for labels in formats:
        records = [_record(block, f"{kind} {number}:", labels) for number, block in enumerate(blocks, 1)]
        if None not in records:
            return Told(count, tuple(record for record in records if record is not None))
    return Told(count, None)


def _record(block: str, title: str, labels: Sequence[str]) -> Record | None:
    """One record, None when it is not exactly `title` and the labelled lines in their order."""
    first, *lines = block.split("\n")
    if first != title:
        return None
    found: Record = {}
    for label in labels:
        name = label.removesuffix("?")
        if lines and lines[0].startswith(f"{name}: "):
            value = lines.pop(0).removeprefix(f"{name}: ")
            found[name] = "" if value == "Unknown" else value
        elif not label.endswith("?"):
            return None
    return None if lines else found
