"""Stakeholders, matters, benchmarks and peers side by side."""

from __future__ import annotations

import shutil
from pathlib import Path

from connectors.organisation import check
from tests.connectors.organisation.test_demo import FOLDER


def found(tmp_path: Path, **changed: tuple[str, str]) -> list[str]:
    """The demo's folder with one file's words replaced, checked."""
    folder = tmp_path / "organisation"
    shutil.copytree(FOLDER, folder)
    for name, (old, new) in changed.items():
        path = folder / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    return check(folder)


def test_a_repeated_audience_and_peer_are_said(tmp_path: Path) -> None:
    """An audience or a peer's measure that stands twice is named with its line."""
    said = found(tmp_path, stakeholders=("audience: board", "audience: executive"), peers=("Peer 02", "Peer 01"))
    assert any("audience 'executive' stands already on line" in one for one in said)
    assert any("peer, metric and year stand already" in one for one in said)


def test_unknown_matters_and_repeated_facts_are_said(tmp_path: Path) -> None:
    """A matter that incidents.yaml does not know, and a fact id that stands twice."""
    assert any("is not in incidents.yaml" in one for one in found(tmp_path, matters=("id: inc-2026-11", "id: inc-x")))
    said = found(tmp_path / "b", matters=("id: f02", "id: f01"))
    assert any("fact 'f01' stands twice" in one for one in said)


def test_an_own_benchmark_may_not_take_a_published_id(tmp_path: Path) -> None:
    """An id of the product's file is refused in the organisation's own."""
    said = found(tmp_path, own_benchmarks=("id: circle-mttr-2025", "id: mtrends-dwell-2025"))
    assert any("is already in benchmarks.yaml" in one for one in said)
