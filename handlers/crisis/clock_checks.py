"""What may be recorded about regulatory clocks, and by whom. Pure; a refusal says what to type instead."""

from __future__ import annotations

from datetime import date, datetime
from typing import get_args
from zoneinfo import ZoneInfo

from connectors.models.organisation.clocks import Instant, Trigger
from handlers.analysis.clock_doubts import words
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.errors import BadFlag, Denied, NotFound
from handlers.crisis.base import Refused
from handlers.crisis.duties import Duties, Duty, Filed, Started, utc
from handlers.crisis.state import Crisis
from handlers.crisis.times import past

BY_FILING: dict[str, str] = {"initial_submitted_at": "dora initial", "intermediate_submitted_at": "dora intermediate"}
"""Triggers that are filings: those need a reference."""
TRIGGERS: tuple[str, ...] = tuple(words(one).replace(" ", "-") for one in get_args(Trigger) if one not in BY_FILING)
KNOWN: tuple[Trigger, ...] = ("aware_at", "breach_discovered_at")
JUDGED: tuple[Trigger, ...] = (
    "significant_determined_at", "classified_major_at", "materiality_determined_at", "ransom_paid_at", "determined_at",
    "high_risk_determined_at", "missing_information_at", "handled_at",
)  # fmt: skip
"""What can be judged or done about a breach only once somebody knows of it."""


def trigger_named(said: str) -> Trigger:
    """ "classified-major", "Classified major", "classified_major_at" → the trigger. BadFlag for any other word, Refused
    for one that is a filing."""
    name = said.strip().lower().replace("-", "_").replace(" ", "_").removesuffix("_at") + "_at"
    if name in BY_FILING:
        raise Refused(
            f"“{words(name)}” is a filing: it counts with its reference.",
            f"`crisis clock filed {BY_FILING[name]} --reference …`",
        )
    for one in get_args(Trigger):
        if one == name:
            return one  # type: ignore[no-any-return]
    raise BadFlag("<trigger>", f"There is no trigger “{said[:40]}”.", TRIGGERS)


def when(said: str, now: datetime, zone: ZoneInfo) -> Instant:
    """An instant (UTC), or a day when only the day is known: no midnight is assumed. BadFlag as `times.past`."""
    try:
        day = date.fromisoformat(said.strip())
    except ValueError:
        return past(said, now, zone)
    if day > now.astimezone(zone).date():
        raise BadFlag("--at", f"{day} has not come yet.")
    return day


def may_keep(crisis: Crisis, call: Authorised) -> None:
    """Denied unless they run crises, approve messages, or are commander or legal liaison of this one."""
    who = call.principal
    if who.may(Permission.CRISIS) or who.may(Permission.APPROVE):
        return
    if not {"commander", "legal"} & set(crisis.roles.of(who.person)):
        raise Denied(Permission.CRISIS.value, who.name or who.person)


def may_drop(crisis: Crisis, call: Authorised) -> None:
    """Denied unless they approve messages or are this crisis's legal liaison."""
    who = call.principal
    if not who.may(Permission.APPROVE) and "legal" not in crisis.roles.of(who.person):
        raise Denied(Permission.APPROVE.value, who.name or who.person)


def check_start(duties: Duties, new: Started, zone: ZoneInfo) -> Started | None:
    """The earlier entry that this one corrects. Refused: the same again, a correction without a reason, an order of
    times that cannot be."""
    before = duties.trigger(new.trigger)
    name = words(new.trigger)
    if before is not None and before.at == new.at:
        raise Refused(f"“{name}” is confirmed as {utc(before.at)} already, by {before.confirmed.name}.")
    if before is not None and not new.reason:
        raise Refused(
            f"“{name}” is confirmed as {utc(before.at)} by {before.confirmed.name}: another time corrects it.",
            "Say why with --reason; both stay on record, and deadlines are computed anew.",
        )
    _in_order(duties, new, zone)
    return before


