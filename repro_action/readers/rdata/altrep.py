# SPDX-License-Identifier: Apache-2.0
"""R's vectors that are written as how they are made: `1:10`, the texts of numbers, another vector.

Source: `src/main/altclasses.c` of R.
"""

from __future__ import annotations

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import ReadContext
from repro_action.readers.rdata.objects import Labelled, RList, RPairs, RTexts, RValue, RVector

_MISSING = -(1 << 31)
_WHOLE = 1e5
"""R writes texts of floats from here on with an exponent where that is shorter."""


def expanded_altrep(info: object, state: object, context: ReadContext) -> RValue:
    """Return the vector that a class and its state stand for.

    Raises:
        ArtifactUnreadable: the class is not one of R's own, or more comes out than is allowed.
    """
    name = info.values[0][1] if isinstance(info, RPairs) and info.values else None
    match name:
        case Labelled(value=("compact_intseq" | "compact_realseq") as kind):
            return _sequence(state, "<i4" if kind == "compact_intseq" else "<f8", context)
        case Labelled(value="deferred_string"):
            return _texts(state)
        case Labelled(value=str(kind)) if kind.startswith("wrap_"):
            found = _first(state)
            if isinstance(found, RVector | RTexts | RList):
                return found
    raise ArtifactUnreadable("it has a vector of a kind that is not supported")


def _first(state: object) -> object:
    match state:
        case RPairs(values=[(_, value), *_]) | RList(values=[value, *_]):
            return value
    raise ArtifactUnreadable("a vector in it is malformed")


def _sequence(state: object, dtype: str, context: ReadContext) -> RVector:
    import numpy as np

    if not isinstance(state, RVector) or state.values.dtype.kind != "f" or state.values.size != 3:
        raise ArtifactUnreadable("a sequence in it is malformed")
    size, begin, step = (float(value) for value in state.values)
    most = (1 << 31 if dtype == "<i4" else 1 << 52) - size
    if not 0 <= size * 8 <= context.limits.memory or step not in {1.0, -1.0} or not abs(begin) < most:
        raise ArtifactUnreadable("a sequence in it is malformed, or too long")
    context.expand(8 * int(size))
    return RVector(values=(begin + step * np.arange(int(size))).astype(dtype))


def _texts(state: object) -> RTexts:
    value = _first(state)
    if not isinstance(value, RVector) or value.values.dtype.kind not in "if":
        raise ArtifactUnreadable("a vector in it is malformed")
    if value.values.dtype.kind == "i":
        return RTexts(values=[None if one == _MISSING else str(one) for one in value.values.tolist()])
    # The setting `scipen` is beside the vector; NA, NaN and exponents have their own texts in R.
    match state:
        case RPairs(values=[_, (_, RVector(values=penalty))]) if not penalty.any():
            numbers = [one + 0.0 for one in value.values.tolist()]
            if all(one == 0 or 1e-4 < abs(one) < _WHOLE for one in numbers):
                return RTexts(values=[f"{one:.15g}" for one in numbers])
    raise ArtifactUnreadable("it has strings made of floats in a notation of R's own, which is not supported")
