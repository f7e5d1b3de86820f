# SPDX-License-Identifier: Apache-2.0
"""Numbers for people: enough digits to show a difference, and no more.

0.9312 → 0.9315      not 0.93 → 0.93
0.9312004151… → 0.9312004151… (2 ULP)
"""

from __future__ import annotations

import math
from itertools import islice

from repro_action.report.model import Magnitude, Measured, MetricRow
from repro_action.text import ELLIPSIS, apart, clean
from repro_action.tree import Scalar

_SIGNIFICANT = 4
"""Digits that are always shown, if the number has them."""

_MOST = 10
"""Digits up to which a difference is shown as digits; beyond, in ULP."""

_FEW_ULP = 10**5
"""About where floats of 53 bits begin to agree in ten digits; more say nothing to people."""

_VISIBLE = 1e-6
"""Relative differences below this are shown in ULP rather than in percent."""


_TEXT = 60
"""Characters of a text that is shown beside another one."""

_HUGE = 10.0
"""Fraction beyond which percent say little: 1000 %."""


def number(value: Scalar, width: int = 60) -> str:
    """Return one value: the shortest text that reads back as it; texts are quoted and cut."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value) if abs(value) < 10**_MOST else clean(hex(value), width)
        case float():
            return repr(value)
        case str():
            return f'"{clean(value, width)}"'


def pair(before: Scalar, after: Scalar) -> tuple[str, str]:
    """Return two values with as many digits as it takes to tell them apart.

    Floats that agree in ten digits are cut there and end in an ellipsis: they differ in
    units in the last place, which `ulp` tells.
    """
    if isinstance(before, str) and isinstance(after, str) and before[:1] == after[:1]:
        left_text, right_text = apart(before, after, _TEXT)
        return number(left_text), number(right_text)
    if not (_real(before) and _real(after)) or (isinstance(before, int) and isinstance(after, int)):
        return number(before), number(after)
    left, right = _float(before), _float(after)
    if not (math.isfinite(left) and math.isfinite(right)) or left == right:
        return _short(left), _short(right)
    smaller, larger = sorted((abs(left), abs(right)))
    if smaller < larger * 1e-4:
        return f"{left:.{_SIGNIFICANT}g}", f"{right:.{_SIGNIFICANT}g}"
    for digits in range(_SIGNIFICANT, _MOST + 1):
        shown = _aligned(left, right, digits)
        difference = abs(float(shown[0]) - float(shown[1]))
        if shown[0] != shown[1] and math.isclose(difference, abs(left - right), rel_tol=0.2):
            return shown
    if _aligned(left, right, _MOST)[0] != _aligned(left, right, _MOST)[1]:
        return _aligned(left, right, _MOST)
    return _cut(left), _cut(right)


def delta(row: MetricRow) -> str:
    """Return the difference of a metric: `+0.0003 (+0.032 %)`, `2 ULP`, or nothing."""
    if row.delta is None:
        return ""
    if row.delta == 0 and not row.ulp:
        return "0"
    near = bool(row.ulp) and (row.ulp or 0) <= _FEW_ULP
    change = _change(row, row.relative) if row.relative is not None else ""
    beside = ", ".join(filter(None, [f"{row.ulp} ULP" if near else change, sigmas(row)]))
    return signed(row.delta) + (f" ({beside})" if beside else "")


def sigmas(row: MetricRow) -> str:
    """Return a change in standard deviations of seed noise, as `0.8 sigma`; empty where that says nothing."""
    noise = row.noise
    if noise is None or noise.stale or noise.sigmas is None:
        return ""
    return (
        f"{noise.sigmas:.1f} \N{GREEK SMALL LETTER SIGMA}"
        if noise.sigmas < 100
        else ">99 \N{GREEK SMALL LETTER SIGMA}"
    )


NO_BREAK = "\N{NO-BREAK SPACE}"

_BRIEF = 7
"""Digits of a number beside another one where room is short."""


def brief_pair(before: Scalar, after: Scalar) -> tuple[str, str]:
    """Return two values as `pair` does, in seven digits at most.

    Numbers that agree in so many end in an ellipsis after six: their difference stands beside them.
    """
    left, right = pair(before, after)
    if not (_real(before) and _real(after)) or isinstance(before, int) or isinstance(after, int):
        return left, right
    if max(sum(map(str.isdigit, text.partition("e")[0].lstrip("-0."))) for text in (left, right)) <= _BRIEF:
        return left, right
    return _begun(_float(before)), _begun(_float(after))


def _begun(amount: float) -> str:
    """Write the first six digits, not rounded, and an ellipsis; before an exponent where there is one."""
    mantissa, mark, exponent = repr(amount).partition("e")
    leading = len(mantissa) - len(mantissa.lstrip("-0."))
    digits = (place for place, sign in enumerate(mantissa) if place >= leading and sign.isdigit())
    last = next(islice(digits, _BRIEF - 2, None), len(mantissa))
    return (mantissa[: last + 1] + ELLIPSIS if last + 1 < len(mantissa) else mantissa) + mark + exponent


def brief_delta(row: MetricRow) -> str:
    """Return the difference of a metric alone: `+0.0003`, `-9.16e-10`, `+2 ULP`; nothing without one."""
    if row.delta is None:
        return ""
    if row.ulp and row.ulp <= _NEAR:
        return f"{'+' if row.delta > 0 else '-'}{row.ulp} ULP"
    return signed(row.delta)


_NEAR = 1_000
"""Units in the last place up to which they say more than the difference."""


def unbroken(text: str) -> str:
    """Return a number with its sign and unit so that no line can end inside it."""
    return text.replace(" ", NO_BREAK).replace("-", "\N{NON-BREAKING HYPHEN}")


def _change(row: MetricRow, relative: float) -> str:
    """Return percent, or the factor where percent says less: 1400 times."""
    before = _float(row.before)
    if before > 0 and _HUGE < relative < math.inf:
        return f"\N{MULTIPLICATION SIGN}{plain(1 + relative)}"
    return percent(relative)


def plain(amount: float) -> str:
    """Return an amount in three digits; without an exponent where it is readable without."""
    size = abs(amount)
    if 999.5 <= size < 10**9 or (size < 10**9 and float(amount).is_integer()):
        return f"{amount:.0f}"
    return f"{amount:.3g}"


def signed(amount: float) -> str:
    """Return a difference with its sign: `+0.0003`, `-1.2e-07`, `+120`."""
    if amount and abs(amount) < 10**12 and float(amount).is_integer():
        return f"{amount:+.0f}"
    return f"{amount:+.0f}" if 999.5 <= abs(amount) < 10**9 else f"{amount:+.3g}"


def percent(fraction: float) -> str:
    """Return a fraction as signed percent, two digits: `+1.3 %`, `-0.032 %`, `>1000 %`."""
    text = _percent(abs(fraction))
    if fraction < 0:
        return f"<-{text[1:]}" if text.startswith(">") else f"-{text}"
    return text if text.startswith(">") else f"+{text}"


def _percent(fraction: float) -> str:
    if fraction > _HUGE:
        return f">{100 * _HUGE:.0f} %"
    hundred = 100 * fraction
    return f"{hundred:.0f} %" if hundred >= 10 else f"{hundred:.2g} %"


def size(count: int | None) -> str:
    """Return a number of bytes in binary units: `812 B`, `12.1 KiB`."""
    if count is None:
        return "none"
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def sizes(before: int | None, after: int | None) -> str:
    """Return both sizes: one where they are shown alike, else `12.1 KiB → 12.4 KiB`."""
    left, right = size(before), size(after)
    if before is None or after is None:
        return right if before is None else left
    if left == right and before != after:
        return f"{left} ({after - before:+d} B)"
    return left if left == right else f"{left} → {right}"


def shape(sizes: tuple[int, ...]) -> str:
    """Return the shape of an array as `13\N{MULTIPLICATION SIGN}3`, or `scalar`."""
    return "\N{MULTIPLICATION SIGN}".join(map(str, sizes)) or "scalar"


def seconds(amount: float) -> str:
    """Return a duration: `0.4 s`, `12 s`, `3 min 4 s`, `2 h 5 min`."""
    if not math.isfinite(amount):
        return "unknown time"
    if amount < 10:
        return f"{amount:.1f} s"
    whole = round(amount)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def magnitude(size: Magnitude) -> str:
    """Return how large a leaf's difference is, in one line; empty where nothing was measured.

    The place of the first difference is foreign text, and left to the renderer.
    """
    parts = []
    if size.max_abs is not None:
        bound = "≥ " if size.measured is Measured.STATISTICS else ""
        parts.append(f"{'' if size.total == 1 else 'max '}|Δ| {bound}{plain(size.max_abs)}")
    if size.max_rel is not None and size.max_rel >= _VISIBLE:
        parts.append(_percent(size.max_rel))
    if size.max_ulp is not None and size.max_ulp <= _FEW_ULP:
        parts.append(f"{size.max_ulp} ULP")
    if size.differing is not None and size.total is not None and size.total > 1:
        parts.append(f"{size.differing} of {size.total} elements")
    if parts and size.measured is Measured.STATISTICS:
        parts.append("from statistics")
    return ", ".join(parts)


def _real(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _float(value: Scalar) -> float:
    try:
        return float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return math.inf


def _short(amount: float) -> str:
    return f"{amount:.6g}"


def _aligned(left: float, right: float, digits: int) -> tuple[str, str]:
    """Write both with the decimals that the larger one needs to show `digits` digits."""
    largest = max(abs(left), abs(right))
    if not 1e-4 <= largest < 1e9:
        return _trimmed(f"{left:.{digits - 1}e}", f"{right:.{digits - 1}e}")
    decimals = max(digits - 1 - math.floor(math.log10(largest)), 0)
    return _trimmed(f"{left:.{decimals}f}", f"{right:.{decimals}f}")


def _trimmed(one: str, two: str) -> tuple[str, str]:
    """Drop zeros that both end in; one decimal stays."""
    (left, mark, power), (right, _, other) = one.partition("e"), two.partition("e")
    while left[-1] == right[-1] == "0" and "." in left[:-2] and "." in right[:-2]:
        left, right = left[:-1], right[:-1]
    return left + mark + power, right + mark + other


def _cut(amount: float) -> str:
    """Write ten digits, not rounded, and an ellipsis; before an exponent where there is one."""
    mantissa, mark, exponent = repr(amount).partition("e")
    kept = _MOST + 1 + mantissa.startswith("-") + (2 if mantissa.lstrip("-").startswith("0.") else 0)
    return (mantissa[:kept] + ELLIPSIS if len(mantissa) > kept else mantissa) + mark + exponent
