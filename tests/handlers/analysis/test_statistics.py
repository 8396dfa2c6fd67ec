"""Worked examples of the statistics every command shares (section 0.3), and of definitions (0.2)."""

from __future__ import annotations

import numpy as np
import pytest

from handlers.analysis.control import events, ewma, xmr
from handlers.analysis.definitions import GOOGLE, ORG, POINTS, definition, footnote
from handlers.analysis.mix import Stratum, spread, standardise
from handlers.analysis.proportions import against, difference, distinguishable, overlap, wilson
from handlers.analysis.summary import summarise
from handlers.analysis.survival import kaplan_meier, median, restricted_mean
from handlers.analysis.trend import trend

HOURS = [0.5, 1, 1.5, 2, 3, 4, 6, 9, 20, 96]
KM_TIMES = [2, 4, 5, 8, 8, 10, 12, 24, 30, 48]
KM_CLOSED = [True, True, True, True, False, True, False, True, False, False]
MONTHLY_MTTR = [9.1, 8.7, 8.9, 8.2, 8.4, 7.9, 7.6, 7.8, 7.1, 7.0, 6.8, 6.5]
WEEKLY = [42, 45, 39, 47, 44, 41, 46, 43, 40, 45, 44, 43]


def test_0_3_quantiles() -> None:
    """Both 90th percentiles are told apart, and the mean stands beside the median."""
    told = summarise(np.array(HOURS), np.ones(10, dtype=bool))
    assert told.mean == pytest.approx(14.3)
    assert told.median == pytest.approx(3.5)
    assert told.p90 == pytest.approx(27.6)
    assert told.p90_nearest_rank == pytest.approx(20)
    assert told.geometric_mean == pytest.approx(4.24, abs=0.005)
    assert (told.n, told.open, told.finished) == (10, 0, 10)


def test_0_3_kaplan_meier() -> None:
    """Open cases count as "at least this long": median 10 h where the closed ones alone say 6.5 h."""
    curve = kaplan_meier(KM_TIMES, KM_CLOSED)
    assert curve.times.tolist() == [2, 4, 5, 8, 10, 24]
    assert curve.survival.tolist() == pytest.approx([0.9, 0.8, 0.7, 0.6, 0.48, 0.32])
    assert median(curve).value == 10
    area, horizon = restricted_mean(curve, 24)
    assert (area, horizon) == (pytest.approx(14.62), 24)
    told = summarise(np.array(KM_TIMES, dtype=float), np.array(KM_CLOSED), horizon=24)
    assert told.median == pytest.approx(6.5)
    assert told.mean == pytest.approx(8.83, abs=0.005)
    assert (told.km_median, told.km_reached, told.open) == (10, True, 4)


def test_0_3_median_not_reached() -> None:
    """A curve that never falls to one half has no median, only "more than what was followed"."""
    told = median(kaplan_meier([1, 2, 30, 40, 50], [True, True, False, False, False]))
    assert (told.value, told.reached, told.beyond) == (None, False, 50)


def test_restricted_mean_is_cut_where_nobody_was_followed() -> None:
    """A horizon beyond the last follow-up is cut to it while cases are open, and kept when all are closed."""
    assert restricted_mean(kaplan_meier([1, 2], [True, False]), 10) == (1.5, 2)
    assert restricted_mean(kaplan_meier([1, 3], [True, True]), 10) == (2.0, 10)
    assert restricted_mean(kaplan_meier([4, 6], [False, False])) == (6.0, 6)


@pytest.mark.parametrize(
    ("durations", "flags"), [([], []), ([1], [True, False]), ([-1], [True]), ([float("nan")], [True])]
)
def test_kaplan_meier_refuses(durations: list[float], flags: list[bool]) -> None:
    """Nothing, unequal lengths, negative and unreadable durations are refused."""
    with pytest.raises(ValueError, match="duration"):
        kaplan_meier(durations, flags)


def test_few_cases_have_no_statistics() -> None:
    """Below five cases there is the list and no statistic; below twenty finished no change is called."""
    four = summarise(np.array([1.0, 2, 3, 4]), np.ones(4, dtype=bool))
    assert four.list_only
    assert (four.mean, four.median, four.p90, four.km_median) == (None, None, None, None)
    five = summarise(np.arange(1.0, 6.0), np.ones(5, dtype=bool))
    assert not five.list_only
    assert five.too_few_for_change
    assert five.median == 3
    assert summarise(np.arange(5.0), np.ones(5, dtype=bool)).geometric_mean is None
    assert not summarise(np.arange(1.0, 21.0), np.ones(20, dtype=bool)).too_few_for_change
    unfinished = summarise(np.arange(1.0, 11.0), np.arange(10) < 2)
    assert unfinished.mean is None
    assert not unfinished.km_reached


