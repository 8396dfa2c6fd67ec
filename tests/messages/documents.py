"""Hypothesis strategies: any document, hostile and oversized ones first."""

from datetime import UTC, datetime

from hypothesis import strategies as st

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
    Plain,
    Series,
    Source,
    Strong,
    Table,
    Value,
    Verdict,
)
from messages.figures import Cases, Figure

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOSTILE = (
    "<!channel>",
    "<!here|x> <@U1> <#C1|soc>",
    "*x* _y_ ~z~ `q` ```p```",
    "[a](http://e.example) ![i](http://e.example/i.png)",
    "<at>Lead 02</at>",
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "&lt;&amp;<b>",
    "\u202egnp.exe\u202c",
    "nul\0nul\x1b[31mred\x1b]0;t\x07",
    "zero\u200bwidth\ufeff",
    "a|b||c\n> quoted\n- list\n1. one\n# head",
    "{{DATE(2026-01-01T00:00:00Z)}} {{ 7*7 }} {% x %} ${x}",
    "\ud800lone",
    "😀" * 200,
    "",
    " ",
    "\n\n",
    "𝔘𝔫𝔦 漢字 e\u0301",
    "&" * 4_000,
    "x" * 10_000,
    "word " * 2_000,
)
words = st.one_of(st.integers(0, len(HOSTILE) - 1).map(lambda index: HOSTILE[index]), st.text(max_size=40))
lines = words.map(lambda word: word.replace("\ud800", "")[:1900])
FIGURES = ("queue.open", "mttr.median", "none.at_all")
urls = st.one_of(words, st.sampled_from(["https://a.example/x?y=1&z=(2)|3", "javascript:alert(1)", "http://[", "//x"]))
spans = st.one_of(
    st.builds(Plain, text=words),
    st.builds(Strong, text=words),
    st.builds(Mono, text=words),
    st.builds(Link, text=words, url=urls),
    st.builds(
        Mention, platform=st.sampled_from(["slack", "teams"]), user=st.sampled_from(["U1", "x|y>", "29:a"]), name=words
    ),
    st.builds(Moment, at=st.just(NOW), style=st.sampled_from(["date", "time", "both"])),
    st.builds(Value, figure=st.sampled_from(FIGURES)),
)


def _tuple(item: st.SearchStrategy, most: int = 4) -> st.SearchStrategy:
    return st.lists(item, max_size=most).map(tuple)


text = _tuple(spans, 3)
numbers = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.integers(0, 500))
charts = st.builds(
    Chart,
    shape=st.sampled_from(["line", "bar", "stacked", "pie", "heatmap"]),
    title=words,
    labels=_tuple(words, 25),
    series=_tuple(st.builds(Series, name=words, values=_tuple(numbers, 25)), 8),
    x_label=words,
    y_label=words,
)
tables = st.builds(
    Table,
    caption=words,
    columns=_tuple(st.builds(Column, label=words, align=st.sampled_from(["left", "right"])), 25),
    rows=_tuple(_tuple(text, 25), 6),
    total=st.one_of(st.none(), st.integers(0, 900)),
)
inputs = st.lists(
    st.builds(
        Input,
        name=st.sampled_from(["period", "owner", "line", "open", "remark"]),
        label=words,
        kind=st.sampled_from(["text", "multiline", "switch", "choice"]),
        choices=st.sampled_from([(), (Choice(value="a", label="A"), Choice(value="b", label="x" * 200))]),
        value=words,
        required=st.booleans(),
        hint=words,
    ),
    max_size=4,
    unique_by=lambda field: field.name,
).map(tuple)
forms = st.builds(Form, title=words, command=st.just("metrics soc"), inputs=inputs, submit=words)
buttons = st.builds(Button, label=words, line=lines, style=st.sampled_from(["default", "primary", "danger"]))
blocks = st.one_of(
    st.builds(Heading, text=words),
    st.builds(Paragraph, text=text),
    st.builds(Facts, facts=_tuple(st.builds(Fact, label=words, text=text))),
    tables,
    st.builds(KpiStrip, figures=_tuple(st.sampled_from(FIGURES), 12)),
    charts,
    st.builds(Bullets, items=_tuple(text)),
    st.builds(Notice, level=st.sampled_from(["info", "warning", "error"]), text=text),
    st.builds(Actions, buttons=_tuple(buttons)),
    st.just(Divider()),
    st.builds(Context, text=text),
    forms,
)


def _figure(figure_id: str) -> st.SearchStrategy:
    return st.builds(
        Figure,
        id=st.just(figure_id),
        label=words,
        value=numbers,
        unit=st.sampled_from(["seconds", "count", "share", "money"]),
        definition=words,
        sources=_tuple(words, 2),
        as_of=st.just(NOW),
        note=words,
        n=st.one_of(st.none(), st.integers(0, 9)),
        target=st.one_of(st.none(), st.integers(0, 9)),
        cases=st.sampled_from([None, Cases(snapshot="s1", count=3), Cases(snapshot="s" * 300, count=1)]),
        currency=st.one_of(st.none(), words),
    )


def _source() -> st.SearchStrategy:
    return st.builds(Source, name=words, as_of=st.one_of(st.none(), st.just(NOW)), ok=st.booleans(), note=words)


documents = st.builds(
    Document,
    title=words,
    verdict=st.one_of(
        st.none(), st.builds(Verdict, text=text, status=st.sampled_from(["green", "unknown"]), rule=words)
    ),
    blocks=_tuple(blocks, 6),
    figures=st.tuples(*map(_figure, FIGURES)),
    provenance=_tuple(_source(), 3),
    simulated=st.booleans(),
    private=st.booleans(),
)
