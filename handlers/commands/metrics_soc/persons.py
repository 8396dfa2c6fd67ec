"""`--person`: load by person, for a manager in a direct message, never as a ranking."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence

from handlers.analysis.workload import Handled
from handlers.core.access import Permission
from handlers.core.book import cell
from handlers.core.call import Authorised
from handlers.core.errors import UserError
from handlers.core.soc import Soc
from messages.document import Block, Column, Context, Heading, Paragraph, Table, spans
from messages.prose import duration, quantity

SALT_KEY = "pseudonym:salt"
SALT_SECONDS = 400 * 86_400


def permit(call: Authorised) -> None:
    """Raise Denied without the permission, UserError outside a direct message."""
    call.principal.require(Permission.PERSONS)
    if call.address.visibility != "direct":
        raise UserError(
            "Figures of persons are answered in a direct message only.",
            "Send me the same line as a direct message; the anonymous distribution is in `metrics soc`.",
            ["metrics soc"],
        )


async def names(soc: Soc, people: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """What each desk user is called: the roster's name, or a pseudonym that stays the same for a year."""
    if not soc.pseudonyms:
        return {person: known.get(person, person) for person in people}
    await soc.store.add(SALT_KEY, secrets.token_hex(16), SALT_SECONDS)
    salt = await soc.store.get(SALT_KEY) or ""
    digests = {p: hmac.new(salt.encode(), p.encode(), hashlib.sha256).hexdigest() for p in people}
    return {person: f"Person {digest[:6]}" for person, digest in digests.items()}


def blocks(rows: Sequence[Handled], called: Mapping[str, str], label: str) -> list[Block]:
    """One row a person in the order of their names, with the case mix beside the time."""
    if not rows:
        return [Heading(text="By person"), Paragraph(text=spans("No closed case had a human owner."))]
    heads = ("Cases", "Critical or high", "Median", "Mean", "False positives")
    lines = sorted(((called[row.person], row) for row in rows), key=lambda pair: pair[0])
    table = Table(
        caption=f"Cases closed in {label}, by last owner",
        columns=(Column(label="Person"), *(Column(label=h, align="right") for h in heads)),
        rows=tuple(
            (
                cell(name),
                cell(f"{row.cases:,}"),
                cell(quantity(row.urgent / row.cases, "share")),
                cell(_time(row.median, row.cases)),
                cell(_time(row.mean, row.cases)),
                cell(f"{row.false_positives:,} of {row.judged:,}"),
            )
            for name, row in lines
        ),
    )
    note = (
        "Times follow the case mix: who takes urgent or hard cases shows other times than who takes easy ones. "
        "This is load, not performance; it is not ranked. Under five cases no time is given."
    )
    return [Heading(text="By person"), table, Context(text=spans(note))]


def _time(seconds: float | None, cases: int) -> str:
    return "too few" if seconds is None or cases < 5 else duration(seconds)
