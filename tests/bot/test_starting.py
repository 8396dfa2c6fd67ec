"""`soc-bot init DIR`: a folder to fill in, that is in order as written and overwrites nothing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.doctor import examine
from bot.settings import Chronicle, Gti, Process, Scc, Settings, Slack, State
from bot.starting import ACCESS, ENV, GUIDE, MEANINGS, InTheWay, init, settings_names
from connectors.organisation.loading import load_one
from connectors.organisation.templates import to_fill
from handlers.core.access import Access, AccessFile
from tests.bot.test_cli import soc_bot
from tests.connectors.organisation.test_templates import filled


def test_init_writes_every_file_once(tmp_path: Path) -> None:
    """One file a record, the rights, the settings and a README; a second run writes nothing and says what is there."""
    folder = tmp_path / "soc"
    done = soc_bot(tmp_path, "init", "soc")
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in folder.iterdir()} == {r.FILE for r in to_fill()} | {ACCESS, ENV, GUIDE}
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = soc_bot(tmp_path, "init", "soc")
    assert (again.returncode, again.stdout) == (1, "")
    assert "absences.yaml" in again.stderr and "Nothing was written" in again.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_one_file_in_the_way_stops_all(tmp_path: Path) -> None:
    """A single file that is there already is named, kept, and nothing is written beside it."""
    (tmp_path / "roster.yaml").write_text("[]\n")
    with pytest.raises(InTheWay, match=r"holds roster\.yaml already"):
        init(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["roster.yaml"]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A file where the folder should be: exit 1 and no trace; without DIR: exit 2."""
    (tmp_path / "soc").write_text("")
    done = soc_bot(tmp_path, "init", "soc")
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert soc_bot(tmp_path, "init").returncode == 2


async def test_the_doctor_finds_the_fresh_folder_in_order(tmp_path: Path) -> None:
    """As written, and with every example taken, neither the organisation's files nor the rights have a fault."""
    folder = tmp_path / "soc"
    init(folder)
    process = Process(data=tmp_path / "data", organisation=folder, access=folder / ACCESS)
    made = Settings(process, Slack(), State(), Chronicle(), Gti(), Scc())
    for _ in range(2):
        findings = [one for one in await examine(made) if one.sentence.startswith(("Organisation", "Access"))]
        assert len(findings) == 2
        # The example's contract will run out one day, which is then a true finding.
        assert [one.sentence for one in findings if not one.ok and " ended on " not in one.sentence] == []
        for path in folder.glob("*.yaml"):
            path.write_text(filled(path.read_text()))


def test_the_access_example_gives_its_person_a_role(tmp_path: Path) -> None:
    """Nobody is listed as written; with the example taken its person is a manager and its channel has a ceiling."""
    init(tmp_path)
    path = tmp_path / ACCESS
    assert load_one(path, AccessFile) == AccessFile()
    path.write_text(filled(path.read_text()))
    access = Access(load_one(path, AccessFile))
    assert access.principal("slack", "T0000000000", "U0000000000").roles == ("manager",)
    assert access.ceiling("slack", "T0000000000", "C0000000000") == "amber"


def test_env_names_every_setting_and_holds_no_secret(tmp_path: Path) -> None:
    """Every setting stands in `.env` with its meaning, only this folder's two are set, and only we can read it."""
    folder = tmp_path / "it's a \\ folder"
    init(folder)
    text = (folder / ENV).read_text()
    for name, field in settings_names():
        assert f"\n# {MEANINGS[name]}\n" in text
        assert f"{name}=" in text
        if "SecretStr" in str(field.annotation):
            assert f"\n#{name}=\n" in text
            assert MEANINGS[name].startswith("SECRET")
    paths = {"SOC_BOT_ORGANISATION": str(folder), "SOC_BOT_ACCESS": str(folder / ACCESS)}
    assert dict(dotenv_values(folder / ENV)) == paths
    assert stat.S_IMODE((folder / ENV).stat().st_mode) == 0o600


def test_the_guide_names_every_file(tmp_path: Path) -> None:
    """The README lists each file with what it holds."""
    init(tmp_path)
    guide = (tmp_path / GUIDE).read_text()
    assert [r.FILE for r in to_fill() if f"| `{r.FILE}` | {r.PURPOSE} |" not in guide] == []
