"""`python -m tests.bench.ledger_bare FOLDER WINDOWS`: what a script of polars and scipy takes for the same figures.

It loads the months it needs from the ledger's Parquet files and then computes, once a line of standard input, without
documents, permissions or audit: six durations (counts, mean, median, p90, Kaplan–Meier median, in all and by priority)
for now and before, MTTR and MTTA for the year before, the trend of both with control limits, and what `ledger_figures`
has. When cases were taken and closed is worked out from their events; other derived columns are the ledger's own.
WINDOWS is JSON: now, before, year and twelve periods as [start, end], `at`, and minutes promised by metric and
priority; prints seconds and figures as JSON. Left out: promises on business hours, workload from the roster.
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

from tests.bench.ledger_figures import Window, bulk, inside, kept, precision, real, shares, stages

METRICS = {
    "mttd": ("first_activity_at", "detected_at"),
    "mtta": ("created_at", "acknowledged_at"),
    "mtti": ("created_at", "identified_at"),
    "mttc": ("created_at", "contained_at"),
    "mttr": ("created_at", "closed_at"),
    "dwell": ("first_activity_at", "detected_at"),
}
OF_INCIDENTS = ("mtti", "mttc", "dwell")
DERIVED = (
    "case_id", "identified_at", "contained_at", "first_closed_at", "reopened", "auto_closed", "escalated", "returned",
)  # fmt: skip


def load(folder: Path, since: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cases with the times that their events give, and the events."""
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
    derived = pl.concat(
        [pl.read_parquet(path, columns=list(DERIVED)) for path in sorted((folder / "derived").glob("*.cases.parquet"))
         if path.name[:7] >= since]
    )  # fmt: skip
    joined = cases.join(points, on="case_id", how="left").join(derived, on="case_id", how="left")
    closed = pl.when(pl.col("status") != "opened").then(pl.coalesce("_closed", "updated_at"))
    words = ("environment", "type", "status", "priority", "close_reason", "rule")
    joined = joined.with_columns(closed_at=closed).sort("created_at").cast(dict.fromkeys(words, pl.Categorical()))
    return joined, events.cast({"activity": pl.Categorical()})


def seconds(cases: pl.DataFrame, metric: str, window: Window, at: datetime) -> pl.DataFrame:
    """priority, seconds, observed of the cases opened in the window, as known at an instant."""
    begin, finish = METRICS[metric]
    mine = real(inside(cases, "created_at", window))
    if metric in OF_INCIDENTS:
        mine = mine.filter(pl.col("incident") | pl.col("identified_at").is_not_null())
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
    below = np.flatnonzero(curve.probabilities <= 0.5 + 1e-12)  # a product that is one half may come out above it
    return {
        "n": int(took.size),
        "open": int((~observed).sum()),
        "mean": float(done.mean()),
        "median": float(np.median(done)),
        "p90": float(np.quantile(done, 0.9)),
        "km_median": float(curve.quantiles[below[0]]) if below.size else None,
    }


def figures(cases: pl.DataFrame, events: pl.DataFrame, windows: dict[str, Any], at: datetime) -> dict[str, Any]:
    """All of it once."""
    found: dict[str, Any] = {}
    for name in ("now", "before"):
        window = windows[name]
        until = window[1] + (at - windows["now"][1])
        for metric in METRICS:
            frame = seconds(cases, metric, window, until)
            found[f"{name}.{metric}"] = told(frame)
            for (priority,), part in frame.partition_by("priority", as_dict=True).items():
                found[f"{name}.{metric}.{priority}"] = told(part)
        found[f"{name}.shares"] = shares(cases, window)
        begun = real(inside(cases, "created_at", window))
        for metric, minutes in windows["promised"].items():
            found[f"{name}.sla.{metric}"] = kept(begun, metric, until, minutes)
    window = windows["year"]
    until = window[1] + (at - windows["now"][1])
    for metric in ("mtta", "mttr"):
        found[f"year.{metric}"] = told(seconds(cases, metric, window, until))
    begun = real(inside(cases, "created_at", window))
    found["year.sla"] = kept(begun, "resolve", until, windows["promised"]["resolve"])
    found["stages"] = stages(cases, events, windows["now"], at)
    found["precision"], found["bulk"] = precision(cases, windows["now"]), bulk(cases, windows["now"])
    last = windows["periods"][-1]
    for metric in ("mtta", "mttr"):
        medians = [
            told(seconds(cases, metric, period, period[1] + (at - last[1])))["median"] for period in windows["periods"]
        ]
        found[f"trend.{metric}"] = moving(np.array(medians, dtype=np.float64))
    found["volumes"] = [real(inside(cases, "created_at", period)).height for period in windows["periods"]]
    return found


def moving(line: Any) -> dict[str, float]:
    """Theil–Sen, Kendall, and the limits of an XmR chart."""
    slope = stats.theilslopes(line, np.arange(line.size))
    rising = stats.kendalltau(np.arange(line.size), line)
    noise = 2.66 * np.abs(np.diff(line[:-1])).mean()
    middle = line[:-1].mean()
    return {"slope": float(slope[0]), "p": float(rising.pvalue), "low": middle - noise, "high": middle + noise}


def main(folder: Path, given: dict[str, Any]) -> None:
    """A line of JSON when all is loaded, then one for each line of standard input."""
    at = datetime.fromisoformat(given["at"])
    windows: dict[str, Any] = {
        name: tuple(datetime.fromisoformat(edge) for edge in given[name]) for name in ("now", "before", "year")
    }
    windows["promised"] = given["promised"]
    windows["periods"] = [tuple(datetime.fromisoformat(edge) for edge in period) for period in given["periods"]]
    started = time.monotonic()
    cases, events = load(folder, given["since"][:7])
    loading = time.monotonic() - started
    sys.stdout.write(json.dumps({"loading": loading, "cases": cases.height}) + "\n")
    sys.stdout.flush()
    for _ in sys.stdin:
        started, cpu = time.monotonic(), time.process_time()
        found = figures(cases, events, windows, at)
        said = {"took": time.monotonic() - started, "cpu": time.process_time() - cpu, "figures": found}
        sys.stdout.write(json.dumps(said, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
