"""What only shows when the files on training and strategy are read beside the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import simulator
from connectors.errors import NotConfigured
from connectors.models.organisation import FILES
from connectors.organisation import check_strategy, check_training
from connectors.organisation.files import load_file
from connectors.organisation.folder import Folder

DEMO = Path(next(iter(simulator.__path__))) / "organisation"
ROSTER = "- {id: a, name: A, tier: 1, role: Analyst, zone: UTC}\n"
SKILLS = "- {person: a, skill: cloud, level: 1, basis: self, at: 2026-01-01}\n"
ITEM = "- {{id: {0}, title: t, theme: run, owner: o, effort: 1, value: 1, deps: [{1}]{2}}}\n"
CERT = "- {{person: {0}, name: {1}, issued: 2026-01-01, owner: o{2}}}\n"
TOOL = "- {tool: t, business_value: 1, technical_quality: 1, api: 'no', data_out: none, at: 2026-01-01"


def folder(path: Path) -> Folder:
    records = {}
    for record in FILES:
        try:
            records[record] = load_file(path, record)
        except NotConfigured:
            continue
    return Folder(records, ())


def found(path: Path, **texts: str) -> list[str]:
    for name, text in ({"roster": ROSTER, "skills": SKILLS} | texts).items():
        (path / f"{name}.yaml").write_text(text)
    read = folder(path)
    return [told for rule in (*check_training.RULES, *check_strategy.RULES) for told in rule(read)]


def test_the_demo_fits_together() -> None:
    """The demo's own files hold nothing to tell."""
    read = folder(DEMO)
    assert [told for rule in (*check_training.RULES, *check_strategy.RULES) for told in rule(read)] == []


def test_missing_files_are_no_findings(tmp_path: Path) -> None:
    """An organisation may keep only some of the files."""
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("role_profiles", "- {role: Analyst, skill: clod, level: 1}\n", "nobody in skills.yaml has the skill 'clod'"),
        ("role_profiles", "- {role: Chief, skill: cloud, level: 1}\n", "nobody in roster.yaml has the role 'Chief'"),
        (
            "role_profiles",
            "- {role: Analyst, skill: cloud, level: 1}\n" * 2,
            "line 2: role and skill stand already on line 1",
        ),
        ("certifications", CERT.format("zz", "C", ""), "person 'zz' is not in roster.yaml"),
        ("certifications", CERT.format("a", "C", ", expires: 2025-01-01"), "expires 2025-01-01 is before issued"),
        ("certifications", CERT.format("a", "C", ", cpe_earned: 3"), "points earned need cpe_needed and cycle_start"),
        ("initiatives", ITEM.format("x", "y", ""), "waits for 'y', which is not in initiatives.yaml"),
        ("initiatives", ITEM.format("x", "x", ""), "initiatives wait for one another: x → x"),
        (
            "initiatives",
            ITEM.format("x", "y", "") + ITEM.format("y", "", ", status: dropped"),
            "waits for 'y', which was dropped (line 2)",
        ),
        ("initiatives", ITEM.format("x", "", "").replace("value: 1, ", ""), "needs a value, or the maturity points"),
        ("initiatives", ITEM.format("x", "", ", gap_refs: ['skill:zz']"), "skill 'zz' is not in skills.yaml"),
        ("initiatives", ITEM.format("x", "", ", gap_refs: [zz]"), "gap 'zz' does not say of what kind"),
        (
            "maturity",
            "- {domain: people, aspect: x, score: 1, target: 2, capability: 1, at: 2026-01-01}\n",
            "capability is for technology and services only",
        ),
        ("capacity", "- {quarter: 2027-Q1, effort: 1}\n" * 2, "line 2: quarter stands already on line 1"),
        ("tools", f"{TOOL}}}\n" * 2, "line 2: tool stands already on line 1"),
    ],
)
def test_what_does_not_meet(tmp_path: Path, name: str, text: str, told: str) -> None:
    """Each finding is one sentence with file, line and what is wrong."""
    sentences = found(tmp_path, **{name: text})
    assert len(sentences) == 1
    assert told in sentences[0] and sentences[0].startswith(f"{name}.yaml line ")


def test_a_circle_names_all_of_it(tmp_path: Path) -> None:
    """Every initiative of a circle is named, in the order in which they wait."""
    items = ITEM.format("x", "y", "") + ITEM.format("y", "z", "") + ITEM.format("z", "x", "")
    (told,) = found(tmp_path, initiatives=items)
    assert any(f"another: {path}" in told for path in ("x → y → z → x", "y → z → x → y", "z → x → y → z"))


def test_unknown_and_double_spellings(tmp_path: Path) -> None:
    """An unknown certification is told, in certificates and duties; a spelling stands for one certification."""
    names = "- {name: One, body: B, aliases: [O.N.]}\n- {name: Two, body: B, aliases: [on]}\n"
    duty = "- {id: d, statement: s, source: x, any_of: [Three], owner: o}\n"
    sentences = found(
        tmp_path, certification_names=names, certification_duties=duty,
        certifications=CERT.format("a", "o-n", "") + CERT.format("a", "Four", ""),
    )  # fmt: skip
    assert sentences == [
        "certification_names.yaml line 2: 'on' stands for 'One' already",
        "certifications.yaml line 2: certification 'Four' is not known to certification_names.yaml",
        "certification_duties.yaml line 1: certification 'Three' is not known to certification_names.yaml",
    ]


def test_migrations_and_money_refer_to_what_is_there(tmp_path: Path) -> None:
    """A tool's migration waits for a known initiative, and funding is a budget line."""
    budget = "- {id: b, category: c, year: 2026, plan: 1, actual: 1, currency: EUR, as_of: 2026-01-01}\n"
    sentences = found(
        tmp_path, tools=f"{TOOL}, needs_first: [zz]}}\n", budget=budget,
        initiatives=ITEM.format("x", "", ", funding: bb"),
    )  # fmt: skip
    assert sentences == [
        "initiatives.yaml line 1: funding 'bb' is not in budget.yaml",
        "tools.yaml line 1: waits for 'zz', which is not in initiatives.yaml",
    ]
