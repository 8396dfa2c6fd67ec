"""Template files that an organisation fills in, generated from the records.

A line that begins with `##` explains. Every other line is an example row behind `# `: taking that mark away gives a
valid file. As written a template holds no row and counts as not filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from textwrap import wrap
from typing import Any

from connectors.models.organisation import FILES, Record
from connectors.organisation.tree import Node, parse
from connectors.organisation.wording import field_schema, schema_of, what_to_write

EVERY = "every"
WIDTH = 110


def to_fill() -> tuple[type[Record], ...]:
    """Records an organisation keeps itself, by file name; reference data comes with the product."""
    return tuple(sorted((record for record in FILES if not record.SHIPPED), key=lambda record: record.FILE))


def template(record: type[Record]) -> str:
    """The whole text of a record's file: what it is for, each field, an example row."""
    about = [f"{record.FILE}: {record.PURPOSE}.", *_paragraph(record)]
    kind = "One mapping of name: value lines." if record.ONE else "A list: each record begins with a dash."
    told = [*about, "", f"{kind} * must be given.", "", *fields(record)]
    how = "Example, made up. Take the mark “# ” away from the lines below and write your own values."
    explained = [f"## {line}".rstrip() for line in [*told, "", how]]
    return "\n".join([*explained, *(f"# {line}" for line in example(record)), ""])


def _paragraph(record: type[Record]) -> list[str]:
    text = " ".join((record.__doc__ or "").replace("`", "").split())
    return wrap(text, WIDTH)


def fields(record: type[Record]) -> Iterator[str]:
    """One line a field: name, must it be given, what to write, what counts if left out, what it means."""
    schema = schema_of(record)
    yield from _fields(schema, schema, record.__name__, 1)


def _fields(schema: Mapping[str, Any], part: Mapping[str, Any], title: str, depth: int) -> Iterator[str]:
    required = set(part.get("required", ()))
    for name, own in part.get("properties", {}).items():
        below = field_schema({**schema, **part}, (name,))
        rows = field_schema({**schema, **part}, (name, 0)) if below.get("type") == "array" else {}
        expected = what_to_write(below) or "text"
        if rows.get("properties"):
            expected = "a list of records"
        elif below.get("type") == "array" and (each := what_to_write(rows)) and each != "text":
            expected = f"a list, each {each}"
        left_out = own.get("default")
        if left_out not in (None, "", [], {}):
            expected += f" (left out: {_shown(left_out)})"
        mark = " *" if name in required else ""
        told = meaning(title, name, own)
        text = f"{'  ' * depth}{name}{mark}: {expected}. {told[:1].upper()}{told[1:]}".rstrip(" .")
        yield from wrap(text, WIDTH, subsequent_indent="  " * (depth + 2))
        nested = rows if rows.get("properties") else below
        if nested.get("properties"):
            yield from _fields(schema, nested, str(nested.get("title", "")), depth + 1)


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return "true" if default else "false"
    if isinstance(default, list):
        return f"[{', '.join(_shown(one) for one in default)}]"
    if isinstance(default, dict):
        return f"{{{', '.join(f'{key}: {_shown(one)}' for key, one in default.items())}}}"
    return str(default)


def meaning(title: str, name: str, part: Mapping[str, Any]) -> str:
    """A field's description: the schema's own, else that of fields.yaml; empty when neither tells."""
    own = part.get("description")
    if own:
        return str(own)
    texts = meanings()
    return texts.get(title, {}).get(name) or texts[EVERY].get(name, "")


@lru_cache(maxsize=1)
def meanings() -> dict[str, dict[str, str]]:
    """fields.yaml: record name, or EVERY, → field → what it means."""
    kept: dict[str, dict[str, str]] = _data("fields.yaml")
    return kept


def example(record: type[Record]) -> list[str]:
    """The example row's lines as they stand in examples.yaml, with a dash for a list."""
    inside = _examples()[record.FILE]
    return inside if record.ONE else [f"{'- ' if n == 0 else '  '}{line}" for n, line in enumerate(inside)]


@lru_cache(maxsize=1)
def _examples() -> dict[str, list[str]]:
    """File name → lines, without the indentation below the file's name."""
    lines = _text("examples.yaml").splitlines()
    out: dict[str, list[str]] = {}
    at: list[str] = []
    for line in lines:
        if line.startswith("  "):
            at.append(line[2:])
        elif not line.startswith("#"):
            at = out.setdefault(line.rstrip(":"), [])
    return out


def _data(name: str) -> Any:
    root = parse(_text(name))
    assert isinstance(root, Node)  # noqa: S101 - shipped with the product
    return root.plain()


def _text(name: str) -> str:
    return (resources.files("connectors.organisation.templates") / name).read_text(encoding="utf-8")
