"""Comparisons with published numbers, fiscal quarters and readability, by the worked examples."""

from __future__ import annotations

from datetime import UTC, date, datetime
from math import comb

import pytest

from handlers.analysis.comparison import against_median, against_share, median_interval, one_sided, place, quartiles
from handlers.analysis.fiscal import following, last_complete_quarter
from handlers.analysis.proportions import wilson
from handlers.analysis.readability import reading, syllables

DAYS = [2.0, 3, 4, 5, 7, 9, 19]


def test_six_of_seven_is_not_significant() -> None:
    """Six of seven below the published median: p = 8/128 = 0.0625, so nothing is claimed."""
    found = against_median(DAYS, 14, "lower")
    assert found is not None
    assert one_sided(6, 7) == 0.0625
    assert (found.below, found.above, found.p, found.side, found.word) == (6, 1, 0.0625, "lower", "inconclusive")
    assert (found.n, found.median, found.low, found.high) == (7, 5, 2, 19)


def test_eight_of_eight_is_better() -> None:
    """Eight of eight below: p = 1/256, which is better when lower is better and worse when higher is."""
    assert against_median([1.0] * 8, 14, "lower").word == "better"  # type: ignore[union-attr]
    assert against_median([1.0] * 8, 14, "higher").word == "worse"  # type: ignore[union-attr]


def test_ties_are_left_out_and_old_open_ones_count() -> None:
    """A value equal to the median counts for neither side; an open one already older counts above."""
    found = against_median([1, 2, 3, 14, 14], 14, "lower", open_beyond=2)
    assert found is not None
    assert (found.below, found.above) == (3, 2)


def test_four_values_give_no_statistic() -> None:
    """Below five values nothing is claimed, and below six no interval holds 95 %."""
    assert against_median([1.0, 2, 3, 4], 14, "lower") is None
    assert median_interval([1.0, 2, 3, 4, 5]) is None
    assert median_interval([1.0, 2, 3, 4, 5, 6]) == (1, 6)


def test_a_count_must_be_possible() -> None:
    """More hits than tosses are an error."""
    with pytest.raises(ValueError, match="is not a count"):
        one_sided(8, 7)


def test_interpolation_is_on_a_log_scale_and_never_beyond() -> None:
    """Between 1 h at P25 and 4 h at P50 the middle is 2 h; outside the quantiles only the side is told."""
    scale = {25.0: 1.0, 50.0: 4.0, 75.0: 16.0}
    middle = place(2.0, scale)
    assert middle.at == pytest.approx(37.5)
    assert (middle.low, middle.high) == (25, 50)
    assert place(0.5, scale).at is None
    assert place(0.5, scale).high == 25
    assert (place(17, scale).at, place(17, scale).low, place(17, scale).high) == (None, 75, None)


def test_one_quantile_is_no_scale() -> None:
    """A single published median gives no percentile."""
    with pytest.raises(ValueError, match="at least two"):
        place(5, {50.0: 14})


def test_quartiles_need_five_peers() -> None:
    """Four peers are withheld; five give the type-7 quartiles."""
    assert quartiles([1, 2, 3, 4]) is None
    assert quartiles([1, 2, 3, 4, 5]) == (2, 3, 4)


def test_a_share_inside_the_interval_is_inconclusive() -> None:
    """46 of 50 (81.2 to 96.8 %) is not different from 95 % and better than 80 %."""
    assert against_share(wilson(46, 50), 0.95, "higher") == "inconclusive"
    assert against_share(wilson(46, 50), 0.80, "higher") == "better"
    assert against_share(wilson(46, 50), 0.99, "higher") == "worse"


@pytest.mark.parametrize(
    ("starts", "first", "last", "year", "number"),
    [
        (2, date(2026, 8, 1), date(2026, 10, 31), 2027, 3),
        (1, date(2026, 7, 1), date(2026, 9, 30), 2026, 3),
        (11, date(2026, 8, 1), date(2026, 10, 31), 2026, 4),
        (12, date(2026, 6, 1), date(2026, 8, 31), 2026, 3),
    ],
)
def test_last_complete_fiscal_quarter(starts: int, first: date, last: date, year: int, number: int) -> None:
    """With a year that starts on 1 February, on 22 November 2026 it is 1 August to 31 October 2026."""
    found = last_complete_quarter(datetime(2026, 11, 22, 9, tzinfo=UTC), "Europe/Berlin", starts)
    assert (found.first, found.last, found.year, found.number) == (first, last, year, number)
    assert (following(found, "Europe/Berlin", starts).first - found.last).days == 1


def test_a_quarter_is_local_and_survives_daylight_saving() -> None:
    """August to October in Berlin begins at 22:00 UTC and ends at 23:00 UTC."""
    found = last_complete_quarter(datetime(2026, 11, 22, 9, tzinfo=UTC), "Europe/Berlin", 2)
    assert (found.window.start.hour, found.window.end.hour) == (22, 23)


def test_readability_by_hand() -> None:
    """Twenty words in two sentences with 26 syllables: ease 206.835 − 1.015·10 − 84.6·1.3."""
    text = "The cat sat on the mat in the sun today. We wrote about a table with a very old story."
    found = reading(text)
    assert (found.words, found.sentences) == (20, 2)
    assert found.ease == pytest.approx(206.835 - 10.15 - 84.6 * found.syllables / 20)
    assert found.grade == pytest.approx(3.9 + 11.8 * found.syllables / 20 - 15.59)
    assert [syllables(word) for word in ("time", "table", "security", "the")] == [1, 2, 4, 1]


def test_short_texts_have_no_score() -> None:
    """Below twenty words no score is given."""
    assert reading("Too short.").ease is None


@pytest.mark.parametrize("n", [501, 777, 1_500, 2_001])
def test_large_samples_are_reckoned_as_small_ones_are(n: int) -> None:
    """Beyond the size that is summed in whole numbers the interval and the sign test stay what whole numbers give."""
    half, side = 2**n, 0
    rank = -1
    while True:
        side += comb(n, rank + 1)
        if side * 40 > half:  # one side holds more than 2.5 %
            break
        rank += 1
    assert median_interval([float(v) for v in range(n)]) == (rank, n - 1 - rank)
    hits = n // 2 + 30
    exact = sum(comb(n, k) for k in range(hits, n + 1)) / 2**n if n < 1_000 else None
    if exact is not None:
        assert one_sided(hits, n) == pytest.approx(exact, rel=1e-9)


def test_an_interval_of_many_values_takes_no_time_worth_telling() -> None:
    """A million values: the order statistics lie 980 ranks either side of the middle, and nothing is summed for it."""
    low, high = median_interval([float(v) for v in range(1_000_000)]) or (0.0, 0.0)
    assert (low + high, round((high - low) / 2)) == (999_999, pytest.approx(980, abs=2))
