"""The words of the pack's README: what each file is, and how the chain is verified. Pure."""

from __future__ import annotations

from datetime import UTC

from handlers.crisis.need_to_know import strictest
from handlers.crisis.record import Record

_README = """{name}: after-action pack
{line}
{title}
{drill}
As of entry #{version} of {as_of:%Y-%m-%d %H:%M:%S} UTC. TLP:{tlp}: pass it on accordingly. All times are UTC.

README.txt               this page
review.html, review.pdf  the after-action review (one may be missing: then it could not be written where this was made)
timeline.csv             every entry, in the order it was logged: when it happened, when it was logged, what, who, hash
timeline.jsonl           the same entries as they are kept: number, hash, event; this is what the hashes are made over
decisions.csv            what was decided, from which options, why, on which facts, what was reversed
approvals.csv            every approval of a message: of which text (SHA-256), as which role, by whom, when, if valid
letters/                 the messages, as worded last
clocks.csv               regulatory deadlines, filings with the authority's reference
tasks.csv                tasks with owner and outcome
statements.csv           facts, assumptions, unknowns
evidence.csv             evidence and the hands it went through
costs.csv                money spent or promised, per currency
asks.csv                 questions to owners, and what each answered
metrics.csv              figures of the response, each with its definition
permalinks.csv           chat rooms and messages by platform, channel and id; a link where the platform gave one
verify.py                verifies timeline.jsonl; needs Python 3 and nothing else

Verify
  SOC_BOT_AUDIT_KEY="$(cat audit.key)" python3 verify.py [HEAD]

The key is SOC_BOT_AUDIT_KEY of the bot, or the file audit.key in its SOC_BOT_DATA. Each hash is
HMAC-SHA256(key, hash before + canonical JSON of the event); canonical: sorted keys, no spaces, UTF-8.
A tail that was cut off shows only against a head noted elsewhere: the crisis's chat room has heads at every change of
phase. Give one as HEAD (its beginning is enough).

Head of this pack: {head}

In a cell of a CSV that would begin a formula (= + - @) an apostrophe stands in front.
"""


def readme(record: Record) -> str:
    """README.txt."""
    crisis = record.crisis
    drill = (
        f"DRILL {crisis.drill}: every fact in it is made up; it is part of no real metric.\n" if crisis.drill else ""
    )
    return _README.format(
        name=crisis.name,
        line="=" * len(f"{crisis.name}: after-action pack"),
        title=f"{crisis.title} (SEV{crisis.severity}, {crisis.phase})",
        drill=drill,
        version=crisis.version,
        as_of=record.as_of.astimezone(UTC),
        tlp=strictest(crisis).upper(),
        head=record.head,
    )
