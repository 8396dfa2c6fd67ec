"""A desk with one read whose figures a test sets, and every digest command."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from connectors.clock import FixedClock
from handlers.commands import digest
from handlers.core.access import AccessFile, Permission
from handlers.core.call import NOWHERE, SELF, Authorised, Call
from handlers.core.command import Args, Command
from handlers.core.pipeline import Answer, Pipeline
from handlers.core.registry import Registry
from handlers.core.soc import Soc
from handlers.digest.model import Held, held
from messages.document import Document, Notice, Status, Value, Verdict, spans
from messages.figures import Figure
from tests.handlers.commands.twins import Desk

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # 08:00 in Berlin
LINE = '"0 8 * * 1-5" --zone Europe/Berlin --run numbers'
FILE = AccessFile.model_validate(
    {
        "persons": [
            {"id": "lead-02", "name": "Lead 02", "roles": ["lead"],
             "identities": [{"platform": "slack", "tenant": "T1", "user": "U1"}]},
            {"id": "analyst-07", "roles": ["analyst"],
             "identities": [{"platform": "slack", "tenant": "T1", "user": "U7"}]},
        ],
        "channels": [{"platform": "slack", "tenant": "T1", "channel": "C1", "tlp": "amber"}],
    }
)  # fmt: skip
NOBODY = AccessFile.model_validate({"channels": [{"platform": "slack", "tenant": "T1", "channel": "C1"}]})


class NoArgs(Args):
    pass


@dataclass
class Stage:
    """`figures`, `status` and the rest are what the read `numbers` answers with next."""

    figures: dict[str, float] = field(default_factory=lambda: {"queue.open": 7.0, "mttr.median": 15_000.0})
    status: Status = "green"
    private: bool = False
    tlp: str = "amber"
    error: Exception | None = None
    ran: list[Authorised] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = FixedClock(NOW)
        read = Command("numbers", "Numbers", NoArgs, Permission.OPERATIONS, self._run, "numbers")
        write = Command("wipe", "A write", NoArgs, Permission.OPERATIONS, self._run, "wipe", apply=self._run)
        self.desk = Desk(registry=Registry((read, write, *digest.COMMANDS)), clock=self.clock, access=FILE)

    async def _run(self, args: NoArgs, call: Authorised, soc: Soc) -> Document:
        self.ran.append(call)
        if self.error is not None:
            raise self.error
        figures = tuple(
            Figure(id=name, label=name, value=value, unit="seconds" if "mttr" in name else "count",
                   definition="A number.", sources=("Desk",), as_of=soc.clock.now())
            for name, value in self.figures.items()
        )  # fmt: skip
        first = (Value(figure=figures[0].id),) if figures else ()
        verdict = Verdict(text=spans("There are ", *first), status=self.status, rule="a rule")
        notice = (Notice(level="warning", text=spans("One source is missing.")),)
        made = Document(title="Numbers", verdict=verdict, figures=figures, blocks=notice, private=self.private)
        return made.model_copy(update={"tlp": self.tlp})

    @property
    def soc(self) -> Soc:
        return self.desk.soc

    async def make(self, line: str = LINE, **more: str) -> str:
        """Schedule a digest through preview and confirmation; its id."""
        await self.desk.run(f"digest schedule {line}", **more)
        document = await self.desk.run(f"digest schedule {line}", apply=True, **more)
        return str(document.blocks[0].text[0].text.split()[1])  # type: ignore[union-attr]

    async def held(self, schedule_id: str) -> Held:
        return await held(self.soc.schedules, schedule_id)

    async def fire(self, schedule_id: str, slot: datetime = MONDAY, attempt: int = 1, over: int = 0) -> Answer:
        """The scheduler's call of a slot, seconds after it."""
        self.clock.at = max(self.clock.at, slot + timedelta(seconds=3))
        line = f"digest fire {schedule_id} {int(slot.timestamp())} --over {over}"
        return await self.own(f"digest:{schedule_id}:{int(slot.timestamp())}", line, attempt)

    async def own(self, call_id: str, line: str, attempt: int = 1) -> Answer:
        """A call of the house's own through the whole pipeline."""
        call = Call(id=call_id, text=line, who=SELF, address=NOWHERE, at=self.clock.now(), door="schedule")
        return await Pipeline(self.soc, self.desk.auditor).answer(call, attempt)
