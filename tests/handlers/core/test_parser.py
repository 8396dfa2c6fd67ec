"""A line of chat becomes a command: every spelling, every mangling, and nothing but UserError."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.core.errors import BadFlag, BadLine, OtherPersona, UnknownCommand, UserError
from handlers.core.parser import Parsed, parse
from tests.handlers.core.commands import REGISTRY


def read(text: str) -> Parsed:
    return parse(text, REGISTRY)


def flags(text: str) -> dict[str, object]:
    """What was typed and how it was understood."""
    parsed = read(text)
    assert parsed.command.name == "metrics soc"
    return {name: getattr(parsed.args, name) for name in parsed.args.model_fields_set}


@pytest.mark.parametrize(
    "text",
    [
        "/security:metrics soc --performance",
        "/security metrics soc --performance",
        "/security :metrics soc --performance",
        "/security security:metrics soc --performance",
        "security:metrics soc --performance",
        "security metrics soc --performance",
        "/security:/metrics soc --performance",
        ":metrics soc --performance",
        "/metrics soc --performance",
        "metrics soc --performance",
        "  metrics   soc   --performance  ",
        "METRICS Soc --Performance",
        "/Security:Metrics SOC --PERFORMANCE",
        "metrics: soc --performance",
        "@bot metrics soc --performance",
        "@soc.bot /security:metrics soc --performance",
        "metrics soc --performance=true",
        "metrics soc \u2014performance",
        "metrics soc \u2014\u2014performance",
        "metrics soc \u2e3aperformance",
        "metrics soc \u2013\u2013performance",
        "metrics soc \u2013performance",
        "metrics soc \u2212performance",
        "metrics soc \u2011performance",
        "metrics soc -\u2013performance",
        "metrics\u00a0soc\u00a0--performance",
        "metrics\u202fsoc\u2003--performance",
        "metrics\tsoc\r\n--performance",
        "metr\u200bics soc --perfor\u00admance",
        "metrics soc \u202e--performance\u202c",
        "metrics soc\x00 --performance\x07",
        "metrics soc &#45;&#45;performance",
    ],
)
def test_spellings(text: str) -> None:
    """Each accepted spelling, and each thing a phone makes of it, is the same call."""
    assert flags(text) == {"performance": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--timeframe weekly", "weekly"),
        ("--timeframe=weekly", "weekly"),
        ("--timeframe WEEKLY", "weekly"),
        ('--timeframe "weekly"', "weekly"),
        ("--timeframe='weekly'", "weekly"),
        ("--timeframe=\u201cweekly\u201d", "weekly"),
        ("--timeframe \u2018weekly\u2019", "weekly"),
        ("--timeframe \u00abweekly\u00bb", "weekly"),
        ("--timeframe &quot;weekly&quot;", "weekly"),
        ("\u2014timeframe=weekly", "weekly"),
        ("\u2013timeframe=weekly", "weekly"),
    ],
)
def test_values(text: str, expected: str) -> None:
    """A value is the same after a space, after "=", and in any kind of quotes."""
    assert flags(f"metrics soc {text}") == {"timeframe": expected}


def test_underscored_flags_have_hyphens() -> None:
    """`--trend-analysis` sets the field of the same name; several flags may stand in any order."""
    assert flags("metrics soc --limit 5 --trend-analysis \u2014performance") == {
        "limit": 5,
        "trend_analysis": True,
        "performance": True,
    }


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("it's the user's laptop", "it's the user's laptop"),
        ("don\u2019t reboot", "don't reboot"),
        ("--quoted flag\u2014like --words stay", None),
        ('"--quoted text"', "--quoted text"),
        ("seen \u2014 twice \u2014 today", "seen \u2014 twice \u2014 today"),
        ('path=C:\\temp a="b c"', 'path=C:\\temp a="b c"'),
        ('a="b"', 'a="b"'),
        ("ask <@U012ABCDEF|lead> in <#C012|soc>", "ask @U012ABCDEF in #C012"),
        ("see <https://example.test/x|the page>", "see https://example.test/x"),
        ("&lt;@U012ABCDEF&gt; &amp; co", "<@U012ABCDEF> & co"),
        ('5" disk', '5" disk'),
        ("two  spaces", "two  spaces"),
        ("12 -x", "12 -x"),
    ],
)
def test_rest_of_the_line_is_kept(text: str, note: str | None) -> None:
    """The rest of a line is kept as written, but for quotes and spaces that clients replaced; mentions become ids."""
    if note is None:
        with pytest.raises(BadFlag):
            read(f"case note 7 {text}")
        return
    assert read(f"case note 7 {text}").args.text == note  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["", "   ", "/security", "/SECURITY ", "security", "\u200b", "help", "/security help"])
def test_nothing_said_is_help(text: str) -> None:
    """An empty line asks for help."""
    assert read(text).command.name == "help"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("metrisc soc", "metrics soc"),
        ("metric soc --performance", "metrics soc"),
        ("monitr operations", "monitor operations"),
        ("operations", "monitor operations"),
    ],
)
def test_did_you_mean(text: str, first: str) -> None:
    """A misspelt command is answered with the nearest ones, which are offered as buttons."""
    with pytest.raises(UnknownCommand) as caught:
        read(text)
    assert caught.value.suggestions[0] == first
    assert caught.value.tries == caught.value.suggestions


@pytest.mark.parametrize(
    "text", ["/security:report triage", "triage alert 5", "hunt", "/security respond malware", "case"]
)
def test_sibling_personas(text: str) -> None:
    """A verb of another persona is told apart from a typing mistake."""
    with pytest.raises(OtherPersona, match="not a SOC manager command"):
        read(text)


def test_nothing_alike_points_to_help() -> None:
    """Without a near command the answer names help and invents none."""
    with pytest.raises(UnknownCommand) as caught:
        read("qqqq zzzz")
    assert caught.value.suggestions == ()
    assert "help" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("metrics soc --perfromance", "--performance"),
        ("metrics soc --trend", "--trend-analysis"),
        ("metrics soc --timeframe hourlyy", "weekly"),
        ("metrics soc --timeframe", "monthly"),
        ("metrics soc --timeframe --performance", "monthly"),
        ("metrics soc extra", "--limit"),
    ],
)
def test_bad_flags_name_what_can_be(text: str, choice: str) -> None:
    """A wrong flag or value is answered with the valid ones."""
    with pytest.raises(BadFlag) as caught:
        read(text)
    assert choice in caught.value.choices
    assert choice in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "metrics soc --performance --performance",
        "metrics soc --performance=perhaps",
        "metrics soc --limit 0",
        "metrics soc --limit 1e9999",
        "metrics soc --form=x",
        "case note",
        "case note 7",
    ],
)
def test_more_bad_flags(text: str) -> None:
    """Twice the same flag, values out of range and missing words are BadFlag, each with a sentence."""
    with pytest.raises(BadFlag) as caught:
        read(text)
    assert caught.value.message


def test_open_quote_says_where() -> None:
    """A double quote that never closes is an error that shows where it opened."""
    with pytest.raises(BadLine, match='“"weekly'):
        read('metrics soc --timeframe "weekly')


def test_too_long() -> None:
    """A line of 100 kB is refused at once, with both lengths."""
    with pytest.raises(BadLine, match="100,000 characters; 4,000"):
        read("x" * 100_000)


def test_form_keeps_what_was_typed() -> None:
    """`--form` asks for the form from anywhere among the flags, and what was typed is kept to fill it in."""
    parsed = read("metrics soc --timeframe weekly --form --performance")
    assert parsed.form
    assert parsed.args.model_fields_set == {"timeframe", "performance"}
    assert read("case note 7 --form").args.case_id == "7"  # type: ignore[attr-defined]
    assert not read("case note 7 use --form please").form


ASCII = ["metrics", "soc", "case", "note", "7", "--performance", "--timeframe=", "weekly", "=", "--", '"', "'", ":"]
CLIENTS = ["\u2014timeframe", "\u2013", "\u201c", "\u2019", "&amp;", "&#x22;", "<@U1|x>", "<!channel>", "/security:"]
WORDS = st.sampled_from([*ASCII, *CLIENTS, "\u00a0", "\x00", "\u202e"])


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=12).map(" ".join)))
def test_whatever_is_typed_only_user_errors_come_out(text: str) -> None:
    """Any text is either a command with checked arguments or a UserError."""
    try:
        parsed = read(text)
    except UserError as error:
        assert error.message
    else:
        assert isinstance(parsed.args, parsed.command.args)


@pytest.mark.parametrize(
    ("text", "what", "because", "at"),
    [
        ("say it rains", "it rains", "", ""),
        ("say it rains --at 06:40", "it rains", "", "06:40"),
        ("say it rains - a lot -- really --at 06:40", "it rains - a lot -- really", "", "06:40"),
        (
            "say it  rains --because the way in   is not known --at 06:40",
            "it  rains",
            "the way in   is not known",
            "06:40",
        ),
        ("say --because='nobody knows it' --at 06:40 it's over", "it's over", "nobody knows it", "06:40"),
        ('say "it rains" --because "two words" --at 6', "it rains", "two words", "6"),
        ("say it rains \u2014because clouds", "it rains", "clouds", ""),
        ("say prices --up by 3 --because x", "prices --up by 3", "x", ""),
    ],
)
def test_a_phrase_runs_to_the_next_flag_of_the_command(text: str, what: str, because: str, at: str) -> None:
    """Sentences need no quotes: a phrase, also as a flag's value, ends where the next of the command's flags begins."""
    args = read(text).args
    assert (args.what, args.because, args.at) == (what, because, at)  # type: ignore[attr-defined]
