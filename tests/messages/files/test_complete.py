"""Nothing is lost on the way to a file, every page says how it may be used, and equal answers are equal bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook
from pptx import Presentation
from pypdf import PdfReader

from messages.document import Actions, Chart, Column, Document, Form, Series, Table, spans
from messages.files import MEDIA, Format, Sheet, file_name, write
from tests.messages.files.reading_back import (
    FORMATS,
    attached,
    csv_rows,
    made,
    outside,
    pdf_pages,
    said,
    sampled,
    sheets_of,
    slides_of,
)
from tests.messages.reader import document_words
from tests.messages.sample import NOW, charts, sample

CASES = Sheet(
    name="Cases: open/critical",
    columns=("Case", "Title", "Alerts", "Opened"),
    rows=(("4711", "Impossible travel", 3, NOW), ("4712", "=1+1", None, None)),
    note="2 of 412 cases",
)


def still(document: Document) -> Document:
    """What a file can hold of a document: no buttons, no forms, nothing to open."""
    kept = tuple(block for block in document.blocks if not isinstance(block, Actions | Form))
    figures = tuple(figure.model_copy(update={"cases": None}) for figure in document.figures)
    return document.model_copy(update={"blocks": kept, "figures": figures})


@pytest.mark.parametrize("form", ["html", "pdf", "pptx"])
def test_every_word_is_in_the_file(form: Format) -> None:
    """Each word of the answer is in the page, the PDF and the deck: cells, definitions, sources, charts."""
    found = said(form, sampled(form))
    words = document_words(still(sample()))
    assert len(words) > 120
    # pypdf cannot tell where a table's long word goes on in the next line: there the letters are compared.
    letters = "".join(found.split())
    # On paper a definition stands below its figure, where a chat has a dash between them.
    assert sorted(word for word in words - {"—"} if word not in letters) == []


def test_charts_in_a_deck_are_native_and_hold_the_numbers() -> None:
    """Line, bar, stacked and pie open as PowerPoint's own charts with the document's numbers; a gap stays a gap."""
    file = Presentation(io.BytesIO(sampled("pptx")))
    drawn = [shape.chart for slide in file.slides for shape in slide.shapes if shape.has_chart]
    told = [chart for chart in charts() if chart.shape != "heatmap"]
    assert len(drawn) == len(told) == 4
    for native, chart in zip(drawn, told, strict=True):
        assert tuple(map(str, native.plots[0].categories)) == chart.labels
        assert [tuple(series.values) for series in native.plots[0].series] == [one.values for one in chart.series]


def test_the_workbook_has_its_sheets() -> None:
    """Summary first, then figures, one sheet a table, one a chart, one a set of rows, provenance last."""
    found = sheets_of(made(sample(), "xlsx", (CASES,)))
    assert list(found) == [
        "Summary",
        "Figures",
        "Oldest open cases",
        *(chart.title for chart in charts()),
        "Cases  open critical",
        "Provenance",
    ]
    summary = [" ".join(str(cell) for cell in row if cell is not None) for row in found["Summary"]]
    for words in ("SOC performance, week 47", "412 open, 7 critical.", "Rule", "Threat intelligence did not answer"):
        assert any(words in line for line in summary), words
    assert found["Cases  open critical"][2][0] == "2 of 412 cases"
    assert found["Cases  open critical"][4] == ["4711", "Impossible travel", 3, NOW.replace(tzinfo=None)]
    assert found["Cases  open critical"][5] == ["4712", "=1+1", None, None]
    assert found["Provenance"][6][1] == "FAILED"
    assert found["Oldest open cases"][2][0] == "2 of 412 rows"


def test_headers_stay_in_sight() -> None:
    """Each sheet of rows has its header frozen and repeated on paper."""
    workbook = load_workbook(io.BytesIO(made(sample(), "xlsx", (CASES,))))
    for sheet in workbook.worksheets[1:]:
        assert sheet.freeze_panes == "B5", sheet.title
        assert sheet.print_title_rows == "$4:$4", sheet.title


@pytest.mark.parametrize("tlp", ["red", "amber+strict", "clear"])
def test_marks_are_on_every_page(tlp: str) -> None:
    """TLP, simulated and personal data are said on each page, slide, sheet and row: any of them may travel alone."""
    document = sample().model_copy(update={"tlp": tlp, "private": True})
    label = f"TLP:{tlp.upper()}"
    pages = pdf_pages(made(document, "pdf"))
    slides = slides_of(made(document, "pptx"))
    workbook = load_workbook(io.BytesIO(made(document, "xlsx", (CASES,))))
    assert len(pages) > 3
    assert len(slides) > 8
    for words in (*pages, *slides):
        assert words.count(label) >= 2
        assert words.count("Simulated data") >= 2
        assert words.count("Personal data: do not pass on") >= 2
    for sheet in workbook.worksheets:
        for words in (sheet["A1"].value, sheet.oddHeader.right.text, sheet.oddFooter.right.text):
            assert all(mark in words for mark in (label, "Simulated data", "Personal data")), sheet.title
    assert all(row["marks"].startswith(label) for row in csv_rows(made(document, "csv")))
    assert said("html", made(document, "html")).count(label) >= 3


def test_nobody_is_told_of_personal_data_without_need() -> None:
    """An answer that is not private carries no such mark."""
    assert all("Personal data" not in said(form, sampled(form)) for form in FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_equal_answers_are_equal_bytes(form: Format) -> None:
    """The same attachment is the same file, to the byte, and bears the document's date."""
    attachment = attached(sample(), form, (CASES,))
    assert write(attachment) == write(attachment.model_copy())
    assert MEDIA[form]


