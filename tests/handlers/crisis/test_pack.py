"""The pack: a crisis in files that verify without the bot; a drill of 200 events as a golden timeline."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.crisis.drilling import scores, total
from handlers.crisis.events import written
from handlers.crisis.pack import pack, rows_of
from handlers.crisis.record import Record, record_of, recorded
from handlers.crisis.review import review
from handlers.crisis.state import Crisis, fold
from handlers.crisis.work import Noted
from messages.document import Document
from messages.files import write
from messages.files.model import Attachment
from messages.reading import words
from tests.handlers.crisis.drill_script import EVENTS, played
from tests.handlers.crisis.room import Room, text_of

GOLDEN = Path(__file__).parent / "golden" / "ransomware_drill.txt"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return await played(tmp_path_factory.mktemp("organisation"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def record(room: Room) -> Record:
    return await record_of(room.state.crises, "1")


def lines(record: Record) -> str:
    """The timeline as text: number, event time, who, what."""
    plain = Document(title="")
    return "".join(
        f"#{entry.n} {entry.event.when:%Y-%m-%d %H:%M:%S} {entry.event.stamp.by.name}: "
        f"{words(entry.event.line(state), plain)}\n"
        for entry, state in zip(record.entries, record.states, strict=True)
    )


def unpacked(record: Record, folder: Path) -> Path:
    for name, text in pack(record, review(record)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def verify(folder: Path, key: str = "key of a test", *noted: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "verify.py"), *noted], env={"SOC_BOT_AUDIT_KEY": key},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


async def test_a_drill_of_200_events_has_its_golden_timeline(record: Record) -> None:
    """The same lines typed at the same times make the same record, word for word."""
    found = lines(record)
    if os.environ.get("SOC_BOT_REGENERATE"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(found, encoding="utf-8")
    assert len(record.entries) == EVENTS
    assert found == GOLDEN.read_text(encoding="utf-8")


async def test_the_state_is_what_the_events_fold_to_and_the_chain_holds(room: Room, record: Record) -> None:
    """Committed step by step, or folded from the stream as it is read back: the same crisis."""
    kept = await room.state.crises.load("1")
    assert kept is not None
    assert fold(record.events) == Crisis.model_validate_json(kept.state) == record.crisis
    verified = await room.store.verify("1")
    assert (verified.events, verified.head, verified.broken_at) == (EVENTS, record.head, None)


async def test_the_drill_is_scored(record: Record) -> None:
    """Every inject came, once; what the team did about each is in the record."""
    found = scores(record)
    assert [one.given is not None for one in found] == [True] * len(record.crisis.scenario)
    reached, possible = total(found)
    assert (reached, possible) == (sum(one.points or 0 for one in found), 2 * len(found))
    assert 0 < reached <= possible


async def test_the_pack_verifies_without_the_bot(record: Record, tmp_path: Path) -> None:
    """The script that lies in the pack runs on Python alone, and takes the key from the environment."""
    folder = unpacked(record, tmp_path)
    done = verify(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"The chain holds: {EVENTS} entries, head {record.head}" in done.stdout
    assert verify(folder, "key of a test", record.entries[40].hash[:12]).returncode == 0


async def test_the_pack_shows_what_was_changed(record: Record, tmp_path: Path) -> None:
    """A word, an entry taken out, a tail cut off, another key: each is found, the tail by a head noted elsewhere."""
    file = unpacked(record, tmp_path) / "timeline.jsonl"
    whole = file.read_text(encoding="utf-8")
    rows = whole.splitlines(keepends=True)
    file.write_text(whole.replace("Nobody pays", "Somebody pays"), encoding="utf-8")
    assert "was changed" in verify(tmp_path).stderr
    file.write_text("".join(rows[:50] + rows[51:]), encoding="utf-8")
    assert "entry 51 is missing" in verify(tmp_path).stderr
    file.write_text("".join(rows[:100]), encoding="utf-8")
    assert verify(tmp_path).returncode == 0
    cut = verify(tmp_path, "key of a test", record.head)
    assert (cut.returncode, "no entry has the head" in cut.stderr) == (1, True)
    file.write_text(whole, encoding="utf-8")
    assert verify(tmp_path, "another key").returncode == 1
    file.write_text("", encoding="utf-8")
    assert "there are no entries" in verify(tmp_path).stderr


async def test_the_lines_of_the_pack_are_the_whole_record(record: Record) -> None:
    """Read back, they fold to the very same crisis."""
    again = recorded(rows_of(pack(record, review(record))["timeline.jsonl"]))
    assert again == record


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile_words_survive_the_pack_as_words(record: Record, said: list[str]) -> None:
    """Whatever was typed comes back letter for letter, one line an entry, and every table keeps its columns."""
    rows = [(entry.n, entry.text, entry.hash) for entry in record.entries[:1]]
    stamp = record.entries[0].event.stamp
    for n, text in enumerate(said, start=2):
        rows.append((n, written(Noted(stamp=stamp.model_copy(update={"n": n}), text=text)), f"{n:064}"))
    made = recorded(rows)
    files = pack(made, review(made))
    assert rows_of(files["timeline.jsonl"]) == rows
    assert files["timeline.jsonl"].count("\n") == len(rows)
    table = list(csv.reader(io.StringIO(files["timeline.csv"], newline="")))
    assert {len(row) for row in table} == {len(table[0])}
    assert [row[4] for row in table if row[4].lstrip().startswith(("=", "+", "-", "@"))] == []


async def test_no_cell_of_a_table_is_a_formula(record: Record) -> None:
    """What an attacker wrote stands behind an apostrophe; every table has its rows."""
    files = pack(record, review(record))
    tables = {name: list(csv.reader(io.StringIO(text))) for name, text in files.items() if name.endswith(".csv")}
    cells = [(name, cell) for name, table in tables.items() for row in table for cell in row]
    assert [one for one in cells if one[1].lstrip().startswith(("=", "+", "@", "\t"))] == []
    assert any(cell.startswith("'=HYPERLINK") for _, cell in cells)
    assert len(tables["timeline.csv"]) == EVENTS + 1
    assert [row[0] for row in tables["decisions.csv"]] == ["id", "D1", "D2"]
    assert tables["decisions.csv"][1][-1] == "the servers are needed for the restore"
    approval = dict(zip(*tables["approvals.csv"][:2], strict=True))
    assert (approval["approved_by"], approval["counts"], approval["standing"]) == ("Ciso", "yes", "sent")
    assert approval["text_hash"] == approval["approved_hash"]
    assert approval["text_hash"] in files["letters/M1.txt"]
    assert [row[0] for row in tables["metrics.csv"][1:] if not row[0].startswith("drill.")] == []


async def test_readme_names_every_file_and_says_what_a_drill_is(record: Record) -> None:
    """Nothing in the pack is unexplained."""
    files = pack(record, review(record))
    for name in files:
        assert name.partition("/")[0] in files["README.txt"], name
    assert "DRILL ransomware: every fact in it is made up" in files["README.txt"]
    assert record.head in files["README.txt"]


async def test_the_zip_is_the_same_bytes_each_time_with_both_pages(room: Room) -> None:
    """As a file of `crisis export`: pages and tables, no date of today."""
    first, second = [await room.say("lead", "crisis export --crisis 1") for _ in range(2)]
    assert first.outcome == "answered", text_of(first.document)
    (one,), (other,) = first.files, second.files
    assert one.name == "drill-crisis-1-amber-harbour_2026-11-22.zip"
    data = write(one)
    assert data == write(other)
    packed = zipfile.ZipFile(io.BytesIO(data))
    names = set(packed.namelist())
    assert {"review.html", "review.pdf", "timeline.jsonl", "verify.py", "README.txt", "letters/M1.txt"} <= names
    assert packed.read("review.pdf").startswith(b"%PDF-")
    assert b"after-action review" in packed.read("review.html")
    assert packed.read("timeline.csv").startswith(b"\xef\xbb\xbf")


async def test_an_export_of_a_broken_chain_says_so(room: Room) -> None:
    """It is evidence all the same: exported, with the entry from which on it does not hold."""
    kept = room.state.crises._kept["1"].events
    whole = kept[9]
    kept[9] = (whole[0].replace("runbook", "rulebook"), whole[1])
    try:
        answer = await room.say("lead", "crisis export --crisis 1")
    finally:
        kept[9] = whole
    assert len(answer.files) == 1
    assert "does not hold from entry 10 on" in text_of(answer.document)


async def test_only_who_runs_crises_takes_the_record_away(room: Room) -> None:
    """Whoever takes part reads it here; the pack is for those who run it."""
    assert (await room.say("analyst", "crisis export --crisis 1")).outcome == "refused"
    assert (await room.say("outsider", "crisis after-action --crisis 1")).outcome == "refused"
    assert "There is no crisis 7" in text_of((await room.say("lead", "crisis export --crisis 7")).document)


def test_a_zip_without_the_pdf_library_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is there, and a file that tells why the paper is not."""
    monkeypatch.setitem(sys.modules, "messages.files.as_pdf", None)
    monkeypatch.delattr("messages.files.as_pdf", raising=False)
    data = write(Attachment(name="x.zip", format="zip", document=Document(title="x"), members={"a.txt": "a"}))
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert names == ["a.txt", "review.html", "review.pdf.missing.txt"]