def _in_order(duties: Duties, new: Started, zone: ZoneInfo) -> None:
    """Nothing is judged about a breach before anybody knows of it."""
    known = [one for name in KNOWN if name != new.trigger and (one := duties.trigger(name))]
    judged = [one for name in JUDGED if name != new.trigger and (one := duties.trigger(name))]
    first = min(known, key=lambda one: _day(one.at, zone), default=None)
    if new.trigger in JUDGED and first is not None and _before(new.at, first.at, zone):
        raise Refused(
            f"{utc(new.at)} is before “{words(first.trigger)}” ({utc(first.at)}): that cannot be.",
            "If the earlier time is wrong, correct that one first, with --reason.",
        )
    others = [one for one in known if not _before(new.at, one.at, zone)]
    for one in judged if new.trigger in KNOWN and not others else ():
        if _before(one.at, new.at, zone):
            raise Refused(
                f"“{words(one.trigger)}” is confirmed as {utc(one.at)}, before {utc(new.at)}: that cannot be.",
                "If that time is wrong, correct it first, with --reason.",
            )


def _day(at: Instant, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date() if isinstance(at, datetime) else at


def _before(one: Instant, other: Instant, zone: ZoneInfo) -> bool:
    """Surely earlier: by the instant where both are known, else by the day."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one < other
    return _day(one, zone) < _day(other, zone)


def on_board(duties: Duties, rule: str, stage: str) -> Duty:
    """The clock meant: rule by id, stage by its name or the beginning of it. NotFound lists what there is, Refused for
    a rule whose scope nobody has decided."""
    of_rule = [d for d in duties.board if d.rule == rule.strip().lower()]
    said = stage.strip().casefold()
    found = [d for d in of_rule if d.stage.casefold() == said] or [
        d for d in of_rule if said and d.stage.casefold().startswith(said)
    ]
    if len(of_rule) == 1 and of_rule[0].state == "scope-not-declared":
        raise Refused(
            f"Nobody has decided whether {of_rule[0].name} applies: ask legal.",
            f"`crisis clock scope {of_rule[0].rule} applies --said WHO` records the decision for this crisis.",
        )
    if len(found) == 1:
        return found[0]
    there = "; ".join(f"{d.rule} “{d.stage}”" for d in of_rule or duties.board if d.stage) or "none"
    raise NotFound(f"There is no clock {rule[:40]} “{stage[:60]}”.", f"On the board: {there}.", ("crisis clock",))


def dropped(duties: Duties, rule: str, stage: str) -> str:
    """The key of the clock that was dropped; NotFound lists those there are."""
    said = stage.strip().casefold()
    keys = [key for key, _ in duties.dropped if key.partition("/")[0] == rule.strip().lower()]
    found = [key for key in keys if said and key.partition("/")[2].casefold().startswith(said)]
    if len(found) == 1:
        return found[0]
    there = ", ".join(key for key, _ in duties.dropped) or "none"
    raise NotFound(f"{rule[:40]} “{stage[:60]}” was not dropped.", f"Dropped: {there}.", ("crisis clock",))


def check_filed(duties: Duties, duty: Duty, new: Filed, zone: ZoneInfo) -> tuple[str, ...]:
    """What must be said loudly before it is logged. Refused: the same filing again, one before its own trigger."""
    logged = [one for one in duties.filed if (one.rule, one.stage) == (duty.rule, duty.stage)]
    if any(one.reference == new.reference for one in logged):
        raise Refused(f"{duty.name} is logged as filed under {new.reference} already.")
    started = duties.trigger(duty.trigger) if duty.trigger else None
    if started is not None and _before(new.at, started.at, zone):
        raise Refused(f"{utc(new.at)} is before {duty.name} began ({utc(started.at)}): that cannot be.")
    loud = [
        f"Filed before under {one.reference} ({utc(one.at)}): later stages count from the new one." for one in logged
    ]
    if duty.state == "not-started":
        loud.append(f"Its clock has not started: {duty.note or 'no trigger is confirmed'}.")
    return tuple(loud)
