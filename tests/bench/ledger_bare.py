"""`python -m tests.bench.ledger_bare FOLDER WINDOWS`: what a script of polars and scipy takes for the same figures.

It loads the months it needs from the ledger's Parquet files and then computes, again and again, without documents,
permissions or audit: counts, mean, median, p90 and Kaplan–Meier median of MTTD, MTTA and MTTR for three windows, in all
and by priority, the average number of open cases, and the trend of MTTR and MTTA over twelve months. It leaves out what
the bot's answer has beyond that (SLA attainment, precision, stages, restricted means, control charts): a hard opponent.
WINDOWS is JSON: now, before, year and twelve periods as [start, end], and `at`; prints seconds and figures as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

ROUNDS = 7
METRICS = {
    "mttd": ("first_activity_at", "detected_at"),
    "mtta": ("created_at", "acknowledged_at"),
    "mttr": ("created_at", "closed_at"),
}
Window = tuple[datetime, datetime]


def load(folder: Path, since: str) -> pl.DataFrame:
    """Cases with the times that their events give, tests, merged duplicates and maintenance left out."""
    cases, events = (
        pl.concat([pl.read_parquet(path) for path in sorted(folder.glob(f"????-??.{kind}.*.parquet"))
                   if path.name[:7] >= since])
        for kind in ("cases", "events")
    )  # fmt: skip
    activity, value = pl.col("activity"), pl.col("value")
    person = (activity == "ASSIGNEE_CHANGE") & ~value.str.starts_with("@") & (value != "")
    points = events.group_by("case_id").agg(
        acknowledged_at=pl.col("at").filter(person).min(),
        _closed=pl.col("at").filter(activity == "CLOSE_CASE").max(),
    )
    real = (pl.col("type") == "real") & (pl.col("status") != "merged") & pl.col("merged_into").is_null()
    joined = cases.filter(real & (pl.col("close_reason").fill_null("") != "MAINTENANCE")).join(
        points, on="case_id", how="left"
    )
    closed = pl.when(pl.col("status") != "opened").then(pl.coalesce("_closed", "updated_at"))
    return joined.with_columns(closed_at=closed)


def seconds(cases: pl.DataFrame, metric: str, window: Window, at: datetime) -> pl.DataFrame:
    """priority, seconds, observed of the cases opened in the window, as known at an instant."""
    begin, finish = METRICS[metric]
    mine = cases.filter((pl.col("created_at") >= window[0]) & (pl.col("created_at") < window[1]))
    end = pl.when(pl.col(finish) <= at).then(pl.col(finish))
    # a case that was closed without ever reaching the point never will
    open_ = end.is_null() & ((pl.col("closed_at") > at).fill_null(value=True) | pl.col(finish).is_not_null())
    timed = mine.filter(pl.col(begin).is_not_null()).select(
        "priority",
        observed=end.is_not_null(),
        open=open_,
        seconds=(end.fill_null(at) - pl.col(begin)).dt.total_microseconds() / 1e6,
    )
    return timed.filter((pl.col("observed") | pl.col("open")) & (pl.col("seconds") >= 0))


def told(frame: pl.DataFrame) -> dict[str, float | int | None]:
    """n, open, mean, median, p90, km_median."""
    took, observed = frame["seconds"].to_numpy(), frame["observed"].to_numpy()
    done = took[observed]
    if took.size < 5 or done.size < 5:
        return {"n": int(took.size)}
    curve = stats.ecdf(stats.CensoredData(uncensored=done, right=took[~observed])).sf
    below = np.flatnonzero(curve.probabilities <= 0.5)
    return {
        "n": int(took.size),
        "open": int((~observed).sum()),
        "mean": float(done.mean()),
        "median": float(np.median(done)),
        "p90": float(np.quantile(done, 0.9)),
        "km_median": float(curve.quantiles[below[0]]) if below.size else None,
    }


def figures(cases: pl.DataFrame, windows: dict[str, Any], at: datetime) -> dict[str, Any]:
    """All of it once."""
    found: dict[str, Any] = {}
    for name in ("now", "before", "year"):
        window = windows[name]
        until = window[1] + (at - windows["now"][1])
        for metric in METRICS:
            frame = seconds(cases, metric, window, until)
            found[f"{name}.{metric}"] = told(frame)
            for (priority,), part in frame.partition_by("priority", as_dict=True).items():
                found[f"{name}.{metric}.{priority}"] = told(part)
        spent = pl.min_horizontal(pl.col("closed_at").fill_null(window[1]), pl.lit(window[1])) - pl.max_horizontal(
            pl.col("created_at"), pl.lit(window[0])
        )
        total: Any = cases.select((spent.dt.total_microseconds() / 1e6).clip(lower_bound=0).sum()).item()
        found[f"{name}.open"] = total / (window[1] - window[0]).total_seconds()
    last = windows["periods"][-1]
    for metric in ("mtta", "mttr"):
        medians = [
            told(seconds(cases, metric, period, period[1] + (at - last[1])))["median"] for period in windows["periods"]
        ]
        line = np.array(medians, dtype=np.float64)
        slope = stats.theilslopes(line, np.arange(line.size))
        rising = stats.kendalltau(np.arange(line.size), line)
        found[f"trend.{metric}"] = {"slope": float(slope[0]), "p": float(rising.pvalue)}
    return found


def main(folder: Path, given: dict[str, Any]) -> None:
    """One line of JSON."""
    at = datetime.fromisoformat(given["at"])
    windows: dict[str, Any] = {
        name: tuple(datetime.fromisoformat(edge) for edge in given[name]) for name in ("now", "before", "year")
    }
    windows["periods"] = [tuple(datetime.fromisoformat(edge) for edge in period) for period in given["periods"]]
    started = time.monotonic()
    cases = load(folder, given["since"][:7])
    loading = time.monotonic() - started
    took: list[float] = []
    found: dict[str, Any] = {}
    for _ in range(ROUNDS):
        started = time.monotonic()
        found = figures(cases, windows, at)
        took.append(time.monotonic() - started)
    sys.stdout.write(json.dumps({"loading": loading, "took": took, "figures": found, "cases": cases.height}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
