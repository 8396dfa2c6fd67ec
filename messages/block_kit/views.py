"""App Home and modals."""

from typing import Any

from messages import limits
from messages.block_kit import parts
from messages.block_kit.pack import HOME, Group, Page
from messages.block_kit.rich import Block, Element, paragraphs, words
from messages.block_kit.small import header, plain_text, small_print
from messages.document import Choice, Document, Form, Input
from messages.escape import clean, one_line
from messages.limits import chunks, clip, size
from messages.reading import marks

View = dict[str, Any]
_ACTION = "value"


def home(document: Document) -> View:
    """The Home tab: charts as rows. What does not fit one tab is counted in the last line, never dropped silently."""
    head, rest = header(document.title)
    title = [Group((block,)) for block in paragraphs([words(rest)])] if rest else []
    page, left = Page(HOME), 0
    for group in [*title, *parts.groups(document, draw_charts=False)]:
        left += not page.take(group)
    missing = [f"{left} more parts do not fit this tab: ask for them in a message"] if left else []
    blocks = [head, *small_print([" · ".join(marks(document))]), *page.blocks, *small_print(missing)]
    return {"type": "home", "blocks": blocks}


def modal(form: Form, private_metadata: str = "") -> View:
    """A modal whose submission `submitted` reads. Block ids are the inputs' names, the action id is `value`.

    ValueError when `private_metadata` is longer than Slack's 3,000 characters: cut, it would be unreadable.
    """
    if size(private_metadata) > limits.SLACK_PRIVATE_METADATA:
        raise ValueError("private_metadata is longer than Slack accepts")
    title = one_line(form.title) or "Form"
    whole = paragraphs([words(title, bold=True)]) if size(title) > limits.SLACK_VIEW_TITLE else []
    inputs = [_input(field) for field in form.inputs] or paragraphs([words("This command takes no arguments.")])
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain_text(clip(title, limits.SLACK_VIEW_TITLE)),
        "submit": plain_text(clip(one_line(form.submit) or "Run", limits.SLACK_VIEW_TITLE)),
        "close": plain_text("Cancel"),
        "private_metadata": private_metadata,
        "blocks": [*whole, *inputs],
    }


def _input(field: Input) -> Block:
    label = clip(one_line(field.label) or field.name, limits.SLACK_INPUT_LABEL)
    block: Block = {"type": "input", "block_id": clip(field.name, 255), "label": plain_text(label)}
    block["element"] = {"action_id": _ACTION, **_element(field)}
    block["optional"] = field.kind == "switch" or not field.required
    hints = [one_line(field.hint)]
    if field.kind in {"text", "multiline"} and size(clean(field.value)) > limits.SLACK_INPUT_VALUE:
        hints.append("The text above was cut at 3,000 characters.")
    if hint := " ".join(hint for hint in hints if hint):
        block["hint"] = plain_text(clip(hint, limits.SLACK_INPUT_LABEL))
    return block


def _element(field: Input) -> Element:
    if field.kind == "switch":
        option = {"text": plain_text("Yes"), "value": "true"}
        ticked = {"initial_options": [option]} if field.value == "true" else {}
        return {"type": "checkboxes", "options": [option], **ticked}
    if field.kind == "choice" and field.choices:
        options = [_option(choice) for choice in field.choices]
        initial = [option for option, choice in zip(options, field.choices, strict=True) if choice.value == field.value]
        chosen = {"initial_option": initial[0]} if initial else {}
        return {"type": "static_select", **_offered(options), **chosen}
    value = clean(field.value) if field.kind == "multiline" else one_line(field.value)
    filled = {"initial_value": limits.split(value, limits.SLACK_INPUT_VALUE)[0]} if value else {}
    return {"type": "plain_text_input", "multiline": field.kind == "multiline", **filled}


def _offered(options: list[Element]) -> Element:
    if len(options) <= limits.SLACK_OPTIONS:
        return {"options": options}
    runs = enumerate(chunks(options, limits.SLACK_OPTIONS), start=1)
    return {"option_groups": [{"label": plain_text(f"Part {number}"), "options": list(run)} for number, run in runs]}


def _option(choice: Choice) -> Element:
    label = clip(one_line(choice.label) or choice.value, limits.SLACK_OPTION_TEXT)
    return {"text": plain_text(label), "value": choice.value}


def submitted(view: View) -> dict[str, str | bool]:
    """The fields of a submitted modal by input name; an empty field is left out, a switch is True or left out."""
    values: dict[str, str | bool] = {}
    for name, actions in view["state"]["values"].items():
        element = actions[_ACTION]
        match element["type"]:
            case "checkboxes":
                value: str | bool | None = bool(element.get("selected_options"))
            case "static_select":
                value = (element.get("selected_option") or {}).get("value")
            case _:
                value = element.get("value")
        if value:
            values[name] = value
    return values
