"""The Organisation port over a folder of YAML files."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from connectors.errors import BackendError, NotConfigured
from connectors.models.organisation import FILES, Record
from connectors.models.organisation.attack import AttackBundle
from connectors.models.organisation.detection import DetectionPolicy
from connectors.models.organisation.voice import Audience, LetterTemplate
from connectors.models.reading import Ping, Reading
from connectors.organisation.ageing import aged
from connectors.organisation.loading import BadFile, Located, Unfilled, load_located, load_one
from connectors.organisation.stix import read_bundle
from connectors.ports import Clock

R = TypeVar("R", bound=Record)

BACKEND = "Organisation"
SHIPPED = Path(str(resources.files("connectors.organisation") / "reference"))
"""Reference data that comes with the product: each row with source, status, confidence and the date it was checked."""


@dataclass(frozen=True, slots=True)
class Referenced:
    """How the reference data stands: sentences on what cannot be used, by file, line and field, and on stale rows."""

    wrong: tuple[str, ...]
    stale: tuple[str, ...]


def load_file(folder: Path, record: type[R]) -> tuple[Located[R], ...]:
    """The records of one file of the folder with their lines (1 for a file that holds one mapping).

    Raises NotConfigured when the file is missing or holds comments alone, BadFile when it cannot be used.
    """
    path = place(folder, record)
    try:
        if record.ONE:
            return (Located(1, load_one(path, record, backend=BACKEND, purpose=record.PURPOSE)),)
        return load_located(path, record, backend=BACKEND, purpose=record.PURPOSE)
    except Unfilled:
        none = "{} to take every default" if record.ONE else "[] when there are none"
        told = f"{path.name} is not filled in ({record.PURPOSE}): write its values, or {none}"
        raise NotConfigured(BACKEND, told, f"{path.name} ({record.PURPOSE})") from None


def place(folder: Path, record: type[Record]) -> Path:
    """The organisation's own file, or for reference data the product's copy where the organisation has none."""
    own = folder / record.FILE
    return SHIPPED / record.FILE if record.SHIPPED and not own.exists() else own


def bundle_place(folder: Path) -> Path:
    """The ATT&CK bundle: the path that attack.yaml names (within the folder when relative), else attack.json.

    Raises NotConfigured when there is none, BadFile when attack.yaml cannot be used or names a file that is not there.
    """
    try:
        named = load_file(folder, DetectionPolicy)[0].record.path
    except NotConfigured:
        named = None
    if not named:
        path = folder / AttackBundle.FILE
        if not path.exists():
            raise NotConfigured(BACKEND, f"has no {path.name} ({AttackBundle.PURPOSE}): put it into the folder")
        return path
    path = folder / named
    if not path.is_file():
        name = DetectionPolicy.FILE
        raise BadFile(BACKEND, name, [f"{name}, field path: there is no file {named!r} (write where the bundle lies)"])
    return path


class YamlOrganisation:
    """Reads a file when asked and again when it has changed; an edit counts at the next question.

    `as_of` is the time of the file's last change, never later than the clock's now (a simulated now may lie before it).
    """

    def __init__(self, folder: Path | None, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._kept: dict[type[Record], tuple[tuple[int, int, int], tuple[Any, ...]]] = {}

    async def ping(self) -> Ping:
        """Not ok when the folder is not set or not there, or a file is missing or wrong; the detail names each.

        Stale reference data is told, too, and is no fault.
        """
        reference = await self.reference()
        try:
            folder = self._home()
        except NotConfigured as missing:
            return Ping(BACKEND, ok=False, detail="; ".join((missing.detail, *reference.wrong, *reference.stale)))
        faults = await asyncio.to_thread(self._faults, folder)
        return Ping(BACKEND, ok=not faults, detail="; ".join((*faults, *reference.stale)))

    async def reference(self) -> Referenced:
        """Reads every file of reference data that counts here: the organisation's own, else the product's."""
        return await asyncio.to_thread(self._referenced)

    async def read(self, record: type[R]) -> Reading[R]:
        """All records of one file; raises NotConfigured or BadFile (an Unreadable)."""
        if record is LetterTemplate:
            return cast(Reading[R], await asyncio.to_thread(self._templates))
        return await asyncio.to_thread(self._read, SHIPPED if self._shipped(record) else self._home(), record)

    def _shipped(self, record: type[Record]) -> bool:
        """What comes with the product is there without a folder, too."""
        return self._folder is None and record.SHIPPED

    def _home(self) -> Path:
        if self._folder is None:
            raise NotConfigured(BACKEND, "files are not set up: set SOC_BOT_ORGANISATION to the folder that holds them")
        if not self._folder.is_dir():
            raise NotConfigured(BACKEND, "folder is not there: SOC_BOT_ORGANISATION must name a folder of YAML files")
        return self._folder

    def _read(self, folder: Path, record: type[R]) -> Reading[R]:
        bundle = record is AttackBundle
        path = bundle_place(folder) if bundle else place(folder, record)
        # The stamp is taken before reading: a file changed in between is read once more, never kept half old.
        stamp = _stamp(path)
        kept = self._kept.get(record)
        if kept is not None and kept[0] == stamp:
            return self._reading(record, path, kept[0], cast(tuple[R, ...], kept[1]))
        if bundle:
            records = cast(tuple[R, ...], (read_bundle(path),))
        else:
            records = tuple(located.record for located in load_file(folder, record))
        if stamp is not None:
            self._kept[record] = (stamp, records)
        return self._reading(record, path, stamp, records)

    def _reading(
        self, record: type[R], path: Path, stamp: tuple[int, int, int] | None, records: tuple[R, ...]
    ) -> Reading[R]:
        now = self._clock.now()
        notes = aged(record, records, now.date())
        changed = now if stamp is None else min(now, datetime.fromtimestamp(stamp[0] / 1e9, UTC))
        return Reading(records, path.name, changed, total=len(records), stale=bool(notes), notes=notes)

    def _templates(self) -> Reading[LetterTemplate]:
        """The organisation's own templates; none when it has no such folder. BadFile for one that cannot be read."""
        folder = self._folder / LetterTemplate.FILE if self._folder is not None else None
        found = []
        for audience in get_args(Audience):
            path = folder / f"{audience}.j2" if folder is not None else None
            if path is None or not path.is_file():
                continue
            try:
                found.append(LetterTemplate(audience=audience, text=path.read_text(encoding="utf-8")))
            except (OSError, UnicodeDecodeError) as error:
                raise BadFile(BACKEND, path.name, [f"{LetterTemplate.FILE}/{path.name}: {error}"]) from None
        return Reading(tuple(found), LetterTemplate.FILE, self._clock.now(), total=len(found))

    def _referenced(self) -> Referenced:
        folder = self._folder if self._folder is not None and self._folder.is_dir() else SHIPPED
        wrong: list[str] = []
        stale: list[str] = []
        for record, name in FILES.items():
            if not record.SHIPPED:
                continue
            try:
                stale += [f"{name}: {note}" for note in self._read(folder, record).notes]
            except BadFile as bad:
                wrong.extend(bad.problems)
            except BackendError as error:
                wrong.append(str(error))
        return Referenced(tuple(wrong), tuple(stale))

    def _faults(self, folder: Path) -> list[str]:
        """Sentences on missing and wrong files; empty when all is well."""
        missing: list[str] = []
        wrong: list[str] = []
        for record, name in FILES.items():
            try:
                self._read(folder, record)
            except NotConfigured:
                missing.append(f"{name} ({record.PURPOSE})")
            except BadFile as bad:
                wrong.extend(bad.problems)
            except BackendError as error:
                wrong.append(str(error))
        try:
            self._read(folder, AttackBundle)
        except NotConfigured:
            pass  # answers say so; nothing is wrong without it
        except BadFile as bad:
            wrong.extend(one for one in bad.problems if one not in wrong)
        absent = [f"missing: {', '.join(missing)}"] if missing else []
        return [*absent, *wrong]


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file does: time of change in ns, size, inode. None when it cannot be asked."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
