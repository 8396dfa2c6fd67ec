"""What a reader of a card can press: buttons, menus, forms, a folded part."""

from collections.abc import Iterator, Sequence

from messages import limits
from messages.adaptive_card.pack import BODY, Group
from messages.adaptive_card.runs import Element, length, words
from messages.document import Button, Document, Form, Input
from messages.escape import clean, one_line
from messages.limits import chunks, clip
from messages.reading import opened

_TITLE = 100
_STYLES = {"primary": "positive", "danger": "destructive"}
_FOLD = 12_000


def buttons(found: Sequence[Button]) -> Iterator[Group]:
    """Buttons of verb `line`, six a row; a label that is too long stands above in full."""
    for button in found:
        if limits.size(one_line(button.label)) > _TITLE:
            yield from (Group((element,)) for element in words(f"Button: {one_line(button.label)}"))
    actions = [_button(button) for button in found]
    yield from (Group(({"type": "ActionSet", "actions": list(run)},)) for run in chunks(actions, limits.TEAMS_ACTIONS))


def _button(button: Button) -> Element:
    styled = {"style": _STYLES[button.style]} if button.style in _STYLES else {}
    data = {"line": clean(button.line).strip() or "help"}
    return {**_execute(button.label, "line", data), "associatedInputs": "none", **styled}


def _execute(title: str, verb: str, data: Element) -> Element:
    return {"type": "Action.Execute", "title": clip(one_line(title), _TITLE) or "Run", "verb": verb, "data": data}


def menus(document: Document) -> Iterator[Group]:
    """The cases behind the figures: a menu and a button of verb `line` whose data names the menu."""
    for number, run in enumerate(chunks(opened(document), limits.SLACK_OPTIONS)):
        name = f"open.{number}" if number else "open"
        choices = [{"title": _choice(label), "value": line} for label, line in run]
        label = "Cases behind a figure"
        menu = {"type": "Input.ChoiceSet", "id": name, "label": label, "style": "compact", "choices": choices}
        action = _execute("Open", "line", {"menu": name})
        yield Group((menu, {"type": "ActionSet", "actions": [action]}))


def _choice(label: str) -> str:
    name, _, cases = label.rpartition(": ")
    return f"{clip(name, _TITLE)}: {cases}"


def form(found: Form, index: int) -> Iterator[Group]:
    """Inputs named `form<index>.<name>` and a button of verb `form`; `received.submitted` reads what comes back.

    No input is `isRequired`: Teams checks every input of a card on every press, so one empty field would lock the
    menus beside the form. The command's parser says what is missing.
    """
    prefix = f"form{index}."
    switches = [field.name for field in found.inputs if field.kind == "switch"]
    data = {"command": one_line(found.command), "prefix": prefix, "switches": switches}
    submit = {"type": "ActionSet", "actions": [_execute(found.submit, "form", data)]}
    elements = (
        *words(one_line(found.title), weight="Bolder"),
        *(_input(field, prefix) for field in found.inputs),
        submit,
    )
    if sum(length(element) + 2 for element in elements) > BODY // 2:
        said = f"{one_line(found.title)}: the form is too long for a card. Type the command: {one_line(found.command)}"
        yield from (Group((element,)) for element in words(said))
        return
    yield Group(elements)


def _input(field: Input, prefix: str) -> Element:
    needed = "required" if field.required and field.kind != "switch" else ""
    label = " — ".join(part for part in (one_line(field.label) or field.name, needed, one_line(field.hint)) if part)
    common: Element = {"id": prefix + field.name, "label": label}
    match field.kind:
        case "switch":
            on = "true" if field.value == "true" else "false"
            return {
                "type": "Input.Toggle",
                **common,
                "title": "Yes",
                "value": on,
                "valueOn": "true",
                "valueOff": "false",
            }
        case "choice":
            choices = [
                {"title": one_line(choice.label) or choice.value, "value": choice.value} for choice in field.choices
            ]
            chosen = {"value": field.value} if field.value in {choice.value for choice in field.choices} else {}
            return {"type": "Input.ChoiceSet", **common, "style": "compact", "choices": choices, **chosen}
        case "text" | "multiline":
            many = field.kind == "multiline"
            return {"type": "Input.Text", **common, "isMultiline": many, "value": clean(field.value)}


def toggled(name: str, title: str, elements: Sequence[Element]) -> Iterator[Group]:
    """Elements folded behind a button; in several folds when they are long."""
    for number, run in enumerate(_folds(elements)):
        target = f"{name}.{number}" if number else name
        said = f"{title} ({number + 1})" if number else title
        action = {"type": "Action.ToggleVisibility", "title": said, "targetElements": [target]}
        fold = {"type": "Container", "id": target, "isVisible": False, "items": list(run)}
        yield Group(({"type": "ActionSet", "actions": [action]}, fold))


def _folds(elements: Sequence[Element]) -> Iterator[list[Element]]:
    run: list[Element] = []
    for element in elements:
        if run and sum(map(length, run)) + length(element) > _FOLD:
            yield run
            run = []
        run.append(element)
    if run:
        yield run
