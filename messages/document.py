"""The reply, before any platform has seen it.

A Document says what is to be read; renderers decide how each platform shows it. Text is data, never markup:
renderers escape every span. Numbers are spans that point at a Figure, so that card, text and JSON agree.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from messages.figures import Figure


class Part(BaseModel):
    """Base of everything in a document: frozen, strict."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Plain(Part):
    kind: Literal["plain"] = "plain"
    text: str


class Strong(Part):
    kind: Literal["strong"] = "strong"
    text: str


class Mono(Part):
    kind: Literal["mono"] = "mono"
    text: str


class Link(Part):
    """Only http(s) targets are ever rendered as links; anything else is shown as text."""

    kind: Literal["link"] = "link"
    text: str
    url: str


class Mention(Part):
    """A person on a platform, by that platform's user id; elsewhere the name."""

    kind: Literal["mention"] = "mention"
    platform: str
    user: str
    name: str


class Moment(Part):
    """An instant; each platform shows it in the reader's zone (`style`: date, time, or both)."""

    kind: Literal["moment"] = "moment"
    at: datetime
    style: Literal["date", "time", "both"] = "both"


class Value(Part):
    """The figure with this id, formatted by its unit."""

    kind: Literal["value"] = "value"
    figure: str


Span = Annotated[Plain | Strong | Mono | Link | Mention | Moment | Value, Field(discriminator="kind")]
Text = tuple[Span, ...]

Status = Literal["green", "amber", "red", "unknown"]
"""RAG. `unknown` when an input of the rule is missing: a failed source is never green."""


class Verdict(Part):
    """The first thing read: one or two sentences, the status, and the rule that gave it."""

    text: Text
    status: Status
    rule: str


class Heading(Part):
    kind: Literal["heading"] = "heading"
    text: str


class Paragraph(Part):
    kind: Literal["text"] = "text"
    text: Text


class Fact(Part):
    label: str
    text: Text


class Facts(Part):
    """Label and value pairs."""

    kind: Literal["facts"] = "facts"
    facts: tuple[Fact, ...]


class Column(Part):
    label: str
    align: Literal["left", "right"] = "left"


class Table(Part):
    """`total` is how many rows exist when fewer are shown; renderers say "20 of 412"."""

    kind: Literal["table"] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Text, ...], ...]
    total: int | None = None


class KpiStrip(Part):
    """Figures side by side, each with delta against previous and target where it has them."""

    kind: Literal["kpis"] = "kpis"
    figures: tuple[str, ...]


class Series(Part):
    name: str
    values: tuple[float | None, ...]


class Chart(Part):
    """`values` of each series run along `labels`; None is a gap, never a zero. `pie` takes one series."""

    kind: Literal["chart"] = "chart"
    shape: Literal["line", "bar", "stacked", "pie", "heatmap"]
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    x_label: str = ""
    y_label: str = ""


class Bullets(Part):
    kind: Literal["bullets"] = "bullets"
    items: tuple[Text, ...]


class Notice(Part):
    """Something the reader must know about the answer itself: a missing source, a cut, a warning."""

    kind: Literal["notice"] = "notice"
    level: Literal["info", "warning", "error"]
    text: Text


class Button(Part):
    """A press types `line`, which is parsed and authorised again as whoever pressed it."""

    label: str
    line: str = Field(max_length=1900)
    style: Literal["default", "primary", "danger"] = "default"


class Actions(Part):
    kind: Literal["actions"] = "actions"
    buttons: tuple[Button, ...]


class Divider(Part):
    kind: Literal["divider"] = "divider"


class Context(Part):
    """Small print: source, freshness, window, n."""

    kind: Literal["context"] = "context"
    text: Text


class Choice(Part):
    value: str
    label: str


class Input(Part):
    """One field of a form, generated from a command's argument model."""

    name: str
    label: str
    kind: Literal["text", "multiline", "switch", "choice"]
    choices: tuple[Choice, ...] = ()
    value: str = ""
    required: bool = False
    hint: str = ""


class Form(Part):
    """Submitting types `command` followed by the fields as flags."""

    kind: Literal["form"] = "form"
    title: str
    command: str
    inputs: tuple[Input, ...]
    submit: str = "Run"


Block = Annotated[
    Heading | Paragraph | Facts | Table | KpiStrip | Chart | Bullets | Notice | Actions | Divider | Context | Form,
    Field(discriminator="kind"),
]


class Source(Part):
    """Provenance of a reply: one line a source. `ok` False: it failed, and `note` says how."""

    name: str
    as_of: datetime | None
    rows: int | None = None
    truncated: bool = False
    stale: bool = False
    ok: bool = True
    note: str = ""


class Document(Part):
    """A reply. `call` is the call it answers; `tlp` is TLP 2.0; `private`: person-level, direct message only."""

    title: str
    verdict: Verdict | None = None
    blocks: tuple[Block, ...] = ()
    figures: tuple[Figure, ...] = ()
    provenance: tuple[Source, ...] = ()
    tlp: Literal["red", "amber+strict", "amber", "green", "clear"] = "amber"
    private: bool = False
    simulated: bool = False
    call: str = ""

    def figure(self, figure_id: str) -> Figure:
        """The figure with this id; KeyError when the document does not hold it."""
        for figure in self.figures:
            if figure.id == figure_id:
                return figure
        raise KeyError(figure_id)

    @property
    def notices(self) -> tuple[Notice, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Notice))


def spans(*parts: str | Span) -> Text:
    """Text from strings and spans: `spans("7 open, ", Strong(text="2 breached"))`."""
    return tuple(Plain(text=part) if isinstance(part, str) else part for part in parts)


def typed(text: str) -> Text:
    """Our own words, in which what stands between backticks is what people type: "`crisis list` shows them"."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one that is never closed is no mark
        return (Plain(text=text),)
    return tuple(Mono(text=part) if at % 2 else Plain(text=part) for at, part in enumerate(parts) if part)
