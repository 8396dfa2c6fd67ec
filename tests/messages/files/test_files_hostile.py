"""Files with words that attackers write: nothing runs, nothing breaks, nothing is lost."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from openpyxl import load_workbook
from pypdf import PdfReader

from messages.document import Bullets, Chart, Column, Document, Heading, KpiStrip, Paragraph, Series, Table, spans
from messages.files import Attachment, Format, Sheet, write
from tests.messages.documents import documents
from tests.messages.files.reading_back import FORMATS, csv_rows, made, outside, said, sampled, sheets_of, slides_of
from tests.messages.reader import Page
from tests.messages.sample import sample

FEW = settings(
    max_examples=int(os.environ.get("SOC_BOT_EXAMPLES", "12")),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
FORMULAS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    '=HYPERLINK("http://e.example")',
    "  =1",
)
TYPST = '#eval("1") #panic() $x$ *b* _i_ `r` \\ @ref <l> = h // c /* d */ #{sys.inputs} #read("/etc/passwd") https://e.example'


@pytest.mark.parametrize("words", FORMULAS)
def test_no_formula_starts(words: str) -> None:
    """A cell that a sheet program would run gets an apostrophe in CSV and is a string in XLSX, in every place."""
    figure = sample().figures[0].model_copy(update={"label": words, "definition": words, "note": words})
    table = Table(caption=words, columns=(Column(label=words),), rows=((spans(words),),))
    chart = Chart(shape="bar", title=words, labels=(words,), series=(Series(name=words, values=(1,)),), x_label=words)
    blocks = (Heading(text=words), table, chart, Bullets(items=(spans(words),)))
    document = Document(title=words, figures=(figure,), blocks=blocks)
    sheet = Sheet(name=words, columns=(words,), rows=((words,),), note=words)
    cells = [value for row in csv_rows(made(document, "csv")) for value in row.values()]
    cells += [value for row in csv_rows(made(Document(title="x"), "csv", (sheet,))) for value in row.values()]
    assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "＝", "\t", "\r"))] == []
    assert any(cell.startswith("'") for cell in cells)
    _no_formula(made(document, "xlsx", (sheet,)))
    with zipfile.ZipFile(io.BytesIO(made(document, "pptx"))) as deck:
        inner = [deck.read(name) for name in deck.namelist() if name.endswith(".xlsx")]
    assert len(inner) == 1
    _no_formula(inner[0])


def _no_formula(data: bytes) -> None:
    workbook = load_workbook(io.BytesIO(data))
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
    # openpyxl calls each string that begins with "=" a formula: what the file itself says is asked instead.
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        pages = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        drawn = b"".join(book.read(name) for name in book.namelist() if name.startswith("xl/charts/"))
    assert pages
    assert [page for page in pages if b"<f>" in page or b"<f " in page or b"<hyperlink" in page] == []
    assert cells
    references = [found.decode() for found in re.findall(rb"<c:f>([^<]*)</c:f>", drawn)]
    assert [one for one in references if not re.fullmatch(r"[^!]+!\$[A-Z]+\$\d+(:\$[A-Z]+\$\d+)?", one)] == []


def test_numbers_stay_numbers() -> None:
    """A negative number is a number and gets no apostrophe."""
    figure = sample().figures[0].model_copy(update={"value": -3, "previous": -4.5})
    row = csv_rows(made(Document(title="x", figures=(figure,)), "csv"))[0]
    assert (row["value"], row["previous"]) == ("-3", "-4.5")
    assert row["shown"] == "−3"


def test_typst_code_is_words() -> None:
    """What Typst would run stands in the PDF letter by letter, in title, text, cell, bullet, definition and chart."""
    figure = sample().figures[0].model_copy(update={"label": TYPST, "definition": TYPST, "cases": None})
    chart = Chart(shape="bar", title=TYPST, labels=(TYPST,), series=(Series(name=TYPST, values=(1,)),))
    table = Table(caption=TYPST, columns=(Column(label=TYPST),), rows=((spans(TYPST),),))
    blocks = (Heading(text=TYPST), Paragraph(text=spans(TYPST)), KpiStrip(figures=(figure.id,)), table, chart)
    found = said("pdf", made(Document(title=TYPST, figures=(figure,), blocks=blocks), "pdf"))
    assert "".join(found.split()).count("".join(TYPST.split())) >= 7


def test_a_pdf_links_to_the_web_alone() -> None:
    """Only http(s) links can be pressed in a PDF; there is no script and no file in it."""
    reader = PdfReader(io.BytesIO(sampled("pdf")))
    links = [str(note.get_object()["/A"]["/URI"]) for page in reader.pages for note in page.get("/Annots") or []]
    assert [link for link in links if not link.startswith(("http://", "https://"))] == []
    assert "/Names" not in reader.trailer["/Root"] or "/JavaScript" not in reader.trailer["/Root"]["/Names"]


def test_a_page_runs_nothing() -> None:
    """The standalone page has no script and no handler, names its policy, and its fold is open."""
    data = sampled("html").decode()
    page = Page(data[data.index("<body>") + 6 : data.index("</body>")])
    assert page.faults == []
    assert {name for name, _ in page.tags} & {"button", "form", "input"} == set()
    assert "default-src 'none'" in data
    assert data.count("<details open") == data.count("<details")


HUGE = " ".join(f"w{n}" for n in range(2000))


@pytest.mark.parametrize("form", ["html", "pdf", "pptx", "xlsx"])
def test_a_title_of_ten_thousand_characters_is_said_in_full(form: Format) -> None:
    """A long title, heading, cell and bullet lose no word, and no slide overflows."""
    table = Table(caption="Long", columns=(Column(label="A"), Column(label="B")), rows=((spans(HUGE), spans("b")),))
    document = Document(title=HUGE, blocks=(Heading(text=HUGE), table, Bullets(items=(spans(HUGE),))))
    data = made(document, form)
    found = said(form, data)
    assert [n for n in range(2000) if f"w{n} " not in f"{found} "] == []
    if form == "pptx":
        assert outside(data) == []
        assert len(slides_of(data)) > 6


@pytest.mark.parametrize("form", FORMATS)
def test_control_characters_do_not_reach_a_file(form: Format) -> None:
    """NUL, escapes, direction marks, half emoji: XML refuses some, readers are misled by others."""
    words = "a\0b\x1b[31mc\u202ed\ud800e\ufffef\u200bg\x07h"
    figure = sample().figures[0].model_copy(update={"label": words, "note": words})
    table = Table(caption=words, columns=(Column(label=words),), rows=((spans(words),),))
    document = Document(title=words, figures=(figure,), blocks=(table,))
    sheet = Sheet(name=words, columns=(words,), rows=((words,),), note=words)
    found = said(form, made(document, form, (sheet,)))
    assert "abcd\ufffdefgh" in found
    assert set(found) & {"\0", "\x1b", "\u202e", "\u200b", "\x07", "\ufffe"} == set()


def test_an_axis_named_by_blanks_has_no_title() -> None:
    """A label that is nothing but white space is no title of an axis, and no end of the slides."""
    chart = Chart(shape="bar", title="x", x_label=" \t", labels=("a",), series=(Series(name="s", values=(1,)),))
    assert len(slides_of(made(Document(title="x", blocks=(chart,)), "pptx"))) >= 2


def test_a_long_header_stands_once() -> None:
    """A header that may fill a page is not printed again on each page of its table: the file stays small."""
    labels = tuple("abc def " * 1_250 for _ in range(5))
    chart = Chart(shape="bar", title="x", labels=labels, series=(Series(name=labels[0], values=(1, 2, 3, 4, 5)),))
    assert len(made(Document(title="x", blocks=(chart,)), "pdf")) < 1_000_000


@pytest.mark.parametrize("form", FORMATS)
@FEW
@given(documents)
def test_any_document_becomes_a_file(form: Format, document: Document) -> None:
    """Whatever a document holds, each writer writes a file that another program opens."""
    data = made(document, form)
    if form == "pdf":
        # Its words are read elsewhere: pypdf takes a second a page of 10,000 letters.
        assert all(page.mediabox.width < page.mediabox.height for page in PdfReader(io.BytesIO(data)).pages)
        return
    assert ("TLP:AMBER" in said(form, data)) or form == "csv"
    if form == "pptx":
        assert outside(data) == []


def test_sheet_names_are_excels() -> None:
    """At most 31 characters, none forbidden, none twice, never "History"."""
    names = ("[x]:*?/\\", "History", "a" * 40, "a" * 41, "A" * 40, "'q'", "")
    sheets = tuple(Sheet(name=name, columns=("c",), rows=((1,),)) for name in names)
    found = list(sheets_of(made(Document(title="x"), "xlsx", sheets)))
    assert len(found) == len({name.casefold() for name in found}) == len(names) + 2
    assert max(map(len, found)) <= 31
    assert not set("".join(found)) & set("[]:*?/\\'")
    assert "history" not in map(str.casefold, found)


def test_a_cell_longer_than_excels_goes_on_below() -> None:
    """40,000 characters are two rows, and none is lost."""
    sheet = Sheet(name="long", columns=("id", "text"), rows=(("4711", "x" * 40_000), ("4712", "y")))
    rows = sheets_of(made(Document(title="x"), "xlsx", (sheet,)))["long"][4:]
    assert [row[0] for row in rows] == ["4711", None, "4712"]
    assert [len(row[1]) for row in rows] == [32_000, 8_000, 1]


def _layer(raw: str) -> bytes:
    return write(Attachment(name="l.json", format="layer", document=Document(title="x"), raw=raw))


def test_a_layer_is_passed_on_unchanged() -> None:
    """A Navigator layer 4.5 comes out as it went in."""
    raw = json.dumps({"versions": {"layer": "4.5"}, "name": "Ä"}, ensure_ascii=False)
    assert _layer(raw) == raw.encode()


@pytest.mark.parametrize("raw", ["", "[]", "{", '{"versions": {"layer": "4.4"}}', '{"versions": "4.5"}', '"4.5"'])
def test_what_is_no_layer_is_refused(raw: str) -> None:
    """Text that the Navigator would not open is an error, not a file."""
    with pytest.raises(ValueError, match=r"layer|Expecting|char"):
        _layer(raw)
