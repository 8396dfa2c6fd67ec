"""Templates of an organisation's files: generated, explained, valid as written and with their examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors.clock import SystemClock
from connectors.errors import NotConfigured
from connectors.models.organisation import FILES, Person, Record, StaffingPolicy
from connectors.organisation import YamlOrganisation, check
from connectors.organisation.files import load_file
from connectors.organisation.templates import EVERY, example, fields, meaning, meanings, template, to_fill
from connectors.organisation.wording import field_schema, schema_of


def filled(text: str) -> str:
    """What a person does to a template: takes the mark away from every line of the example."""
    return "\n".join(line.removeprefix("# ") for line in text.splitlines())


def written(folder: Path, *, examples: bool) -> Path:
    for record in to_fill():
        text = template(record)
        (folder / record.FILE).write_text(filled(text) if examples else text)
    return folder


def told(schema: Mapping[str, Any], part: Mapping[str, Any], title: str) -> Iterator[tuple[str, str, str]]:
    """(record, field, meaning) of a schema, nested records included."""
    for name, own in part.get("properties", {}).items():
        yield title, name, meaning(title, name, own)
        below = field_schema({**schema, **part}, (name,))
        rows = field_schema({**schema, **part}, (name, 0)) if below.get("type") == "array" else below
        yield from told(schema, rows, str(rows.get("title", "")))


def test_every_file_but_reference_data_has_a_template() -> None:
    """One template a record; the product's own reference data is not to be filled in."""
    assert {record.FILE for record in to_fill()} == {name for record, name in FILES.items() if not record.SHIPPED}


def test_every_field_is_explained_and_no_explanation_is_left_over() -> None:
    """Each field of each record, nested ones too, says what it means; fields.yaml explains nothing else."""
    every = [row for record in to_fill() for row in told(schema_of(record), schema_of(record), record.__name__)]
    assert [(title, name) for title, name, text in every if not text] == []
    there = {(title, name) for title, name, _ in every}
    texts = meanings()
    assert {(title, name) for title, own in texts.items() if title != EVERY for name in own} <= there
    assert set(texts[EVERY]) <= {name for _, name in there}


def test_a_line_says_name_need_values_and_meaning() -> None:
    """Required fields carry a star; allowed values, limits and what counts when left out are told."""
    lines = list(fields(Person))
    assert "  tier *: 1 to 4. 1 triage, 2 investigation, 3 hunting and response, 4 lead" in lines
    assert "  fte: a number more than 0 and at most 1 (left out: 1.0). Share of a full-time post" in lines


def test_nothing_is_filled_in_as_written(tmp_path: Path) -> None:
    """Every template holds no row: each reads as not filled in, by its name, and the doctor finds nothing wrong."""
    folder = written(tmp_path, examples=False)
    assert check(folder) == []
    for record in to_fill():
        with pytest.raises(NotConfigured, match=f"{record.FILE} is not filled in"):
            load_file(folder, record)


def test_every_example_is_valid_and_all_fit_together(tmp_path: Path) -> None:
    """Uncommenting every example gives one record a file, and nothing for the doctor to find."""
    folder = written(tmp_path, examples=True)
    assert check(folder) == []
    assert {record.FILE: len(load_file(folder, record)) for record in to_fill()} == {r.FILE: 1 for r in to_fill()}


@pytest.mark.parametrize("record", to_fill(), ids=lambda record: record.FILE)
def test_an_example_shows_all_that_is_required(record: type[Record]) -> None:
    """The example line of a file begins a record, and names every field that must be given."""
    lines = example(record)
    assert lines[0].startswith("- ") is not record.ONE
    names = {line[2:].split(":")[0] if not record.ONE else line.split(":")[0] for line in lines}
    assert {name for name, field in record.model_fields.items() if field.is_required()} <= names


async def test_not_filled_in_is_not_none(tmp_path: Path) -> None:
    """[] and {} are answers, comments alone are none: the error says what to write."""
    port = YamlOrganisation(tmp_path, SystemClock())
    (tmp_path / "roster.yaml").write_text("## roster.yaml\n# - id: a\n")
    (tmp_path / "staffing.yaml").write_text("# {}\n")
    with pytest.raises(NotConfigured, match=r"roster.yaml is not filled in .*or \[\] when there are none"):
        await port.read(Person)
    with pytest.raises(NotConfigured, match=r"staffing.yaml is not filled in .*or {} to take every default"):
        await port.read(StaffingPolicy)
    (tmp_path / "roster.yaml").write_text("[]\n")
    assert (await port.read(Person)).items == ()
