"""Who may do what: deny by default, one file, persons with identities and roles."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from handlers.core.errors import Denied

Tlp = Literal["clear", "green", "amber", "amber+strict", "red"]
TLP_ORDER: tuple[Tlp, ...] = ("clear", "green", "amber", "amber+strict", "red")
"""FIRST TLP 2.0, least to most restricted."""


class Permission(StrEnum):
    """What a command can need. `help` is what everybody listed has."""

    HELP = "help"
    OPERATIONS = "operations.read"
    METRICS = "metrics.read"
    PERSONS = "metrics.person"
    REPORTS = "reports.read"
    STAFFING = "staffing.read"
    MONEY = "money.read"
    CASES = "cases.read"
    CASES_WRITE = "cases.write"
    ALERTS = "alerts.read"
    THREATS = "threats.read"
    POSTURE = "posture.read"
    SHARE = "channel.post"
    CRISIS = "crisis.run"
    PART = "crisis.take-part"
    APPROVE = "messages.approve"
    SCHEDULE = "digest.schedule"
    SYSTEM = "system"
    """The house's own calls (a clock's reminder, a delivery's outcome); no role has it, no platform can speak it."""


_P = Permission
_LOOK = frozenset({_P.HELP, _P.OPERATIONS, _P.CASES, _P.ALERTS, _P.THREATS, _P.POSTURE})
ROLES: dict[str, frozenset[Permission]] = {
    "manager": frozenset(Permission) - {_P.SYSTEM},
    "lead": _LOOK | {_P.METRICS, _P.CASES_WRITE, _P.SHARE, _P.SCHEDULE, _P.CRISIS, _P.PART},
    "analyst": _LOOK | {_P.PART},
    "executive": frozenset({_P.HELP, _P.REPORTS, _P.METRICS, _P.THREATS, _P.PART, _P.APPROVE}),
    "counsel": frozenset({_P.HELP, _P.PART, _P.APPROVE}),
    "communications": frozenset({_P.HELP, _P.PART, _P.APPROVE}),
    "auditor": frozenset({_P.HELP, _P.REPORTS, _P.METRICS}),
}
"""Roles of the house; the access file may add or replace roles."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Account(_Row):
    """An account at a platform: Slack `tenant` is the team id, Teams' the tenant id with the aadObjectId as `user`."""

    platform: Literal["slack", "teams", "console", "cli", "mcp"]
    tenant: str = ""
    user: str

    @model_validator(mode="after")
    def _placed(self) -> Account:
        if self.platform in {"slack", "teams"} and not self.tenant:
            raise ValueError(f"a {self.platform} account needs its tenant: without one nobody would ever match it")
        return self


class PersonAccess(_Row):
    """A person with all accounts they speak from; author and approver are compared as persons."""

    id: str
    name: str = ""
    roles: tuple[str, ...] = Field(min_length=1)
    identities: tuple[Account, ...] = Field(min_length=1)


class ChannelAccess(_Row):
    """The most restricted class of information a channel may see. With platform `mcp`, `channel` is an account whose
    agent host reads the answers, or `*` for every one.
    """

    platform: Literal["slack", "teams", "console", "cli", "mcp"]
    tenant: str = ""
    channel: str
    tlp: Tlp = "amber"


class AccessFile(_Row):
    """`SOC_BOT_ACCESS`."""

    roles: dict[str, tuple[Permission, ...]] = {}
    persons: tuple[PersonAccess, ...] = ()
    channels: tuple[ChannelAccess, ...] = ()


class Principal(_Row):
    """A person as the pipeline knows them."""

    person: str
    name: str
    roles: tuple[str, ...]
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise Denied unless the person has it."""
        if not self.may(permission):
            raise Denied(permission.value, self.name or self.person)


class Access:
    """Rights of everybody. `unlisted` gives those whom nobody listed roles by platform ("*" for any): the CLI's user,
    who holds the process's secrets anyway, and everybody where all data is simulated. `switchable`: a user
    called `demo-ROLE` has that role (the console's role switch; simulated data only).
    """

    def __init__(
        self, file: AccessFile, unlisted: Mapping[str, tuple[str, ...]] | None = None, switchable: bool = False
    ) -> None:
        own = {name: (frozenset(granted) | {_P.HELP}) - {_P.SYSTEM} for name, granted in file.roles.items()}
        self._roles = ROLES | own
        unknown = {role for person in file.persons for role in person.roles} - self._roles.keys()
        if unknown:
            raise ValueError(f"roles that nobody defined: {', '.join(sorted(unknown))}")
        self._persons: dict[tuple[str, str, str], PersonAccess] = {}
        for person in file.persons:
            for account in person.identities:
                key = (account.platform, account.tenant, account.user)
                if key in self._persons:
                    raise ValueError(f"{account.platform} account {account.user} belongs to two persons")
                self._persons[key] = person
        self._channels: dict[tuple[str, str, str], Tlp] = {}
        for row in file.channels:
            self._channels[row.platform, row.tenant, row.channel] = row.tlp
        self._unlisted = dict(unlisted or {})
        self._switchable = switchable

    @property
    def roles(self) -> dict[str, frozenset[Permission]]:
        """Every role with what it may do."""
        return dict(self._roles)

    def principal(self, platform: str, tenant: str, user: str, name: str = "") -> Principal:
        """The person behind an account; somebody without any permission when nobody listed it. `system` is the house's
        own voice: adapters name their own platform, so nobody outside can speak with it.
        """
        if platform == "system":
            return Principal(person="system", name="the bot", roles=(), permissions=frozenset({_P.SYSTEM}))
        person = self._persons.get((platform, tenant, user))
        if person is not None:
            return self.as_role(person.roles, person.id, person.name or person.id)
        if self._switchable and (role := user.removeprefix("demo-")) != user:
            return self.as_role((role,), f"{platform}:{user}", name or user)
        roles = self._unlisted.get(platform, self._unlisted.get("*", ()))
        return self.as_role(roles, ":".join(part for part in (platform, tenant, user) if part), name or user)

    def accounts(self, person: str, platform: str, tenant: str) -> tuple[str, ...]:
        """The user ids under which a listed person is known there."""
        rows = self._persons.items()
        return tuple(key[2] for key, one in rows if one.id == person and key[:2] == (platform, tenant))

    def named(self, person: str) -> PersonAccess | None:
        """The listed person with this id, in any case."""
        return next((one for one in self._persons.values() if one.id.casefold() == person.casefold()), None)

    def as_role(self, roles: tuple[str, ...], person: str, name: str) -> Principal:
        """A person with exactly these roles; unknown ones grant nothing."""
        granted = frozenset[Permission]().union(*(self._roles.get(role, frozenset()) for role in roles))
        return Principal(person=person, name=name, roles=roles, permissions=granted)

    def ceiling(self, platform: str, tenant: str, channel: str) -> Tlp | None:
        """The channel's TLP ceiling; None when nobody listed it: nothing may be posted there for all to see."""
        return self._channels.get((platform, tenant, channel))


def fits(tlp: Tlp, ceiling: Tlp | None) -> bool:
    """May something of this TLP be shown under that ceiling?"""
    return ceiling is not None and TLP_ORDER.index(tlp) <= TLP_ORDER.index(ceiling)
