"""What only shows when the process files are read side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.organisation.checks import check

HEAD = "title: T, file: t.md, category: triage"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"runbooks.yaml": f"- {{id: a, {HEAD}}}\n- {{id: b, {HEAD}, aliases: [a]}}\n"}, "the name 'a' stands already"),
        ({"runbooks.yaml": f"- {{id: a, {HEAD}, steps: [{{id: s, text: x}}, {{id: s, text: y}}]}}\n"}, "stands twice"),
        (
            {
                "runbooks.yaml": f"- {{id: a, {HEAD}}}\n",
                "hunts.yaml": "- {id: h, title: t, hypothesis: x, runbook: z,"
                " owner: o, status: planned, due: 2026-12-01}\n",
            },
            "runbook 'z' is not in runbooks.yaml",
        ),
        (
            {
                "handling_times.yaml": "- {type: Scan, match: scan, minutes: 7, basis: measured}\n",
                "runbooks.yaml": f"- {{id: a, {HEAD}, case_types: [Scam]}}\n",
            },
            "case type 'Scam' is not in handling_times.yaml",
        ),
        (
            {
                "playbook_runs.yaml": "- {playbook: p, period_from: 2026-10-31, "
                "period_to: 2026-10-01, runs: 1, failed: 2}\n"
            },
            "2 failed of 1 runs",
        ),
        (
            {"automations.yaml": "- {id: a, title: t, case_type: x, share: 0.5, build_hours: 1, action: read-only}\n"},
            "needs a failure share",
        ),
        (
            {"hunts.yaml": "- {id: h, title: t, hypothesis: x, owner: o, status: done, due: 2026-12-01}\n"},
            "without the day it finished",
        ),
        (
            {
                "handover_notes.yaml": "- {id: n, kind: watch, text: t, since: 2026-11-22T06:00:00Z, "
                "until: 2026-11-21T06:00:00Z, owner: o}\n"
            },
            "is not after since",
        ),
    ],
)
def test_every_rule_speaks(tmp_path: Path, files: dict[str, str], said: str) -> None:
    """Each thing that does not fit is told in a sentence that names file and line."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    told = [one for one in check(tmp_path) if said in one]
    assert told and "line" in told[0]
