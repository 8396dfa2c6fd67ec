"""What each platform accepts, and how to cut to fit without losing a word.

Lengths are counted in UTF-16 units (`size`): neither platform says what it counts, and this is the larger count.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from typing import TypeVar

# Slack, docs.slack.dev/reference/block-kit and slack_sdk 3.47 unless another source is named.
SLACK_BLOCKS = 50
SLACK_VIEW_BLOCKS = 100
SLACK_CHARACTERS = 12_000
"""All text of a message's blocks: Slack answers msg_blocks_too_long near 13,200 (slackapi/bolt-js#2509)."""
SLACK_VIEW_CHARACTERS = 60_000
"""Own budget: a view may weigh 250 kB (views.publish, "view_too_large")."""
SLACK_TEXT = 4_000
SLACK_SECTION = 3_000
SLACK_FIELDS = 10
SLACK_FIELD = 2_000
SLACK_HEADER = 150
SLACK_CONTEXT = 10
SLACK_CONTEXT_TEXT = 2_000
SLACK_ACTIONS = 25
SLACK_BUTTON_TEXT = 75
SLACK_BUTTON_VALUE = 2_000
SLACK_ACTION_ID = 255
SLACK_OPTIONS = 100
SLACK_OPTION_TEXT = 75
SLACK_OPTION_VALUE = 150
SLACK_PLACEHOLDER = 150
SLACK_TABLES = 1
SLACK_TABLE_ROWS = 100
SLACK_TABLE_CELLS = 20
SLACK_TABLE_CHARACTERS = 10_000
SLACK_CHARTS = 2
SLACK_CHART_SERIES = 6
SLACK_CHART_POINTS = 20
SLACK_CHART_LABEL = 20
SLACK_CHART_TITLE = 50
"""The older of two official pages: the newer one allows 12 series."""
SLACK_ALT_TEXT = 2_000
"""Of an image block; its title has the same."""
SLACK_VIEW_TITLE = 24
SLACK_PRIVATE_METADATA = 3_000
SLACK_INPUT_VALUE = 3_000
SLACK_INPUT_LABEL = 2_000

TEAMS_CHARACTERS = 40_000
"""Card JSON: a message may weigh about 100 kB in UTF-16, and ASCII counts double (learn.microsoft.com,
"Format your bot messages": keep under 80 kB)."""
TEAMS_ACTIONS = 6
"""Primary actions of one ActionSet; more are hidden in an overflow menu."""

ELLIPSIS = "…"
T = TypeVar("T")


def size(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clip(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis. Use it only where the whole text stands elsewhere too."""
    return text if size(text) <= limit else _head(text, limit - 1) + ELLIPSIS


def split(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit`, cut at white space where there is some in the piece's second half; [] for ""."""
    pieces = []
    while size(text) > limit:
        head = _head(text, limit)
        cut = max(head.rfind(" "), head.rfind("\n")) + 1
        head = head[:cut] if cut > limit // 2 else head
        pieces.append(head)
        text = text[len(head) :]
    return [*pieces, text] if text else pieces


def _head(text: str, limit: int) -> str:
    head = text[:limit]
    while size(head) > limit:
        head = head[: -max(1, (size(head) - limit) // 2)]
    return head


def headed(text: str, limit: int) -> tuple[str, str]:
    """What fits a one-line heading, and the rest ("" when all of it fits)."""
    if size(text) <= limit:
        return text, ""
    head = split(text, limit - 2)[0]
    return head.rstrip() + " " + ELLIPSIS, text[len(head) :]


def unique(names: Sequence[str], limit: int) -> list[str]:
    """Names clipped to `limit`, none empty, told apart by a number where two are equal."""
    taken: list[str] = []
    for name in names:
        label = candidate = clip(name, limit) or "–"
        count = 1
        while candidate in taken:
            count += 1
            candidate = f"{clip(label, limit - len(str(count)) - 3)} ({count})"
        taken.append(candidate)
    return taken


def chunks(items: Sequence[T], length: int) -> Iterator[tuple[T, ...]]:
    """Runs of at most `length` items."""
    iterator = iter(items)
    while run := tuple(islice(iterator, length)):
        yield run


def column_groups(columns: int, limit: int) -> list[tuple[int, ...]]:
    """Column numbers for tables of at most `limit` columns; the first column leads each of them."""
    if columns <= limit:
        return [tuple(range(columns))]
    return [(0, *run) for run in chunks(range(1, columns), limit - 1)]


def split_row(cells: Sequence[str], limit: int) -> list[tuple[str, ...]]:
    """One row as several when a cell is longer than `limit`: the rest stands in the row below."""
    return list(zip_longest(*(split(cell, limit) or [""] for cell in cells), fillvalue=""))
