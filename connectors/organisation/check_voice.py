"""Stakeholders, matters, benchmarks and peers against one another and against the other files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.models.organisation import SignificantIncident
from connectors.models.organisation.benchmarks import Benchmark, OwnBenchmark, PeerValue
from connectors.models.organisation.voice import Matter, Stakeholder
from connectors.organisation.folder import Folder, at


def audiences(found: Folder) -> Iterator[str]:
    """An audience that stands twice."""
    seen: dict[str, int] = {}
    for one in found.of(Stakeholder):
        if one.record.audience in seen:
            yield f"{at(Stakeholder, one)}: audience {one.record.audience!r} stands already on line {seen[one.record.audience]}"  # noqa: E501
        seen.setdefault(one.record.audience, one.line)


def matters(found: Folder) -> Iterator[str]:
    """Matters that incidents.yaml does not know, and facts whose id stands twice."""
    known = {one.record.id for one in found.of(SignificantIncident)}
    for one in found.of(Matter):
        if found.readable(SignificantIncident) and one.record.id not in known:
            yield f"{at(Matter, one)}: matter {one.record.id!r} is not in {SignificantIncident.FILE}"
        names = [fact.id for fact in one.record.facts]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"{at(Matter, one)}: fact {name!r} stands twice"


def published(found: Folder) -> Iterator[str]:
    """An own benchmark whose id the product's file has already."""
    known = {one.record.id for one in found.of(Benchmark)}
    for one in found.of(OwnBenchmark):
        if one.record.id in known:
            yield f"{at(OwnBenchmark, one)}: id {one.record.id!r} is already in {Benchmark.FILE}"


def peers(found: Folder) -> Iterator[str]:
    """A peer that told the same measure of the same year twice."""
    seen: dict[tuple[str, str, int], int] = {}
    for one in found.of(PeerValue):
        key = (one.record.peer, one.record.metric, one.record.year)
        if key in seen:
            yield f"{at(PeerValue, one)}: peer, metric and year stand already on line {seen[key]}"
        seen.setdefault(key, one.line)


RULES: tuple[Callable[[Folder], Iterator[str]], ...] = (audiences, matters, published, peers)
