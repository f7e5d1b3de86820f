# SPDX-License-Identifier: Apache-2.0
"""How two platforms' arithmetic differs, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.numeric.kernels import kernel_name, kernel_of
from repro_action.numeric.signature import QUESTIONS, NumericSignature

_ASSOCIATES = {"sum": "sum", "dot": "dot", "gemv": "GEMV", "gemv_t": "GEMV", "gemm": "GEMM"}
_OTHERS = {
    "functions": "NumPy's elementary functions round differently",
    "libm": "the C library's elementary functions round differently",
    "ties": "sorts order equal values differently",
    "rounding": "the rounding mode or the smallest numbers differ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericDifference:
    """How the arithmetic of two platforms differs.

    Attributes:
        before, after: the signatures.
        names: operations that differ, sorted; those that only one side knows are left out.
    """

    before: NumericSignature
    after: NumericSignature
    names: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Such as `GEMV and GEMM associate differently: OpenBLAS Haswell/Zen there, … here`."""
        stems = {name.rstrip("0123456789") for name in self.names}
        orders = list(dict.fromkeys(word for stem, word in _ASSOCIATES.items() if stem in stems))
        parts = (
            [f"{_listed(orders)} {'associate' if len(orders) > 1 else 'associates'} differently"]
            if orders
            else []
        )
        if "fma" in stems or "fused" in stems:
            parts.append(self._fused())
        parts += [text for stem, text in _OTHERS.items() if stem in stems]
        there, here = kernel_name(self.before), kernel_name(self.after)
        kernels = f": {there} there, {here} here" if kernel_of(self.before) != kernel_of(self.after) else ""
        return "; ".join(parts) + kernels

    def _fused(self) -> str:
        there, here = (
            any(side.operations.get(f"fused{bits}") == "yes" for bits in (32, 64))
            for side in (self.before, self.after)
        )
        if there == here:
            return "multiply and add are fused in other places"
        return f"multiply and add are fused {'there and not here' if there else 'here and not there'}"


def _listed(words: list[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def numeric_difference(
    before: NumericSignature | None, after: NumericSignature | None
) -> NumericDifference | None:
    """Return how two platforms' arithmetic differs.

    Args:
        before: of the baseline's platform; None where it is not known.
        after: of this platform; likewise.

    Returns:
        None where nothing that both sides know differs, or they were asked other questions.
    """
    if before is None or after is None:
        return None
    old, new = before.operations, after.operations
    if old.get(QUESTIONS) != new.get(QUESTIONS):
        return None
    names = tuple(sorted(name for name in old.keys() & new.keys() if old[name] != new[name]))
    return NumericDifference(before=before, after=after, names=names) if names else None