def test_0_3_wilson() -> None:
    """92 % of 50 and 90 % of 20 cannot be told apart."""
    a, b = wilson(46, 50), wilson(18, 20)
    assert (a.value, a.low, a.high) == (0.92, pytest.approx(0.812, abs=5e-4), pytest.approx(0.968, abs=5e-4))
    assert (b.value, b.low, b.high) == (0.9, pytest.approx(0.699, abs=5e-4), pytest.approx(0.972, abs=5e-4))
    assert overlap(a, b)
    assert not distinguishable(a, b)
    assert distinguishable(wilson(90, 100), wilson(50, 100))


def test_3_sla_below_target_within_noise() -> None:
    """46 of 50 against 95 % is below target within noise; 40 of 50 is below; nothing of nothing is unknown."""
    assert against(wilson(46, 50), 0.95) == "below target, within noise"
    assert against(wilson(40, 50), 0.95) == "below target"
    assert against(wilson(49, 50), 0.95) == "met"
    assert against(wilson(0, 0), 0.95) == "unknown"


def test_difference_of_shares() -> None:
    """56 of 70 against 48 of 80 differ by 0.20, 0.0524 to 0.3339 (Newcombe); the other way round is its mirror."""
    a, b = wilson(56, 70), wilson(48, 80)
    assert difference(a, b) == pytest.approx((0.20, 0.0524, 0.3339), abs=5e-5)
    assert difference(b, a) == pytest.approx((-0.20, -0.3339, -0.0524), abs=5e-5)
    assert distinguishable(a, b)
    assert distinguishable(b, a)
    with pytest.raises(ValueError, match="share of nothing"):
        difference(a, wilson(0, 0))


def test_0_3_trend() -> None:
    """Twelve months of falling MTTR improve by about 14 minutes a month."""
    told = trend(MONTHLY_MTTR, "lower")
    assert told.s == -60
    assert told.variance == pytest.approx(212.667, abs=5e-4)
    assert told.z == pytest.approx(-4.046, abs=5e-4)
    assert told.p == pytest.approx(5.2e-5, rel=0.01)
    assert told.tau == pytest.approx(-0.909, abs=5e-4)
    assert told.slope == pytest.approx(-0.2293, abs=5e-5)
    assert told.slope_low == pytest.approx(-0.2667, abs=5e-5)
    assert told.slope_high == pytest.approx(-0.2000, abs=5e-5)
    assert told.slope is not None
    assert round(told.slope * 60) == -14
    assert told.verdict == "improving"
    assert trend(MONTHLY_MTTR, "higher").verdict == "worsening"


def test_trend_says_no_evidence() -> None:
    """Too few periods, a flat row and noise all say "no evidence of a trend", never "stable"."""
    few = trend(MONTHLY_MTTR[:7], "lower")
    assert (few.enough, few.verdict, few.slope) == (False, "no evidence of a trend", None)
    flat = trend([5.0] * 12, "lower")
    assert (flat.verdict, flat.slope, flat.z, flat.p) == ("no evidence of a trend", 0.0, 0.0, 1.0)
    assert (flat.slope_low, flat.slope_high) == (0.0, 0.0)
    assert trend([1, 9, 2, 8, 3, 7, 4, 6], "lower").verdict == "no evidence of a trend"


def test_trend_keeps_the_place_of_a_missing_period() -> None:
    """A month without a value leaves the slope per month as it is."""
    values: list[float | None] = [float(i) for i in range(12)]
    values[4] = values[7] = None
    told = trend(values, "higher")
    assert (told.n, told.missing, told.slope, told.verdict) == (10, 2, pytest.approx(1.0), "improving")


def test_0_3_xmr() -> None:
    """Limits come from the moving range; 61 is a signal that a Poisson limit would miss."""
    limits = xmr(WEEKLY)
    assert limits.mean == pytest.approx(43.25)
    assert limits.moving_range == pytest.approx(41 / 11)
    assert limits.low == pytest.approx(33.34, abs=0.005)
    assert limits.high == pytest.approx(53.16, abs=0.005)
    assert limits.sigma == pytest.approx(3.304, abs=0.001)
    assert limits.mean + 3 * limits.mean**0.5 == pytest.approx(62.98, abs=0.005)


