"""What the worker puts into the outbox reaches the courier of its own process without a detour through JSON."""

from __future__ import annotations

from bot.handover import REMEMBERED, Handover
from handlers.core.parcel import Parcel, outgoing, packed
from tests.bot.stage import parcel


def test_a_parcel_is_handed_over_once() -> None:
    """The courier gets the very parcel whose JSON the outbox holds, and only once."""
    handover, made = Handover(), parcel(1)
    handover.put(made, "json")
    assert handover.take(made.id, "json") is made
    assert handover.take(made.id, "json") is None


def test_the_outbox_decides_what_is_delivered() -> None:
    """A parcel is not handed over for another one's JSON under the same id: the outbox holds what was committed."""
    handover, made = Handover(), parcel(1)
    handover.put(made, "json")
    assert handover.take(made.id, "what another worker committed first") is None


def test_what_nobody_fetches_is_forgotten() -> None:
    """Parcels that another replica's courier delivers do not pile up here."""
    handover, made = Handover(), [parcel(number) for number in range(REMEMBERED + 1)]
    for one in made:
        handover.put(one, one.id)
    assert handover.take(made[0].id, made[0].id) is None
    assert handover.take(made[-1].id, made[-1].id) is made[-1]


def test_a_document_packed_once_makes_the_same_parcel() -> None:
    """With its document's JSON at hand a parcel becomes the same parcel again; another document's is not used."""
    made = parcel(1)
    message = outgoing(made, packed(made.document))
    assert Parcel.model_validate_json(message.payload) == made
    other = made.document.model_copy(update={"title": "another"})
    assert Parcel.model_validate_json(outgoing(made, packed(other)).payload) == made
