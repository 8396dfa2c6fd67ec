"""A deck being made, 16:9: slides with title, TLP label above and below, and a cursor that knows the room left.

Lengths in inches, letters in points. Everything is a native text box, table or chart, in Arial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from messages.document import Document
from messages.escape import one_line
from messages.files.fit import em, lines
from messages.files.said import TLP_INK, freshness, label, marks
from messages.limits import headed

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide
    from pptx.text.text import TextFrame

WIDE, HIGH, LEFT = 13.333, 7.5, 0.6
ROOM = WIDE - 2 * LEFT
TOP, BOTTOM = 1.45, 6.8
INK, SOFT, LINE, PAPER, ON_DARK = "12263F", "52606D", "C5CED8", "F5F7FA", "FFFFFF"
TITLE = 90
"""Characters of a slide's title; what is longer goes on in the slide's text."""
_LEADING = 1.2
_ON = " (continued)"
_RECTANGLE = 1
"""MSO_AUTO_SHAPE_TYPE.RECTANGLE."""
_TITLE_ONLY = 5
"""Layout of python-pptx's own template with a title and nothing else."""


@dataclass(frozen=True)
class Run:
    """Words of one look."""

    text: str
    bold: bool = False
    colour: str = ""
    mono: bool = False
    url: str = ""


Runs = tuple[Run, ...]


def height(count: int, size: float) -> float:
    """Inches of so many lines."""
    return count * size * _LEADING / 72


def line_count(text: str, size: float, width: float) -> int:
    """Lines of a text in a box `width` inches wide."""
    return len(lines(text, width * 72 / size))


@dataclass
class Deck:
    """The presentation, the slide being filled and how far down it is filled."""

    file: Presentation
    document: Document
    slide: Slide | None = None
    title: str = ""
    y: float = TOP
    pages: list[tuple[Slide, str]] = field(default_factory=list)

    def fresh(self, title: str) -> Slide:
        """A new slide; its title is never longer than two lines."""
        slide: Slide = self.file.slides.add_slide(self.file.slide_layouts[_TITLE_ONLY])
        shown, _ = headed(one_line(title) or "Answer", TITLE)
        size = 24 if em(shown) * 24 / 72 < ROOM else 18
        frame = _placed_title(slide, LEFT, 0.55, ROOM, 0.8)
        write(frame, (Run(shown, bold=True, colour=INK),), size)
        self._label(slide, 0.14)
        rectangle(slide, INK, LEFT, 1.36, ROOM, 0.02)
        self._footer(slide)
        self.slide, self.title, self.y = slide, title, TOP + 0.1
        return slide

    def room(self) -> float:
        """Inches left on this slide."""
        return BOTTOM - self.y if self.slide else 0

    def need(self, inches: float) -> Slide:
        """This slide when so much is left on it, else the next one under the same title."""
        if self.slide is None or self.room() < inches:
            return self.next()
        return self.slide

    def next(self) -> Slide:
        """A new slide under the same title, "(continued)" when it is not the first under it."""
        words = self.title or self.document.title
        return self.fresh(words if self.slide is None or words.endswith(_ON) else words + _ON)

    def text(self, runs: Runs, box: tuple[float, float, float, float], size: float, align: str = "left") -> Any:
        """A text box of (left, top, width, height) on this slide."""
        slide = self.slide or self.fresh(self.document.title)
        return textbox(slide, runs, box, size, align)

    def _label(self, slide: Slide, top: float) -> None:
        words = label(self.document)
        wide = em(words) * 12 / 72 + 0.3
        badge = rectangle(slide, "000000", WIDE - LEFT - wide, top, wide, 0.3)
        write(badge.text_frame, (Run(words, bold=True, colour=TLP_INK[self.document.tlp]),), 12, "center")
        others = "  ·  ".join(marks(self.document)[1:])
        if others:
            textbox(slide, (Run(others, bold=True, colour=SOFT),), (WIDE - LEFT - wide - 7.1, top, 7, 0.3), 12, "right")

    def _footer(self, slide: Slide) -> None:
        self._label(slide, 7.08)
        self.pages.append((slide, freshness(self.document)))

    def number(self) -> None:
        """Writes freshness and "3 of 12" below each slide, once it is known how many there are."""
        for page, (slide, said) in enumerate(self.pages, start=1):
            words = f"{said}   ·   {page} of {len(self.pages)}"
            textbox(slide, (Run(words, colour=SOFT),), (LEFT, 7.08, 5, 0.3), 10)


def textbox(
    slide: Slide, runs: Runs, box: tuple[float, float, float, float], size: float, align: str = "left"
) -> TextFrame:
    """A text box on a slide; its frame."""
    frame: TextFrame = slide.shapes.add_textbox(*_box(*box)).text_frame
    write(frame, runs, size, align)
    return frame


def write(frame: TextFrame, runs: Runs, size: float, align: str = "left") -> None:
    """Words into a frame, without margins, wrapped."""
    from pptx.enum.text import PP_ALIGN  # noqa: PLC0415
    from pptx.util import Pt  # noqa: PLC0415

    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Pt(0)
    paragraph = frame.paragraphs[0]
    paragraph.alignment = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}[align]
    for one in runs:
        run = paragraph.add_run()
        run.text = one.text
        font = run.font
        font.name, font.size, font.bold = ("Courier New" if one.mono else "Arial"), Pt(size), one.bold
        font.color.rgb = rgb(one.colour or "1F2933")
        if one.url:
            run.hyperlink.address = one.url


def rgb(colour: str) -> Any:
    """A colour from "12263F"."""
    from pptx.dml.color import RGBColor  # noqa: PLC0415

    return RGBColor.from_string(colour)  # type: ignore[no-untyped-call]


def rectangle(slide: Any, colour: str, *inches: float) -> Any:
    """A rectangle of one colour at left, top, width, height."""
    shape = slide.shapes.add_shape(_RECTANGLE, *_box(*inches))
    _paint(shape, colour)
    return shape


def _paint(shape: Any, colour: str) -> None:
    """One colour, no edge, no shadow."""
    from pptx.enum.text import MSO_ANCHOR  # noqa: PLC0415

    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(colour)
    shape.line.fill.background()
    shape.shadow.inherit = False
    shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE


def _box(*inches: float) -> Sequence[Any]:
    from pptx.util import Inches  # noqa: PLC0415

    return [Inches(one) for one in inches]


def place(shape: Any, *inches: float) -> None:
    """Moves and sizes a shape: left, top, width, height."""
    shape.left, shape.top, shape.width, shape.height = _box(*inches)


def _placed_title(slide: Slide, *inches: float) -> TextFrame:
    from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE  # noqa: PLC0415

    shape = slide.shapes.title
    assert shape is not None  # noqa: S101 - the layout has one
    place(shape, *inches)
    shape.text_frame.auto_size = MSO_AUTO_SIZE.NONE
    shape.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
    frame: TextFrame = shape.text_frame
    return frame
