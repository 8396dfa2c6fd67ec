"""The quarterly review for an audience: the last complete fiscal quarter, said from one set of figures."""

from __future__ import annotations

import asyncio

from handlers.commands.communicate import quarter as q
from handlers.commands.communicate.audiences import VOICES
from handlers.commands.communicate.message import DRAFT_ONLY, body
from handlers.commands.communicate.quarter_lines import own_ids, sections
from handlers.core import cells
from handlers.core.access import TLP_ORDER, Permission, Tlp
from handlers.core.book import Book, worst
from handlers.core.call import Authorised
from handlers.core.fetch import shortfall
from handlers.core.redaction import Redactor, terms
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages import stakeholder as letters
from messages.document import (
    Actions,
    Block,
    Button,
    Context,
    Document,
    Heading,
    KpiStrip,
    Notice,
    Verdict,
    spans,
    typed,
)
from messages.prose import quantity

RULE = "the worst of: promises kept and time to resolve, each against its target (unknown without target or value)."
JUDGED = ("sla.attainment", "mttr.median")


async def answer(audience: str, call: Authorised, soc: Soc) -> Document:
    """A draft; budget, people, plan and asks only for executives and the board."""
    now, zone = soc.clock.now(), soc.zone.key
    inputs = await q.gather(soc)
    when = q.span(inputs, now, zone)
    found = await asyncio.to_thread(q.measures, inputs, when, now, zone) if inputs.ledger.value is not None else None
    sheet = Sheet(call, soc, Permission.REPORTS)
    book = Book(sheet, (inputs.ledger.source,), when.window, q.rows(inputs.targets))
    if found is not None:
        q.add_all(book, found, when, any(one.metric == "resolve" for one in q.rows(inputs.policies)))
    hide = Redactor(terms(q.rows(inputs.people), q.rows(inputs.services), (), ()), own_ids(inputs)).free
    values = sections(inputs, found, when, sheet, audience)
    clean = {name: [hide(line) for line in lines] for name, lines in values.items()}
    lines = letters.draft("review", {**clean, "quarter": when.label})
    sources = tuple(got.source for got in inputs.all)
    strip = tuple(one for one in ("incidents.count", *JUDGED) if one in sheet)
    blocks: list[Block] = [Notice(level="info", text=typed(DRAFT_ONLY)), *shortfall(*inputs.all)]
    blocks += [KpiStrip(figures=strip)] if strip else []
    blocks += [Heading(text="Draft"), *body(lines)]
    waits = ", then ".join(VOICES[audience].approvers)
    blocks.append(Context(text=spans(f"Approval: draft; waits for {waits or 'nobody'}. {q.METHOD}")))
    tlp: Tlp = max(VOICES[audience].tlp, "amber", key=TLP_ORDER.index)
    return Document(
        title=f"Quarterly review for {audience}, {when.label}", verdict=_verdict(book, audience),
        blocks=(*blocks, cells.quality(sources), _more(audience)), figures=await sheet.keep(), provenance=sources,
        tlp=tlp,
    )  # fmt: skip


def _verdict(book: Book, audience: str) -> Verdict:
    colour = worst([book.colour(one) for one in JUDGED])
    told = [
        f"{figure.label} {quantity(figure.value, figure.unit)}"
        for figure in (book.sheet[one] for one in JUDGED if one in book.sheet)
    ]
    text = f"Draft for {audience}, not approved and not sent. " + (", ".join(told) or "No measure could be made") + "."
    return Verdict(text=spans(text), status=colour, rule=RULE)


def _more(audience: str) -> Actions:
    lines = (
        ("Refresh", f"communicate --stakeholder {audience} --quarterly-review"),
        ("Current matter", f"communicate --stakeholder {audience}"),
        ("Peers", "benchmark --industry-comparison"),
    )
    return Actions(buttons=tuple(Button(label=label, line=line) for label, line in lines))
