"""A document with every block, span and figure field, and hostile words in the places where they arrive."""

from datetime import UTC, datetime, timedelta

from messages.document import (
    Actions,
    Bullets,
    Button,
    Chart,
    Choice,
    Column,
    Context,
    Divider,
    Document,
    Fact,
    Facts,
    Form,
    Heading,
    Input,
    KpiStrip,
    Link,
    Mention,
    Moment,
    Mono,
    Notice,
    Paragraph,
    Series,
    Source,
    Strong,
    Table,
    Value,
    Verdict,
    spans,
)
from messages.figures import Cases, Figure, FigureWindow

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WEEK = FigureWindow(start=NOW - timedelta(days=7), end=NOW)
HOSTILE = "<!channel> *db_01* [reset](http://evil.example) <at>Lead 02</at> <script>alert(1)</script> a|b"


def figures() -> tuple[Figure, ...]:
    """An open queue by priority, a mean time with limits, and a figure that could not be computed."""
    common = {"sources": ("Chronicle cases",), "as_of": NOW}
    queue = "Cases open now, test cases excluded"
    return (
        Figure(
            id="queue.open",
            label="Open cases",
            value=412,
            unit="count",
            definition=queue,
            previous=400,
            target=350,
            better="lower",
            cases=Cases(snapshot="snap-7f3a", count=412),
            **common,
        ),
        Figure(id="queue.open.critical", label="Open, critical", value=7, unit="count", definition=queue, **common),
        Figure(
            id="mttr.median",
            label="MTTR, median",
            value=15_000,
            unit="seconds",
            n=212,
            statistic="median",
            definition="Creation to closure of cases closed in the window, calendar clock, median, open cases excluded",
            window=WEEK,
            previous=18_600,
            target=14_400,
            low=13_000,
            high=17_200,
            better="lower",
            truncated=True,
            cases=Cases(snapshot="snap-91bc", count=1),
            **common,
        ),
        Figure(
            id="sla.attainment",
            label="SLA attainment",
            value=None,
            unit="share",
            definition="Share of closed cases within their policy",
            note="The policy file holds no target for low priority",
            **common,
        ),
    )


def charts() -> tuple[Chart, ...]:
    """One of each shape; the line has a gap."""
    days = ("Mon", "Tue", "Wed")
    two = (Series(name="Opened", values=(41, 38, 45)), Series(name="Closed", values=(39, 40, 44)))
    gap = (Series(name="Backlog", values=(400, None, 412)),)
    axes = {"x_label": "Day", "y_label": "Cases"}
    hours = tuple(Series(name=f"{hour:02d} h", values=(hour, 2, 7)) for hour in range(0, 24, 3))
    return (
        Chart(shape="bar", title="Flow of the week", labels=days, series=two, **axes),
        Chart(shape="line", title="Backlog with a gap", labels=days, series=gap, **axes),
        Chart(shape="stacked", title="Work in both directions", labels=days, series=two, **axes),
        Chart(shape="pie", title="Disposition", labels=("True", "Benign"), series=(Series(name="n", values=(3, 9)),)),
        Chart(shape="heatmap", title="Arrivals by hour", labels=days, series=hours, **axes),
    )


def form() -> Form:
    """A form with each kind of input."""
    return Form(
        title="Change what is measured",
        command="metrics soc",
        inputs=(
            Input(name="period", label="Period", kind="choice", choices=_choices(), value="30d", required=True),
            Input(name="owner", label="Owner", kind="text", hint="As the roster spells it", value="Analyst 07"),
            Input(name="remark", label="Remark", kind="multiline"),
            Input(name="performance", label="Performance only", kind="switch", value="true"),
        ),
    )


def _choices() -> tuple[Choice, ...]:
    return (Choice(value="7d", label="Seven days"), Choice(value="30d", label="Thirty days"))


def table() -> Table:
    """Two of 412 rows, one of them hostile."""
    return Table(
        caption="Oldest open cases",
        columns=(Column(label="Case"), Column(label="Age", align="right"), Column(label="Alert"), Column(label="At")),
        rows=(
            (spans(Mono(text="4711")), spans("3 d"), spans(HOSTILE), spans(Moment(at=NOW, style="date"))),
            (
                spans(Link(text="4712", url="https://soar.example/cases/4712")),
                spans(Value(figure="mttr.median")),
                spans("Impossible travel"),
                (),
            ),
        ),
        total=412,
    )


def sample() -> Document:
    """The rich document of the golden files."""
    people = (
        Mention(platform="slack", user="U07ABCDEF", name="Analyst 07"),
        Mention(platform="teams", user="29:1abc", name="Lead 02"),
    )
    sources = (
        Source(name="Chronicle cases", as_of=NOW, rows=412, truncated=True),
        Source(name="Roster", as_of=NOW, stale=True, note="file is 40 days old"),
        Source(name="Threat intelligence", as_of=None, ok=False, note="timed out after 5 s"),
    )
    verdict = Verdict(
        text=spans(
            Value(figure="queue.open"), " open, ", Strong(text="7 critical"), ". Clear the critical ones first."
        ),
        status="amber",
        rule="Amber when the queue is above its target by less than a quarter",
    )
    return Document(
        title="SOC performance, week 47",
        call="call-1",
        verdict=verdict,
        simulated=True,
        figures=figures(),
        provenance=sources,
        blocks=(
            Heading(text="Headline"),
            KpiStrip(figures=("queue.open", "queue.open.critical", "mttr.median", "sla.attainment")),
            Paragraph(text=spans("Ask ", *people, " about ", Mono(text=HOSTILE), " by ", Moment(at=NOW), ".")),
            Facts(facts=(Fact(label="Shift", text=spans("Night")), Fact(label="Host_name*", text=spans(HOSTILE)))),
            Notice(level="warning", text=spans("Threat intelligence did not answer; 2 of 3 sections shown.")),
            table(),
            *charts(),
            Divider(),
            Bullets(
                items=(spans("Close ", Strong(text="4711")), spans(Link(text="Runbook", url="javascript:alert(1)")))
            ),
            Context(text=spans("Window: seven days, ends ", Moment(at=NOW))),
            Actions(buttons=(Button(label="Post to channel", line="post call-1", style="primary"), _danger())),
            form(),
        ),
    )


def _danger() -> Button:
    return Button(label="Raise to critical", line="priority 4711 critical", style="danger")
