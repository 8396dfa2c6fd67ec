"""Files are written beside the bot, and what goes wrong there is a sentence."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bot.files
import bot.filing
from bot.files import Unwritable, Writer
from bot.filing import Filing, Ready
from bot.pictures import pictures
from bot.platform import Parcel, Receipt, Undeliverable
from handlers.core.call import Address
from handlers.core.filed import filed
from messages.document import Chart, Document, Paragraph, Series, spans
from messages.figures import Figure
from messages.files import write
from messages.files.model import Attachment, Format
from tests.bot.stage import Stage

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FIGURE = Figure(
    id="queue.open", label="Open", value=7, unit="count", definition="Open now.", sources=("Case desk",), as_of=NOW
)


def file(kind: Format = "csv", document: Document | None = None, raw: str = "") -> Attachment:
    document = document or Document(title="Queue", figures=(FIGURE,), blocks=(Paragraph(text=spans("words")),))
    return Attachment(name=f"queue.{kind}", format=kind, document=document, raw=raw)


def slow() -> Attachment:
    """A page with so many charts that it takes seconds to draw."""
    values = tuple(float(n) for n in range(60))
    chart = Chart(shape="line", title="c", labels=tuple(map(str, range(60))), series=(Series(name="s", values=values),))
    return file("html", Document(title="Slow", blocks=(chart,) * 400))


async def test_a_file_is_the_same_wherever_it_is_written() -> None:
    """Another process gives the very bytes that this one would."""
    made = Writer()
    try:
        assert await made.write(file()) == write(file())
        first = made._process
        await made.write(file("html"))
        assert made._process == first != os.getpid()
    finally:
        await made.close()


async def test_a_lost_process_is_replaced() -> None:
    """A process that was killed between two files costs nobody a file."""
    made = Writer()
    try:
        await made.write(file())
        os.kill(made._process, signal.SIGKILL)
        assert await made.write(file()) == write(file())
    finally:
        await made.close()


async def test_a_crash_while_writing_is_a_sentence_and_not_the_end() -> None:
    """When the file takes its process down each time, the person is told, and the next file is written."""
    made, killed = Writer(), 0
    try:
        await made._started()
        task = asyncio.create_task(made.write(slow()))
        while not task.done():
            process = made._process
            await asyncio.sleep(0.05)
            if process and process == made._process and not task.done():
                os.kill(process, signal.SIGKILL)
                killed += 1
                while made._process == process and not task.done():
                    await asyncio.sleep(0.01)
        with pytest.raises(Unwritable, match="was lost over it"):
            await task
        assert killed == 2
        assert await made.write(file()) == write(file())
    finally:
        await made.close()


async def test_what_takes_too_long_is_ended() -> None:
    """After the time limit the person is told, its process is gone, and the next file is written."""
    made = Writer(seconds=0.2)
    try:
        await made._started()
        process = made._process
        with pytest.raises(Unwritable, match=r"within 0\.2 s"):
            await made.write(slow())
        made._seconds = 60.0
        assert await made.write(file()) == write(file())
        assert made._process != process
    finally:
        await made.close()


async def test_what_no_file_can_hold_is_a_sentence() -> None:
    """A layer that is none is refused in words without its contents."""
    made = Writer()
    try:
        with pytest.raises(Unwritable, match="do not fit") as told:
            await made.write(file("layer", raw="secret words, no JSON"))
        assert "secret" not in str(told.value)
    finally:
        await made.close()


async def test_too_large_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than is handed over is a sentence with both sizes."""
    monkeypatch.setattr(bot.files, "MOST_BYTES", 10)
    made = Writer()
    try:
        with pytest.raises(Unwritable, match="the most I hand over"):
            await made.write(file())
    finally:
        await made.close()


