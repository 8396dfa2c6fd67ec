"""Who gets an approved message directly: the persons of an audience, or one person, by an account that they read."""

from __future__ import annotations

from connectors.models.organisation.voice import Stakeholder
from handlers.commands.communicate.audiences import VOICES, canonical
from handlers.core.access import Access, PersonAccess
from handlers.core.call import Authorised, Identity
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Who
from handlers.crisis.letters import Letter

_DIRECT = ("slack", "teams", "console")
_BY_HAND = "Or send it by hand: --by-hand WHERE --reference WHAT."


async def spelled_out(said: str, soc: Soc, letter: Letter) -> str:
    """`--to` with an audience replaced by the persons whom stakeholders.yaml names for it, as `@ID` of the access file.

    Refused: another audience than the message was written to, or one without persons. BackendError for the file.
    """
    parts: list[str] = []
    for part in (one.strip() for one in said.split(",")):
        listed = part not in VOICES and soc.access.named(part) is not None
        parts += [part] if listed or not canonical(part) else await _audience(canonical(part), soc, letter)
    return ",".join(dict.fromkeys(part for part in parts if part))


async def _audience(audience: str, soc: Soc, letter: Letter) -> list[str]:
    if audience != letter.audience:
        hint = f"`crisis draft {audience}` writes what they may read."
        raise Refused(f"{letter.id} was written to {letter.audience} and approved for them, not for {audience}.", hint)
    rows = (await soc.organisation.read(Stakeholder)).items
    persons = [name for row in rows if row.audience == audience for name in row.persons]
    if not persons:
        hint = f"Add `persons: [ID, …]` of the access file to its {audience} entry. {_BY_HAND}"
        raise Refused(f"stakeholders.yaml names no persons for {audience}.", hint)
    for name in persons:
        if soc.access.named(name) is None:
            said = f"stakeholders.yaml names {name} for {audience}, whom the access file does not list."
            raise Refused(said, _BY_HAND)
    return [f"@{name}" for name in persons]


def unreached(row: Stakeholder, access: Access) -> tuple[str, ...]:
    """Why a message to this audience would not reach each of its persons; () when it would reach all."""
    problems = []
    for name in row.persons:
        listed = access.named(name)
        if listed is None:
            problems.append(f"{name} is not in the access file")
        elif not any(one.platform in _DIRECT for one in listed.identities):
            problems.append(f"{name} has no account that I can write to")
    return tuple(problems)


def reader(said: str, call: Authorised, soc: Soc) -> Who | None:
    """The person behind `@U123` (an account where the call came from) or an id of the access file; None for what names
    nobody. Refused: somebody whom nobody listed, or without an account that can be written to.
    """
    at, name = call.who, said.removeprefix("@").strip()
    listed = soc.access.named(name)
    if listed is None and not said.startswith("@"):
        return None
    who = soc.access.principal(at.platform, at.tenant, name)
    if listed := listed or soc.access.named(who.person):
        return _reached(listed, at)
    if not soc.simulated:
        hint = f"Whoever keeps the access file can add them. {_BY_HAND}"
        raise Refused(f"Nobody listed @{name[:60]}: I do not know who would read it.", hint)
    return Who(person=who.person, name=who.name, platform=at.platform, tenant=at.tenant, user=name)


def _reached(person: PersonAccess, asker: Identity) -> Who:
    """By their account where this is asked, else by the first that messages can be sent to."""
    there = [one for platform in _DIRECT for one in person.identities if one.platform == platform]
    near = [one for one in there if (one.platform, one.tenant) == (asker.platform, asker.tenant)]
    if not there:
        raise Refused(f"The access file lists no account of {person.name or person.id} that I can write to.", _BY_HAND)
    account = (near or there)[0]
    return Who(person=person.id, name=person.name or person.id, platform=account.platform, tenant=account.tenant,
               user=account.user)  # fmt: skip
