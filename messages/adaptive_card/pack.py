"""Elements packed into cards of at most 40,000 characters."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from messages.adaptive_card.runs import Element, length
from messages.limits import TEAMS_CHARACTERS

BODY = TEAMS_CHARACTERS - 8_000
"""For the elements; the rest is for the frame: title, marks, fallback text, mentions."""


@dataclass(frozen=True)
class Group:
    """Elements that stay together, and the mention entities they need."""

    elements: tuple[Element, ...]
    entities: tuple[Element, ...] = ()


@dataclass
class Page:
    """A card's body being filled."""

    elements: list[Element] = field(default_factory=list)
    entities: list[Element] = field(default_factory=list)
    used: int = 0

    def take(self, group: Group) -> bool:
        """Append the group if it fits."""
        more = sum(length(element) + 2 for element in (*group.elements, *group.entities))
        if self.used + more > BODY or self._confused(group):
            return False
        self.elements += group.elements
        self.entities += [entity for entity in group.entities if entity not in self.entities]
        self.used += more
        return True

    def _confused(self, group: Group) -> bool:
        """Whether another person of the same name is mentioned here: Teams tells mentions apart by their text."""
        persons = {entity["text"]: entity["mentioned"]["id"] for entity in self.entities}
        return any(persons.get(new["text"], new["mentioned"]["id"]) != new["mentioned"]["id"] for new in group.entities)


def pages(groups: Iterable[Group]) -> list[Page]:
    """Groups in their order on as few cards as that order allows; ValueError for one that fits no card."""
    filled = [Page()]
    for group in groups:
        if filled[-1].take(group):
            continue
        filled.append(Page())
        if not filled[-1].take(group):
            raise ValueError(f"elements fit no card: {', '.join(element['type'] for element in group.elements)}")
    return filled
