"""The message that shows a chart as an uploaded picture, beside the answer that has it as rows."""

from messages import limits
from messages.block_kit.small import plain_text, small_print
from messages.document import Chart, Document
from messages.escape import mrkdwn, one_line
from messages.limits import clip
from messages.reading import axes, marks, number

_REST = " … The rest stands in the rows of the answer."
_ROWS = "The same figures stand there as rows."


def picture(document: Document, file_id: str) -> dict[str, object]:
    """`{"text", "blocks"}` with the uploaded file as the picture of the document's first chart.

    Source: docs.slack.dev/reference/block-kit/composition-objects/slack-file-object. ValueError without a chart.
    """
    chart = next((block for block in document.blocks if isinstance(block, Chart)), None)
    if chart is None:
        raise ValueError("the document has no chart")
    title = clip(one_line(chart.title) or "Chart", limits.SLACK_ALT_TEXT)
    image = {
        "type": "image",
        "slack_file": {"id": file_id},
        "title": plain_text(title),
        "alt_text": alt_text(chart),
    }
    said = f"{clip(title, 300)} [{', '.join(marks(document))}]"
    below = f"Belongs to “{clip(one_line(document.title), 200)}”. {_ROWS}"
    return {"text": mrkdwn(said), "blocks": [image, *small_print([" · ".join(marks(document)), below])]}


def alt_text(chart: Chart) -> str:
    """The chart in words: title, axes, labels, and each series with its values in their order; a gap is a dash."""
    named = [one_line(chart.title), axes(chart), ", ".join(one_line(label) for label in chart.labels)]
    for series in chart.series:
        values = (*series.values, *(None,) * len(chart.labels))[: len(chart.labels)]
        named.append(f"{one_line(series.name)}: {', '.join(number(value) for value in values)}")
    text = ". ".join(part for part in named if part) or "Chart"
    if limits.size(text) <= limits.SLACK_ALT_TEXT:
        return text
    return limits.split(text, limits.SLACK_ALT_TEXT - len(_REST))[0].rstrip(" ,") + _REST
