"""Who is meant: a mention, "me", or a person of the access file."""

from __future__ import annotations

from connectors.models.organisation.crisis import CrisisPolicy
from handlers.core.access import Access, Permission
from handlers.core.call import Authorised
from handlers.core.errors import NotFound, UserError
from handlers.core.soc import Soc
from handlers.crisis.base import Who, speaker


def meant(said: str, call: Authorised, access: Access) -> Who:
    """The person behind `@U123` (an account where the call came from), `me`, or an id of the access file.

    Somebody whom nobody listed is known by their account alone. NotFound for anything else.
    """
    name = said.removeprefix("@").strip()
    if name.casefold() == "me":
        return speaker(call)
    at = call.who
    if (listed := access.named(name)) is not None:
        accounts = access.accounts(listed.id, at.platform, at.tenant)
        user = accounts[0] if accounts else ""
        return Who(person=listed.id, name=listed.name or listed.id, platform=at.platform, tenant=at.tenant, user=user)
    if not said.startswith("@"):
        raise NotFound(f"I do not know “{said}”.", "Mention them with @, or use an id of the access file.")
    principal = access.principal(at.platform, at.tenant, name)
    return Who(person=principal.person, name=principal.name, platform=at.platform, tenant=at.tenant, user=name)


def may_take_part(who: Who, access: Access) -> bool:
    """Would this person be allowed to answer a crisis's lines?"""
    listed = access.named(who.person)
    if listed is not None:
        return access.as_role(listed.roles, listed.id, listed.name).may(Permission.PART)
    return access.principal(who.platform, who.tenant, who.user).may(Permission.PART)


def must_be_listed(call: Authorised, soc: Soc) -> None:
    """Whose account nobody listed may be a second account of somebody who is: they neither write nor approve what
    needs two persons. On simulated data nobody is listed, and every account is a person.
    """
    if soc.access.named(call.principal.person) is None and not soc.simulated:
        raise UserError(
            "Messages come from accounts that the access file lists, approvals too: I cannot tell who else you are.",
            "Whoever keeps the access file can add this account.",
        )


def group(said: str, policy: CrisisPolicy, call: Authorised, access: Access) -> tuple[Who, ...]:
    """Everybody of a group of crisis.yaml, or of a list of persons parted by commas; each once."""
    name = said.removeprefix("@").strip()
    members = policy.groups.get(name) or tuple(part.strip() for part in said.split(",") if part.strip())
    found = {one.person: one for one in (meant(member, call, access) for member in members)}
    return tuple(found.values())
