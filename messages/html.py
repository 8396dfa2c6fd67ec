"""Document → an HTML fragment for the console's page.

One `<article class="doc">`, self-contained, no script and no style. Words are escaped by Jinja2's autoescape; templates
lie in messages/templates. What a page may rely on:

* classes `doc`, `doc-title`, `doc-marks` with `mark`, `verdict` with `status-green|amber|red|unknown`, `rule`,
  `facts`, `table` (a scrolling wrapper), `num` (right-aligned), `more` ("20 of 412 rows"), `kpis` with `kpi`
  (`kpi-label`, `kpi-value`, `kpi-standing`, `kpi-n`), `chart`, `notice` with `notice-info|warning|error`, `actions`,
  `context`, `sources` with `failed`, `definitions`, `form`, `mention`;
* `<button type="button" data-line="…">`: a press types that line; a figure with cases has one that opens them;
* `<form class="form" data-command="…">`: inputs are named as the fields; a switch is a checkbox of value `true`;
* `<time datetime="…" data-style="date|time|both">`: UTC inside, for the page to put in the reader's zone.
"""

from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from messages import charts, prose, reading
from messages.document import Chart, Document, Moment
from messages.escape import clean, one_line, safe_url


def render(document: Document) -> str:
    """The fragment. KeyError when a span names a figure that the document does not hold."""
    template = _environment().get_template("document.html")
    return template.render(document=document, reading=reading, prose=prose)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        clean=clean, words=_broken, line=one_line, safe_url=safe_url, svg=_svg, utc=_utc, moment=reading.moment
    )
    return environment


def _source(name: str) -> str:
    return resources.files("messages").joinpath("templates", name).read_text(encoding="utf-8")


def _svg(chart: Chart, index: int) -> Markup:
    """The drawing, hidden from screen readers (the rows below it say the same), its ids told apart by `index`."""
    try:
        drawing = charts.svg(chart)
    except ValueError:
        return Markup('<p class="notice notice-warning">The chart could not be drawn; its rows are below.</p>')
    drawing = drawing.replace("gradient_", f"chart{index}_gradient_")
    return Markup(drawing.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S704 - Vega's own


def _broken(text: str) -> Markup:
    """Cleaned words, escaped, with `<br>` where a line ends."""
    return Markup("<br>").join(clean(text).split("\n"))


def _utc(moment: Moment) -> str:
    return moment.at.isoformat().replace("+00:00", "Z")