def test_dates_inside_are_the_documents() -> None:
    """Metadata and zip entries bear the document's instant, the workbooks inside a deck included."""
    deck = sampled("pptx")
    assert Presentation(io.BytesIO(deck)).core_properties.created == NOW.replace(tzinfo=None)
    assert PdfReader(io.BytesIO(sampled("pdf"))).metadata.creation_date == NOW
    with zipfile.ZipFile(io.BytesIO(deck)) as outer:
        assert {entry.date_time for entry in outer.infolist()} == {(2026, 11, 22, 9, 0, 0)}
        inner = [name for name in outer.namelist() if name.endswith(".xlsx")]
        assert len(inner) == 4
        book = load_workbook(io.BytesIO(outer.read(inner[0])))
    assert book.properties.created == NOW.replace(tzinfo=None)


def _long(rows: int) -> Document:
    columns = tuple(Column(label=label) for label in ("Case", "Alert", "Owner"))
    found = tuple((spans(f"case-{n:04d}"), spans("word " * (n % 40)), spans("Analyst 07")) for n in range(rows))
    return Document(title="All cases", blocks=(Table(caption="Cases", columns=columns, rows=found, total=rows + 7),))


@pytest.mark.parametrize("form", ["xlsx", "html", "pdf", "pptx"])
def test_every_row_of_a_long_table_is_there(form: Format) -> None:
    """200 rows are 200 rows, over as many pages and slides as it takes, and it is said that 207 exist."""
    data = made(_long(200), form)
    found = said(form, data)
    assert [n for n in range(200) if f"case-{n:04d}" not in found] == []
    assert "of 207" in found
    if form == "pptx":
        assert len(slides_of(data)) > 10
        assert outside(data) == []


def test_nothing_leaves_a_slide() -> None:
    """Every shape of the sample's deck stands within its slide."""
    assert outside(sampled("pptx")) == []


def test_a_csv_of_rows_when_there_are_no_figures() -> None:
    """Without figures the CSV is the first sheet, with its note; without either it is a header."""
    rows = csv_rows(made(Document(title="x"), "csv", (CASES,)))
    assert [row["Case"] for row in rows] == ["4711", "4712"]
    assert {row["sheet_note"] for row in rows} == {"2 of 412 cases"}
    assert rows[0]["Opened"] == "2026-11-22T09:00:00Z"
    empty = CASES.model_copy(update={"rows": ()})
    assert csv_rows(made(Document(title="x"), "csv", (empty,)))[0]["sheet_note"] == "2 of 412 cases"
    assert made(Document(title="x"), "csv").decode("utf-8-sig").startswith('"id","label","value"')


def test_an_axis_of_bars_begins_at_zero() -> None:
    """A bar chart whose values are near each other is not cut, in the deck as in the drawing."""
    chart = Chart(shape="bar", title="t", labels=("a", "b"), series=(Series(name="s", values=(98, 99)),))
    file = Presentation(io.BytesIO(made(Document(title="x", blocks=(chart,)), "pptx")))
    drawn = next(shape.chart for slide in file.slides for shape in slide.shapes if shape.has_chart)
    assert drawn.value_axis.minimum_scale == 0


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("SOC performance, 2026-10", "soc-performance-2026-10_2026-11-22.csv"),
        ("../../etc/passwd\0", "etc-passwd_2026-11-22.csv"),
        ("\u202egnp.exe", "gnp-exe_2026-11-22.csv"),
        ("漢字", "answer_2026-11-22.csv"),
        ("CON", "answer-con_2026-11-22.csv"),
        ("Übersicht für Ä", "ubersicht-fur-a_2026-11-22.csv"),
        ("x" * 10_000, "x" * 80 + "_2026-11-22.csv"),
    ],
)
def test_a_file_name_is_one_every_system_takes(title: str, name: str) -> None:
    """Letters, digits and hyphens; no path, no device, no disguise."""
    assert file_name(title, datetime(2026, 11, 22, tzinfo=UTC), "csv") == name


def test_a_layer_is_json_by_name() -> None:
    """A Navigator layer is a .json file."""
    assert file_name("Coverage", NOW, "layer") == "coverage_2026-11-22.json"


@pytest.mark.parametrize("form", ["html", "pdf", "pptx"])
def test_a_paper_says_where_its_cases_are(form: Format) -> None:
    """A file without the cases behind its figures names the workbook that has them; else it says nothing of them."""
    name = attached(sample(), "xlsx").name
    found = "".join(said(form, sampled(form)).split())
    assert "".join(f"are in the XLSX of the same name, {name}, which".split()) in found
    assert "ofthesamename" not in "".join(said(form, made(still(sample()), form)).split())


def test_a_picture_says_how_it_may_be_used() -> None:
    """The picture of a chart is a PNG of its own for each label; a document without a chart has none."""
    chart = next(chart for chart in charts() if chart.shape == "heatmap")
    green = Document(title="t", blocks=(chart,), tlp="green")
    picture = made(green, "png")
    assert picture.startswith(b"\x89PNG") and picture == made(green, "png")
    assert picture != made(green.model_copy(update={"tlp": "red"}), "png")
    with pytest.raises(ValueError, match="no chart"):
        made(Document(title="t"), "png")
