"""Our arithmetic against other people's, on random data. Theirs is imported in the tests: every worker collects all."""

from __future__ import annotations

import warnings
from math import sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, binomtest, ecdf, theilslopes

from handlers.analysis.proportions import wilson, z_of
from handlers.analysis.queueing import erlang_b, erlang_c, rostered_heads, seats_for
from handlers.analysis.survival import kaplan_meier, median, restricted_mean
from handlers.analysis.trend import trend

FEW = settings(max_examples=40, deadline=None)
HISTORIES = st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=60)


@FEW
@given(HISTORIES)
def test_kaplan_meier_is_lifelines(history: list[tuple[int, bool]]) -> None:
    """Survival, median and restricted mean equal lifelines'."""
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    times, flags = [float(t) for t, _ in history], [f for _, f in history]
    curve = kaplan_meier(times, flags)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = KaplanMeierFitter().fit(times, flags)
    grid = np.arange(0, 61)
    assert [curve.at(t) for t in grid] == pytest.approx(theirs.survival_function_at_times(grid).to_list(), abs=1e-9)
    horizon = min(20.0, curve.followed)
    area, end = restricted_mean(curve, horizon)
    assert end == horizon
    assert area == pytest.approx(restricted_mean_survival_time(theirs, t=horizon), abs=1e-6)
    assume(not np.any(np.abs(curve.survival - 0.5) < 1e-9))
    ours = median(curve).value
    assert (float("inf") if ours is None else ours) == theirs.median_survival_time_


@FEW
@given(HISTORIES)
def test_kaplan_meier_is_scipy(history: list[tuple[int, bool]]) -> None:
    """Survival equals scipy's empirical distribution of right-censored data."""
    done = [float(t) for t, f in history if f]
    running = [float(t) for t, f in history if not f]
    theirs = ecdf(CensoredData(uncensored=done, right=running)).sf
    curve = kaplan_meier(done + running, [True] * len(done) + [False] * len(running))
    assert [curve.at(t) for t in range(61)] == pytest.approx(list(theirs.evaluate(np.arange(61.0))), abs=1e-9)


@FEW
@given(st.lists(st.integers(0, 12), min_size=8, max_size=40))
def test_trend_is_pymannkendall(values: list[int]) -> None:
    """S, variance with ties, z, p, tau and slope equal pymannkendall's; the slope's interval scipy's."""
    import pymannkendall

    assume(len(set(values)) > 1)
    ours, theirs = trend(values, "lower"), pymannkendall.original_test(values)
    assert (ours.s, ours.variance) == (theirs.s, pytest.approx(theirs.var_s))
    assert (ours.z, ours.p) == (pytest.approx(theirs.z), pytest.approx(theirs.p, abs=1e-12))
    assert (ours.tau, ours.slope) == (pytest.approx(theirs.Tau), pytest.approx(theirs.slope))
    interval = theilslopes(values, range(len(values)), 0.95)
    assert (ours.slope_low, ours.slope_high) == (pytest.approx(interval.low_slope), pytest.approx(interval.high_slope))
    words = {"decreasing": "improving", "increasing": "worsening", "no trend": "no evidence of a trend"}
    assert ours.verdict == words[theirs.trend]


@FEW
@given(st.integers(1, 60), st.integers(3, 60), st.integers(1, 60), st.integers(1, 30))
def test_erlang_c_is_pyworkforce(per_hour: int, minutes: int, target: int, extra: int) -> None:
    """Waiting, service level and occupancy for a given number of seats equal pyworkforce's."""
    from pyworkforce.queuing import ErlangC

    load = per_hour * minutes / 60
    seats = int(load) + extra
    assume(seats > load)
    oracle = ErlangC(transactions=per_hour, aht=minutes, asa=target, interval=60, shrinkage=0.0)
    ours = erlang_c(load, seats, minutes, target)
    assert ours.wait == pytest.approx(oracle.waiting_probability(seats), abs=1e-9)
    assert ours.service_level == pytest.approx(oracle.service_level(seats), abs=1e-9)
    assert ours.occupancy == pytest.approx(oracle.achieved_occupancy(seats), abs=1e-9)


def test_seats_are_pyworkforce_in_the_worked_example() -> None:
    """Section 4: five seats and eight rostered, by pyworkforce as by us."""
    from pyworkforce.queuing import ErlangC

    theirs = ErlangC(transactions=9, aht=20, asa=15, interval=60, shrinkage=0.3).required_positions(
        0.8, max_occupancy=0.85
    )
    assert (theirs["raw_positions"], theirs["positions"]) == (5, 8)
    assert seats_for(3.0, 20, 15, 0.8, max_occupancy=0.85).seats == 5
    assert rostered_heads(5, 0.3) == 8


def test_pyworkforce_rounds_up_once_too_often() -> None:
    """Its known defect: 21 seats at 30 % shrinkage are exactly 30 heads, it says 31 (a binary fraction rounded up)."""
    from pyworkforce.queuing import ErlangC

    theirs = ErlangC(transactions=52, aht=20, asa=15, interval=60, shrinkage=0.3).required_positions(0.8, 0.85)
    assert (theirs["raw_positions"], theirs["positions"]) == (21, 31)
    assert seats_for(52 * 20 / 60, 20, 15, 0.8, max_occupancy=0.85).seats == 21
    assert rostered_heads(21, 0.3) == 30


@FEW
@given(st.integers(1, 60), st.integers(3, 60), st.integers(1, 30), st.sampled_from([0.7, 0.8, 0.9]))
def test_seats_are_the_fewest(per_hour: int, minutes: int, target: int, share: float) -> None:
    """The seats reach target and occupancy, one fewer does not, and pyworkforce (it rounds up early) asks no fewer."""
    from pyworkforce.queuing import ErlangC

    load = per_hour * minutes / 60
    told = seats_for(load, minutes, target, share, max_occupancy=0.85)
    assert told.service_level >= share
    assert told.occupancy <= 0.85 + 1e-9
    if told.seats > 1:
        fewer = erlang_c(load, told.seats - 1, minutes, target)
        assert fewer.service_level < share or fewer.occupancy > 0.85
    oracle = ErlangC(transactions=per_hour, aht=minutes, asa=target, interval=60, shrinkage=0.0)
    assert oracle.required_positions(share, max_occupancy=0.85)["raw_positions"] >= told.seats


@FEW
@given(st.floats(0.01, 40), st.integers(1, 60))
def test_erlang_b_is_the_closed_formula(load: float, seats: int) -> None:
    """The recursion equals A^N/N! over the sum of its kind."""
    terms = np.cumprod(np.concatenate(([1.0], load / np.arange(1, seats + 1))))
    assert erlang_b(load, seats) == pytest.approx(terms[-1] / terms.sum(), rel=1e-9)


@FEW
@given(st.integers(1, 400), st.data())
def test_wilson_inverts_the_score_test(n: int, data: st.DataObject) -> None:
    """At each bound the score test sits exactly on its critical value; scipy gives the same interval."""
    k = data.draw(st.integers(0, n))
    told = wilson(k, n)
    for bound in (told.low, told.high):
        if 0 < bound < 1:
            assert abs(k / n - bound) / sqrt(bound * (1 - bound) / n) == pytest.approx(z_of(0.95), rel=1e-6)
    theirs = binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert (told.low, told.high) == (pytest.approx(theirs.low, abs=1e-9), pytest.approx(theirs.high, abs=1e-9))
    assert told.value is not None
    assert told.low <= told.value <= told.high
