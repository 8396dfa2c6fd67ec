"""Input that is wrong in ways people get wrong: the doctor says each in one sentence, and drops nothing silently."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.organisation import check

TODAY = date(2026, 11, 22)
INITIATIVE = "- {id: %s, title: t, theme: run, owner: o, effort: 1, value: 1, deps: [%s]}\n"
CONTRACT = (
    "- {vendor: v, product: SIEM, capabilities: [search], start: 2024-01-01, end: %s, notice_days: 30, "
    "auto_renew: false, price: 1, currency: %s, metric: GB, entitled: 1, owner: o}\n"
)
REMAP = "- {old: T1562, new: T1685, since: '19', confidence: name-inferred, source: s, checked: %s}\n"
HUNT = "- {id: h, title: t, hypothesis: y, techniques: [T1562.001], owner: o, status: planned, due: 2027-01-01}\n"
NIGHT = "- {person: a, days: [sun], start: '02:30', end: '10:30', zone: Europe/Berlin%s}\n"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"initiatives.yaml": INITIATIVE % ("a", "b") + INITIATIVE % ("b", "a")},
         "initiatives wait for one another: a → b → a"),
        ({"vendors.yaml": CONTRACT % ("2026-11-21", "EUR")},
         "vendors.yaml line 1: the contract of 'SIEM' ended on 2026-11-21 (write its new end, or take it out)"),
        ({"vendors.yaml": CONTRACT % ("2027-11-21", "USD"), "finance.yaml": "currency: EUR\n"},
         "vendors.yaml line 1: no rate from USD to EUR is in fx_rates.yaml"),
        ({"shifts.yaml": NIGHT % ""},
         "shifts.yaml line 1: 02:30 does not exist on 2027-03-28 in Europe/Berlin, because the clocks change "
         "(the shift begins at 03:30 then; write another time if it should not)"),
        ({"shifts.yaml": NIGHT.replace("02:30", "22:00").replace("10:30", "02:30").replace("sun", "sat") % ""},
         "shifts.yaml line 1: 02:30 does not exist on 2027-03-28 in Europe/Berlin, because the clocks change "
         "(the shift ends at 03:30 then; write another time if it should not)"),
        ({"shifts.yaml": NIGHT % ", valid_from: 2027-04-01"},
         "shifts.yaml line 1: 02:30 comes twice on 2027-10-31 in Europe/Berlin, because the clocks change "
         "(the shift begins the first time; write another time if it should not)"),
        ({"attack_remap.yaml": REMAP % "2025-11-21"},
         "attack_remap.yaml: 1 of 1 rows last checked more than a year ago, first on 2025-11-21 (T1562) "
         "(look them up again, and write the day)"),
        ({"certifications.yaml": "- {person: a, name: Nobodys, issued: 2026-01-01, owner: o}\n",
          "certification_names.yaml": "- {name: GCIH, body: GIAC}\n"},
         "certifications.yaml line 1: certification 'Nobodys' is not known to certification_names.yaml"),
        ({"techniques.yaml": "- {id: T1562.001, name: x}\n"},
         "techniques.yaml line 1: technique T1562.001 is retired (write T1685)"),
        ({"hunts.yaml": HUNT}, "hunts.yaml line 1: technique T1562.001 is retired (write T1685)"),
        ({"skill_threats.yaml": "- {skill: edr, techniques: [T1562.001]}\n"},
         "skill_threats.yaml line 1: technique T1562.001 is retired (write T1685)"),
        ({"initiatives.yaml": INITIATIVE.replace("deps", "gap_refs") % ("a", "'technique:T1562.006'")},
         "initiatives.yaml line 1: technique T1562.006 is retired (write T1685)"),
    ],
)  # fmt: skip
def test_each_is_one_sentence(files: dict[str, str], sentence: str, tmp_path: Path) -> None:
    """File, line, what is wrong and what to do."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert [one for one in check(tmp_path, TODAY) if sentence in one]


@pytest.mark.parametrize(
    "files",
    [
        {"vendors.yaml": CONTRACT % ("2026-11-22", "EUR")},
        {"shifts.yaml": NIGHT % ", valid_until: 2027-03-27"},
        {"shifts.yaml": NIGHT.replace("sun", "mon") % ""},
        {"attack_remap.yaml": REMAP % "2025-11-22"},
    ],
)
def test_what_is_in_order_on_that_day_is_not_told(files: dict[str, str], tmp_path: Path) -> None:
    """A contract's last day is valid; a shift that is over, or not on that weekday, meets no change of clocks."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert [one for one in check(tmp_path, TODAY) if any(w in one for w in ("ended", "clocks", "checked"))] == []
