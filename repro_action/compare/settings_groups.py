# SPDX-License-Identifier: Apache-2.0
"""Determinism settings that differ for one reason → one line, such as `threads 1 → 2`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from repro_action.compare.materials import MaterialDifference
from repro_action.fingerprint import UNVOUCHED, MaterialKind
from repro_action.tree import Scalar

THREADS = "threads"
"""Name of the line that stands for all variables of a number of threads."""

THREAD_VARIABLES = frozenset(
    {
        *("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "BLIS_NUM_THREADS"),
        *("NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS"),
        *("LOKY_MAX_CPU_COUNT", "VECLIB_MAXIMUM_THREADS"),
        *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    }
)
"""The variables of `determinism/libraries/` whose value is `{threads}`; a test holds the two together."""

HASH_SEED = "PYTHONHASHSEED"

_OWN = frozenset({"profile", "entropy", THREADS, HASH_SEED, UNVOUCHED})
"""Settings that do not follow from the profile."""


def grouped(differences: Sequence[MaterialDifference]) -> tuple[MaterialDifference, ...]:
    """Join the settings that differ because one line of the configuration does.

    Variables of a number of threads become one line; those that a profile sets are what another profile
    means, and the hash seed is what another seed means.

    Args:
        differences: of all kinds, in any order.
    """
    seeds = {(one.before, one.after) for one in differences if one.kind is MaterialKind.SEED}
    seed = {(str(before), str(after)) for before, after in seeds}
    settings = [one for one in differences if one.kind is MaterialKind.DETERMINISM]
    kept = _threads([one for one in settings if one.name != HASH_SEED or (one.before, one.after) not in seed])
    if any(one.name == "profile" for one in kept):
        kept = [one for one in kept if one.name in _OWN and not _only_on_one_side(one)]
    others = (one for one in differences if one.kind is not MaterialKind.DETERMINISM)
    return (*others, *kept)


def _threads(settings: Sequence[MaterialDifference]) -> list[MaterialDifference]:
    """Return the settings, those of a number of threads as one."""
    counts = [one for one in settings if one.name in THREAD_VARIABLES]
    whole = [one for one in counts if one.in_before and one.in_after]
    alike = {(one.before, one.after, one.presence) for one in whole}
    if len(alike) != 1:
        # A library that came or went brings its variable along: that is no other number of threads.
        return list(settings)
    others = [one for one in settings if one not in counts]
    first = whole[0]
    joined = replace(first, name=THREADS, before=_number(first.before), after=_number(first.after))
    return [*others, joined]


def _number(value: Scalar) -> Scalar:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else value


def _only_on_one_side(setting: MaterialDifference) -> bool:
    """Whether a profile sets it and the other one does not: `off` sets nothing."""
    return setting.name in {HASH_SEED, THREADS} and not (setting.in_before and setting.in_after)
