"""Who may do what."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from handlers.core.access import (
    ROLES,
    TLP_ORDER,
    Access,
    AccessFile,
    Account,
    ChannelAccess,
    Permission,
    PersonAccess,
    fits,
)
from handlers.core.errors import Denied

LEAD = PersonAccess(
    id="lead-02",
    name="Lead 02",
    roles=("lead",),
    identities=(Account(platform="slack", tenant="T1", user="U1"), Account(platform="teams", tenant="X", user="a-b")),
)


def test_deny_by_default() -> None:
    """Whoever nobody listed has no permission at all, not even help."""
    somebody = Access(AccessFile(persons=(LEAD,))).principal("slack", "T1", "U2", "Lead 02")
    assert somebody.permissions == frozenset()
    with pytest.raises(Denied) as caught:
        somebody.require(Permission.HELP)
    assert caught.value.permission == "help"


@pytest.mark.parametrize(
    ("platform", "tenant", "user"),
    [("slack", "T2", "U1"), ("teams", "T1", "U1"), ("slack", "T1", "u1"), ("slack", "", "U1"), ("slack", "T1", "U1 ")],
)
def test_only_the_whole_account_counts(platform: str, tenant: str, user: str) -> None:
    """The same user id at another tenant or platform, or in another case, is somebody else."""
    assert not Access(AccessFile(persons=(LEAD,))).principal(platform, tenant, user).permissions


def test_one_person_on_two_platforms() -> None:
    """Both accounts are the same person with the same rights; the platform's own name for them is not used."""
    access = Access(AccessFile(persons=(LEAD,)))
    one, other = access.principal("slack", "T1", "U1", "Somebody Else"), access.principal("teams", "X", "a-b")
    assert one == other
    assert one.name == "Lead 02"
    assert one.may(Permission.CASES_WRITE)
    assert not one.may(Permission.PERSONS)


def test_unlisted_by_platform() -> None:
    """Roles for unlisted users go by platform, "*" is for the others, and persons of the file keep their own."""
    access = Access(AccessFile(persons=(LEAD,)), {"cli": ("manager",), "*": ("analyst",)})
    assert access.principal("cli", "", "somebody").may(Permission.PERSONS)
    assert not access.principal("slack", "T1", "U9").may(Permission.CASES_WRITE)
    assert access.principal("slack", "T1", "U1").roles == ("lead",)
    assert not Access(AccessFile(), {"cli": ("manager",)}).principal("slack", "T1", "U9").permissions


def test_roles_of_the_house() -> None:
    """A manager may everything a person can; an analyst changes no case and sees no person; an auditor sees no case."""
    assert ROLES["manager"] == frozenset(Permission) - {Permission.SYSTEM}
    assert not ROLES["analyst"] & {Permission.CASES_WRITE, Permission.PERSONS, Permission.SHARE}
    assert not ROLES["auditor"] & {Permission.CASES, Permission.CASES_WRITE, Permission.ALERTS}
    assert all(Permission.HELP in granted for granted in ROLES.values())


def test_roles_of_the_file() -> None:
    """The file may add a role, which has help too, and may replace one of the house."""
    file = AccessFile(roles={"night": (Permission.CASES,), "analyst": (Permission.ALERTS,)})
    roles = Access(file).roles
    assert roles["night"] == {Permission.CASES, Permission.HELP}
    assert roles["analyst"] == {Permission.ALERTS, Permission.HELP}


def test_faulty_files_are_refused() -> None:
    """An unknown role, an account of two persons, an unknown field, a person without an account: all are errors."""
    with pytest.raises(ValueError, match="roles that nobody defined: king"):
        Access(AccessFile(persons=(LEAD.model_copy(update={"roles": ("king",)}),)))
    with pytest.raises(ValueError, match="belongs to two persons"):
        Access(AccessFile(persons=(LEAD, LEAD.model_copy(update={"id": "lead-03"}))))
    with pytest.raises(ValidationError):
        AccessFile.model_validate({"people": []})
    with pytest.raises(ValidationError):
        PersonAccess(id="x", roles=("lead",), identities=())


def test_unknown_role_grants_nothing() -> None:
    """A role that does not exist is worth nothing wherever it comes from."""
    assert Access(AccessFile()).as_role(("king",), "p", "P").permissions == frozenset()


def test_ceilings() -> None:
    """A channel nobody listed has no ceiling and nothing fits it; a listed one takes its own level and below."""
    channel = ChannelAccess(platform="slack", tenant="T1", channel="C1", tlp="amber")
    access = Access(AccessFile(channels=(channel,)))
    assert access.ceiling("slack", "T1", "C2") is None
    assert access.ceiling("teams", "T1", "C1") is None
    assert [fits(level, access.ceiling("slack", "T1", "C1")) for level in TLP_ORDER] == [True, True, True, False, False]
    assert not any(fits(level, None) for level in TLP_ORDER)


def test_the_houses_own_voice() -> None:
    """Only the platform called system has the system's permission; no role of the file and no demo user gets it."""
    file = AccessFile.model_validate({"roles": {"owner": ["system"]}, "persons": []})
    access = Access(file, {"*": ("manager",)}, switchable=True)
    assert access.principal("system", "", "bot").permissions == {Permission.SYSTEM}
    assert not access.principal("slack", "T1", "system").may(Permission.SYSTEM)
    assert not access.principal("console", "", "demo-owner").may(Permission.SYSTEM)
    assert not any(Permission.SYSTEM in granted for granted in access.roles.values())