def test_0_3_ewma() -> None:
    """The thirteenth EWMA is 46.85 against a limit of 46.22."""
    last = ewma([*WEEKLY, 61], xmr(WEEKLY))[-1]
    assert last.value == pytest.approx(46.85, abs=0.005)
    assert last.high == pytest.approx(46.22, abs=0.005)


def test_two_charts_make_one_event() -> None:
    """What both charts see in neighbouring weeks is one event, and calm weeks make none."""
    (event,) = events(WEEKLY, [61, 60, 58])
    assert (event.first, event.last, event.direction, event.peak) == (0, 2, "high", 61)
    assert set(event.seen_by) == {"XmR", "EWMA"}
    assert events(WEEKLY, [43, 44, 42]) == []
    assert events([5.0] * 6, [5.0]) == []
    up, down = events(WEEKLY, [61, 10])
    assert (up.direction, down.direction) == ("high", "low")
    with pytest.raises(ValueError, match="need 6"):
        xmr([1, 2, 3])


def test_0_3_simpson() -> None:
    """Both priorities improved though the mean rose by a quarter: at the old mix it fell by an eighth."""
    told = standardise(
        {"critical": Stratum(50, 4), "medium": Stratum(50, 20)}, {"critical": Stratum(20, 3), "medium": Stratum(80, 18)}
    )
    assert told is not None
    assert (told.before, told.after) == (12, 15)
    assert told.standardised == pytest.approx(10.5)
    assert told.crude_change == pytest.approx(0.25)
    assert told.adjusted_change == pytest.approx(-0.125)
    assert told.left_out == ()


def test_standardise_names_what_cannot_be_compared() -> None:
    """A stratum that one period lacks is named and left out; without a shared one there is no comparison."""
    told = standardise({"a": Stratum(10, 1), "b": Stratum(10, 2)}, {"a": Stratum(5, 3), "c": Stratum(5, 9)})
    assert told is not None
    assert told.left_out == ("b", "c")
    assert (told.base, told.standardised) == (1, 3)
    assert standardise({"a": Stratum(1, 1)}, {"b": Stratum(1, 1)}) is None
    assert standardise({"a": Stratum(0, 1), "b": Stratum(1, 1)}, {"a": Stratum(1, 1)}) is None


def test_2_workload_spread() -> None:
    """One person carries 36 %: Gini 0.233, CV 0.449, max over mean 1.82."""
    told = spread([40, 22, 20, 18, 10])
    assert told is not None
    assert told.gini == pytest.approx(0.233, abs=5e-4)
    assert told.cv == pytest.approx(0.449, abs=5e-4)
    assert told.max_over_mean == pytest.approx(1.82, abs=5e-3)
    assert told.top_share == pytest.approx(0.36, abs=5e-3)
    assert spread([]) is None
    assert spread([0, 0]) is None


def test_0_2_footnote() -> None:
    """Every figure's footnote names interval, clock, counting rule, n and the number open."""
    assert (
        footnote(definition("mttr"), 212, 31)
        == "MTTR = case created→last close, elapsed hours, closed+open (Kaplan–Meier), n=212, 31 open"
    )
    google = footnote(definition("mttr", "google"), 10, 2)
    assert "earliest history event→latest close event" in google
    assert "only cases with both events" in google


def test_definitions_are_complete() -> None:
    """All six metrics are defined on known points; Google's preset falls back where Google has no template."""
    assert list(ORG) == ["mttd", "mtta", "mtti", "mttc", "mttr", "dwell"]
    assert all({d.from_point, d.to_point} <= set(POINTS) for d in (*ORG.values(), *GOOGLE.values()))
    assert definition("dwell", "google").preset == "org"
    assert definition("mtta", "google").preset == "google"
    with pytest.raises(KeyError):
        definition("mttx")


def test_share_of_nothing_is_unknown() -> None:
    """0 of 0 has no value and the whole interval, and impossible counts are refused."""
    nothing = wilson(0, 0)
    assert (nothing.value, nothing.low, nothing.high) == (None, 0.0, 1.0)
    assert not distinguishable(nothing, wilson(1, 2))
    with pytest.raises(ValueError, match="not a share"):
        wilson(3, 2)
