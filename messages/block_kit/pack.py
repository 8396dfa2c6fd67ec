"""Blocks packed into pages that Slack accepts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from messages import limits
from messages.block_kit.rich import Block, weight

_FRAME_BLOCKS = 3
_FRAME_CHARACTERS = 1_000
"""Kept free on each page for its header and its marks."""


@dataclass(frozen=True)
class Group:
    """Blocks that stay together. `compact` makes the same without table or chart, for a page that has its fill of
    those, and is asked only then; `reserve` is what the blocks may still grow by."""

    blocks: tuple[Block, ...]
    compact: Callable[[], tuple[Block, ...]] = tuple
    reserve: int = 0


@dataclass(frozen=True)
class Budget:
    """What one message or view holds beside its frame."""

    blocks: int
    characters: int
    charts: int


MESSAGE = Budget(
    limits.SLACK_BLOCKS - _FRAME_BLOCKS, limits.SLACK_CHARACTERS - _FRAME_CHARACTERS, charts=limits.SLACK_CHARTS
)
HOME = Budget(limits.SLACK_VIEW_BLOCKS - _FRAME_BLOCKS, limits.SLACK_VIEW_CHARACTERS - _FRAME_CHARACTERS, charts=0)


@dataclass
class Page:
    """A page being filled."""

    budget: Budget
    blocks: list[Block] = field(default_factory=list)
    characters: int = 0

    def take(self, group: Group) -> bool:
        """Append the group if it fits, by its compact form if that is the one that does."""
        return self._took(group.blocks, group.reserve) or self._took(group.compact(), group.reserve)

    def _took(self, blocks: tuple[Block, ...], reserve: int) -> bool:
        characters = weight(list(blocks)) + reserve
        if not blocks or not self._fits(blocks, characters):
            return False
        self.blocks += blocks
        self.characters += characters
        return True

    def _fits(self, blocks: tuple[Block, ...], characters: int) -> bool:
        both = [*self.blocks, *blocks]
        return (
            len(both) <= self.budget.blocks
            and self.characters + characters <= self.budget.characters
            and _count(both, "table") <= limits.SLACK_TABLES
            and _count(both, "data_visualization") <= self.budget.charts
        )


def _count(blocks: Iterable[Block], kind: str) -> int:
    return sum(block["type"] == kind for block in blocks)


def pages(groups: Iterable[Group]) -> list[list[Block]]:
    """Groups in their order on as few messages as that order allows; ValueError for one that fits no message."""
    filled = [Page(MESSAGE)]
    for group in groups:
        if filled[-1].take(group):
            continue
        filled.append(Page(MESSAGE))
        if not filled[-1].take(group):
            kinds = ", ".join(block["type"] for block in group.blocks)
            raise ValueError(f"blocks fit no Slack message: {kinds}")
    return [page.blocks for page in filled]
