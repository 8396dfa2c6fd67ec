"""`open`: the cases behind a figure."""

from __future__ import annotations

import pytest

from connectors.errors import Unavailable
from handlers.commands import case_list, case_show
from handlers.commands import open as open_command
from handlers.core.access import Permission
from handlers.core.errors import BadFlag, Denied, NotFound, UserError
from handlers.core.sheet import Sheet
from messages.document import Source
from tests.handlers.commands.twins import NOW, Desk, case, cells, lines, table, with_commands, words


async def kept(ids: list[str], needs: Permission = Permission.CASES, private: bool = False) -> tuple[Desk, str]:
    """A desk and the snapshot of one figure over these cases."""
    made = with_commands(open_command.COMMAND, case_list.COMMAND, case_show.COMMAND)
    sheet = Sheet(made.authorised("case list"), made.soc, needs, private)
    sheet.add(
        "queue.open", "Open", len(ids), "count", definition="d", sources=(Source(name="s", as_of=NOW),), cases=ids
    )
    figure = (await sheet.keep())[0]
    assert figure.cases is not None
    return made, figure.cases.snapshot


async def test_titles_of_open_cases() -> None:
    """Cases open now show title and owner, the others their id alone."""
    made, snapshot = await kept(["1", "2"])
    made.cases.open = [case("1", title="Beacon", assignee="lead-01")]
    document = await made.run(f"open {snapshot}")
    assert cells(document, "Cases") == [
        ["1", "medium", "Beacon", "Triage", "lead-01"],
        ["2", "—", "not open now", "—", "—"],
    ]


async def test_pages() -> None:
    """Twenty-five a page, with buttons that turn it."""
    made, snapshot = await kept([str(n) for n in range(60)])
    document = await made.run(f"open {snapshot} --page 2")
    assert [row[0] for row in cells(document, "Cases, page 2 of 3")] == [str(n) for n in range(25, 50)]
    assert f"open {snapshot} --page 3" in lines(document)
    with pytest.raises(NotFound):
        await made.run(f"open {snapshot} --page 4")


async def test_more_than_was_kept_is_said() -> None:
    """A snapshot keeps 5,000 ids and says of how many."""
    made, snapshot = await kept([str(n) for n in range(5_200)])
    document = await made.run(f"open {snapshot}")
    assert "5,000 of 5,200 case ids were kept" in words(document)
    assert table(document, "Cases").total == 5_000
    assert document.provenance[0].truncated


async def test_asks_for_the_figures_permission_again() -> None:
    """Who lacks the figure's permission is refused whoever gave them the button."""
    made, snapshot = await kept(["1"], Permission.STAFFING)
    with pytest.raises(Denied):
        await made.run(f"open {snapshot}", role="analyst")


async def test_without_cases_read_there_are_ids_only() -> None:
    """Somebody who may see the figure and not the cases sees ids, no titles, and the desk is not asked."""
    made, snapshot = await kept(["1"], Permission.METRICS)
    made.cases.open = [case("1", title="Secret title")]
    document = await made.run(f"open {snapshot}", role="executive")
    assert cells(document, "Cases") == [["1"]]
    assert made.cases.asked == []


async def test_persons_stay_in_a_direct_message() -> None:
    """A private snapshot opens in a direct message only, for its asker or who may see person-level figures."""
    made, snapshot = await kept(["1"], private=True)
    for visibility in ("private", "channel"):
        with pytest.raises(UserError, match="direct message"):
            await made.run(f"open {snapshot}", visibility=visibility)
    assert (await made.run(f"open {snapshot}", visibility="direct")).private
    assert (await made.run(f"open {snapshot}", visibility="direct", user="U2")).private
    with pytest.raises(Denied):
        await made.run(f"open {snapshot}", visibility="direct", user="U2", role="analyst")


async def test_gone_and_never_there() -> None:
    """After seven days, or for a made-up id, it is NotFound; without an id the flag is missing."""
    made, snapshot = await kept(["1"])
    made.clock.advance(7 * 86_400 + 1)
    for line in (f"open {snapshot}", "open nothing.0"):
        with pytest.raises(NotFound):
            await made.run(line)
    with pytest.raises(BadFlag):
        await made.run("open")


async def test_nothing_behind() -> None:
    """A figure of no case opens to a sentence, not to an empty table."""
    made, snapshot = await kept([])
    assert "No case stands behind" in words(await made.run(f"open {snapshot}"))


async def test_desk_away_still_gives_the_ids() -> None:
    """With the desk away the ids are shown and the desk's failure is said."""
    made, snapshot = await kept(["1"])
    made.cases.fails["open_cases"] = Unavailable("Case desk", "is down")
    document = await made.run(f"open {snapshot}")
    assert cells(document, "Cases") == [["1"]]
    assert "Case desk is down." in words(document)
