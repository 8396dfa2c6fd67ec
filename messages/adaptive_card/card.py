"""Cards: one document on one page or more."""

from typing import Any

from messages.adaptive_card import parts
from messages.adaptive_card.pack import Group, Page, pages
from messages.adaptive_card.runs import Element, text_block, words
from messages.document import Document
from messages.escape import one_line
from messages.limits import clip, headed
from messages.reading import marks, summary

Card = dict[str, Any]
_TITLE = 300
_FALLBACK = 700


def render(document: Document) -> list[Card]:
    """Cards in their order. Each says TLP, "Simulated data" and, where there are several, "page 2 of 3".

    Buttons are Action.Execute of verb `line` (see `received.pressed`) and, for forms, `form` (`received.submitted`).
    KeyError when a span names a figure that the document does not hold.
    """
    title, rest = headed(one_line(document.title) or "(no title)", _TITLE)
    overflow = [Group((element,)) for element in words(rest)] if rest else []
    filled = pages([*overflow, *parts.groups(document)])
    return [_card(document, title, page, number, len(filled)) for number, page in enumerate(filled, start=1)]


def _card(document: Document, title: str, page: Page, number: int, total: int) -> Card:
    said = f"page {number} of {total}" if total > 1 else ""
    marked = " · ".join(part for part in (*marks(document), said) if part)
    frame: list[Element] = [text_block(title, style="heading", size="Large", weight="Bolder")]
    frame += words(marked, size="Small", isSubtle=True)
    fallback = f"{clip(summary(document), _FALLBACK)}{f' ({said})' if said else ''}"
    teams: Element = {"width": "Full"}
    if page.entities:
        teams["entities"] = page.entities
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "fallbackText": fallback,
        "msteams": teams,
        "body": [*frame, *page.elements],
    }