class Shelf(Stage):
    """A platform that takes files."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[tuple[str, bytes]] = []

    async def hand_over(self, parcel: Parcel, content: bytes) -> Receipt:
        assert parcel.file is not None
        self.files.append((parcel.file.name, content))
        return Receipt()


def parcel() -> Parcel:
    return filed(file(), Address(platform="stage", user="U1"), "p1", "c1")


async def test_a_platform_without_files_says_so() -> None:
    """Where no file can go, words say which one and where it can be had; nothing is written for nobody."""
    stage, writer = Stage(), Writer()
    ready = await Filing(writer).ready(stage, parcel())
    await ready.send(ready.parcel, None)
    said = stage.posted[0].document.model_dump_json()
    assert "queue.csv" in said and "takes no files" in said and writer._pool is None


async def test_a_file_is_handed_over_and_its_failure_told() -> None:
    """The platform gets the bytes; when there are none it gets the reason."""
    made, shelf = Writer(), Shelf()
    try:
        ready = await Filing(made).ready(shelf, parcel())
        await ready.send(ready.parcel, None)
        assert shelf.files == [("queue.csv", write(file()))] and not shelf.posted
        broken = parcel().model_copy(update={"file": file("layer", raw="{")})
        ready = await Filing(made).ready(shelf, broken)
        await ready.send(ready.parcel, None)
        assert "queue.layer" in shelf.posted[0].document.model_dump_json()
    finally:
        await made.close()


CHART = Chart(shape="heatmap", title="t", labels=("00", "01"), series=(Series(name="Mon", values=(1, 2)),))


def picture() -> Parcel:
    at = Address(platform="slack", channel="C1", user="U1", visibility="channel")
    answer = Parcel(id="a", kind="answer", call="c1", address=at, document=Document(title="t", blocks=(CHART,)))
    return pictures(answer)[0]


async def test_a_picture_is_drawn_beside_the_bot() -> None:
    """The drawing is made in the writing process, and handed over like a file."""
    made, shelf = Writer(), Shelf()
    try:
        ready = await Filing(made).ready(shelf, picture())
        await ready.send(ready.parcel, None)
        ((name, content),) = shelf.files
        assert name == "chart-1.png" and content.startswith(b"\x89PNG") and made._process
    finally:
        await made.close()


class Sick(Writer):
    """Fails, or takes too long."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self._wait = seconds

    async def write(self, attachment: Attachment) -> bytes:
        await asyncio.sleep(self._wait)
        raise Unwritable("its contents do not fit.")


async def test_a_picture_that_fails_is_nobodys_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not drawn, not drawn in time, or on a platform that takes none: nothing is posted in its place."""
    monkeypatch.setattr(bot.filing, "SECONDS", 0.05)
    for platform, writer, reason in (
        (Shelf(), Sick(), "do not fit"),
        (Shelf(), Sick(5.0), "not drawn within"),
        (Stage(), Sick(), "shows no pictures"),
    ):
        ready = await Filing(writer).ready(platform, picture())
        with pytest.raises(Undeliverable, match=reason):
            await ready.send(ready.parcel, None)
        assert not platform.posted


async def test_a_bug_in_a_picture_is_not_the_answers() -> None:
    """An unforeseen error is logged and ends the picture; the readers of the answer are not told that it failed."""

    class Broken(Shelf):
        async def hand_over(self, parcel: Parcel, content: bytes) -> Receipt:
            raise KeyError("x")

    with pytest.raises(Undeliverable):
        await Ready(Broken(), picture(), b"png").send(picture(), None)
    with pytest.raises(KeyError):
        await Ready(Broken(), parcel(), b"csv").send(parcel(), None)


def test_a_parcel_of_before_there_were_files_is_read() -> None:
    """What an older bot left in the outbox is delivered."""
    old = parcel().model_copy(update={"file": None}).model_dump()
    del old["file"]
    assert Parcel.model_validate(old).file is None
    assert Parcel.model_validate_json(parcel().model_dump_json()) == parcel()


KILLED = """
import asyncio, sys
from bot.files import Writer
async def main():
    writer = Writer()
    await writer._started()
    print(writer._process, flush=True)
    await asyncio.sleep(60)
if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_no_process_outlives_a_bot_that_was_killed(tmp_path: Path) -> None:
    """After SIGKILL of the bot its writing process ends by itself."""
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    started = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert started.stdout is not None
    writing = int(await asyncio.wait_for(started.stdout.readline(), 30))
    os.kill(writing, 0)
    started.kill()
    await started.wait()
    async with asyncio.timeout(10):
        while _alive(writing):
            await asyncio.sleep(0.02)


def _alive(process: int) -> bool:
    """Running; a zombie that nobody has buried yet is not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
