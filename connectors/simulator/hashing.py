"""Randomness without state: every fact is a pure function of the seed and a name."""

from __future__ import annotations

from hashlib import blake2b
from math import exp
from statistics import NormalDist
from struct import Struct

_UNPACK = Struct("<16I").unpack
_NORMAL = NormalDist().inv_cdf
UNIT = 1.0 / 2**32
"""A draw times UNIT lies in [0, 1)."""


def draws(seed: int, stream: str, index: int) -> tuple[int, ...]:
    """Sixteen independent integers in [0, 2**32) for one index of one stream."""
    return _UNPACK(blake2b(f"{seed}:{stream}:{index}".encode(), digest_size=64).digest())


def unit(draw: int) -> float:
    """A draw as a number strictly between 0 and 1."""
    return (draw + 0.5) * UNIT


def log_normal(draw: int, median: float, sigma: float) -> float:
    """A log-normal value with the given median; the draw decides the quantile."""
    return median * exp(sigma * _NORMAL(unit(draw)))


def weighted_table(weights: list[float], size: int) -> list[int]:
    """A table of `size` indexes in which index k stands about weights[k] / sum(weights) of the time."""
    total = sum(weights)
    table: list[int] = []
    reached = 0.0
    for index, weight in enumerate(weights):
        reached += weight
        table.extend([index] * (round(reached / total * size) - len(table)))
    return table
