"""How numbers and instants are said to people; the same words on every platform."""

from __future__ import annotations

from datetime import datetime
from math import floor, isfinite, log10

from messages.figures import Figure

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_SMALL, _LEAST = 0.1, 0.00001
_GRAIN = ((86_400, 3_600), (3_600, 60), (0, 1))


def duration(seconds: float) -> str:
    """Seconds as the two largest units that matter: 5400 → "1 h 30 min", 42 → "42 s", 90 → "1 min 30 s"."""
    size = abs(seconds)
    grain = next(grain for above, grain in _GRAIN if size >= above)
    rest = round(size / grain) * grain
    parts = []
    for unit, name in _UNITS:
        whole, rest = divmod(rest, unit)
        if whole:
            parts.append(f"{whole} {name}")
    return ("−" if seconds < 0 and parts else "") + (" ".join(parts[:2]) or "0 s")


def count(value: float) -> str:
    """1234567 → "1,234,567"; 2.5 → "2.5"; −4 → "−4"."""
    whole = float(value).is_integer()
    said = f"{value:,.0f}" if whole else f"{value:,.2f}".rstrip("0").rstrip(".")
    return "0" if said == "-0" else said.replace("-", "−")


def _signed(value: float, how: str) -> str:
    """The number with a minus sign; what rounds to nothing has none."""
    said = f"{value:{how}}"
    return said.replace("-", "−" if any(digit in said for digit in "123456789") else "")


def _small(value: float) -> str:
    """Below a tenth, two significant digits: a p of 0.0008 is not 0."""
    if abs(value) < _LEAST:
        return f"below {_LEAST:f}".rstrip("0") if value > 0 else f"above −{_LEAST:f}".rstrip("0")
    digits = 1 - floor(log10(abs(value)))
    return f"{value:.{digits}f}".rstrip("0").rstrip(".").replace("-", "−")


def quantity(value: float | None, unit: str, currency: str | None = None) -> str:  # noqa: PLR0911 - one line a unit
    """A value in its unit, as people read it; None is "not available"."""
    if value is None or not isfinite(value):
        return "not available"
    match unit:
        case "seconds":
            return duration(value)
        case "share":
            return f"{_signed(value * 100, ',.1f')} %".replace(".0 %", " %")
        case "money":
            return f"{_signed(value, ',.0f')} {currency or ''}".strip()
        case "hours":
            return f"{count(round(value, 1))} h"
        case "days":
            return f"{count(round(value, 1))} d"
        case "per_hour":
            return f"{count(round(value, 2))} per hour"
        case "fte":
            return f"{count(round(value, 2))} FTE"
        case _:
            return count(value) if abs(value) >= _SMALL or value == 0 else _small(value)


def shown(figure: Figure) -> str:
    """The figure's value as text."""
    return quantity(figure.value, figure.unit, figure.currency)


def delta(figure: Figure) -> str:
    """Change against the previous window: "+12 %", "−1 h", "unchanged"; empty without a previous value."""
    if figure.previous is None or figure.value is None:
        return ""
    change = figure.value - figure.previous
    if change == 0:
        return "unchanged"
    sign = "+" if change > 0 else "−"
    if figure.unit == "share":
        return f"{sign}{abs(change) * 100:.1f} points".replace(".0 points", " points")
    return f"{sign}{quantity(abs(change), figure.unit, figure.currency)}"


def standing(figure: Figure) -> str:
    """Delta and target in one short line: "+2 vs previous · target 4 h"; empty when there is neither."""
    parts = []
    if change := delta(figure):
        parts.append(f"{change} vs previous")
    if figure.target is not None:
        parts.append(f"target {quantity(figure.target, figure.unit, figure.currency)}")
    return " · ".join(parts)


def observations(figure: Figure) -> str:
    """ "n = 212" with the confidence limits where there are any; empty for a plain count."""
    parts = [] if figure.n is None else [f"n = {count(figure.n)}"]
    if figure.low is not None and figure.high is not None:
        low, high = (quantity(edge, figure.unit, figure.currency) for edge in (figure.low, figure.high))
        parts.append(f"95 % CI {low} to {high}")
    if figure.truncated:
        parts.append("truncated")
    return ", ".join(parts)


def instant(at: datetime) -> str:
    """2026-11-22 09:00 UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
