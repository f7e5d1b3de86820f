# SPDX-License-Identifier: Apache-2.0
"""Which value of each setting is the stricter one: a table of the configuration's keys.

A key is the path of a field of `config.model.Config`, with `*` for an entry of a list or table. Each
one is in `TABLE` or, with the reason, in `NOT_RULES`; a test holds the two to the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from repro_action.compare.config_change import Strictness
from repro_action.tree import Scalar

Order = Callable[[Scalar, Scalar], Strictness]
"""Says how strict the second of two unlike values is, seen from the first; None is no value."""


def unordered(_before: Scalar, _after: Scalar) -> Strictness:
    """Say that neither value is the stricter one."""
    return Strictness.CHANGED


def loosening(*values: Scalar) -> Order:
    """Return the order of a few values, the strictest first; another value cannot be ordered."""
    places = {(type(value), value): place for place, value in enumerate(values)}

    def order(before: Scalar, after: Scalar) -> Strictness:
        old, new = places.get((type(before), before)), places.get((type(after), after))
        return Strictness.CHANGED if old is None or new is None else _by_size(old, new)

    return order


def limit(before: Scalar, after: Scalar) -> Strictness:
    """Say that a larger limit is weaker, and none at all the weakest."""
    return _by_size(_number(before, math.inf), _number(after, math.inf))


def floor(before: Scalar, after: Scalar) -> Strictness:
    """Say that a smaller least value is weaker, and none at all the weakest."""
    return _by_size(-_number(before, -math.inf), -_number(after, -math.inf))


def allowance(before: Scalar, after: Scalar) -> Strictness:
    """Say that a larger allowance is weaker, and none at all the strictest: even 0 allows something."""
    return _by_size(_number(before, -1.0), _number(after, -1.0))


def demand(before: Scalar, after: Scalar) -> Strictness:
    """Say that a smaller number, of what is checked again, is weaker."""
    return _by_size(-_number(before, 0.0), -_number(after, 0.0))


def required(_before: Scalar, after: Scalar) -> Strictness:
    """Say that an entry which is no longer there makes it weaker."""
    return Strictness.WEAKER if after is None else Strictness.STRONGER


def kept(before: Scalar, after: Scalar) -> Strictness:
    """Say that a rule which is no longer there makes it weaker, and that another one cannot be ordered."""
    if after is None:
        return Strictness.WEAKER
    return Strictness.STRONGER if before is None else Strictness.CHANGED


def exempted(_before: Scalar, after: Scalar) -> Strictness:
    """Say that an entry which is new makes it weaker."""
    return Strictness.STRONGER if after is None else Strictness.WEAKER


def backend(before: Scalar, after: Scalar) -> Strictness:
    """Say that `current`, which pins nothing, is weaker than a backend that builds what a lock says."""
    if "current" not in (before, after):
        return Strictness.CHANGED
    return Strictness.WEAKER if after == "current" else Strictness.STRONGER


def content_algorithm(before: Scalar, after: Scalar) -> Strictness:
    """Say that MD5 is weaker than the others: other data with the same digest can be made."""
    if "md5" not in (before, after):
        return Strictness.CHANGED
    return Strictness.WEAKER if after == "md5" else Strictness.STRONGER


def _by_size(before: float, after: float) -> Strictness:
    if before == after:
        return Strictness.CHANGED
    return Strictness.WEAKER if after > before else Strictness.STRONGER


def _number(value: Scalar, absent: float) -> float:
    return float(value) if isinstance(value, int | float) else absent


TABLE: Mapping[str, Order] = {
    "baseline": unordered,
    "environment.backend": backend,
    "environment.allow_source_builds": loosening(False, True),
    "environment.inherit.*": exempted,
    "determinism.profile": loosening("portable", "native", "off"),
    "determinism.entropy": loosening("forbid", "seed", "record"),
    "determinism.cap_threads": loosening(True, False),
    "sandbox.network": loosening(False, True),
    "sandbox.files": loosening("declared", "any"),
    "sandbox.required": loosening(True, False),
    "limits.memory": limit,
    "limits.processes": limit,
    "limits.disk": limit,
    "limits.seconds": limit,
    "limits.reading_memory": limit,
    "limits.reading_seconds": limit,
    "data.*.path": required,
    "data.*.digest": content_algorithm,
    "data.*.schema": kept,
    "data.*.columns.*.type": kept,
    "data.*.columns.*.minimum": floor,
    "data.*.columns.*.maximum": limit,
    "data.*.columns.*.unique": loosening(True, False, None),
    "data.*.columns.*.missing_max": limit,
    "data.*.columns.*.allowed.*": unordered,
    "steps.*.name": required,
    "steps.*.inputs.*": unordered,
    "steps.*.params.*": unordered,
    "steps.*.outputs.*": required,
    "steps.*.stdout": exempted,
    "steps.*.timeout": limit,
    "metrics.*": required,
    "metrics.*.*.goal": unordered,
    "metrics.*.*.tolerance.atol": allowance,
    "metrics.*.*.tolerance.rtol": allowance,
    "metrics.*.*.worsening": allowance,
    "metrics.*.*.sigmas": allowance,
    "artifacts.*.tolerance.atol": allowance,
    "artifacts.*.tolerance.rtol": allowance,
    "artifacts.*.tolerance.max_ulp": allowance,
    "artifacts.*.byproducts.*": exempted,
    "evidence.receipts": demand,
    "evidence.keys.*": exempted,
    "searches.*.path": required,
    "searches.*.retrain": demand,
    "searches.*.best": required,
    "searches.*.metric": unordered,
    "searches.*.goal": unordered,
    "searches.*.study": unordered,
    "searches.*.step": unordered,
    "searches.*.sampler": unordered,
    "searches.*.objective": unordered,
    "searches.*.trial.*": unordered,
}
"""Key → how two values of it compare."""

_WHERE = "says where it is"
_OF_DRIFT = "is of `repro drift`, which judges other data and no run"
_UNPINNED = "is no pin yet: one that was is missing among those"
_MATERIAL = "is a material: what it does to the outputs is compared"

_TRACKED = "says who is told of a run, and no verdict waits for that"

NOT_RULES: Mapping[str, str] = {
    "root": _WHERE,
    "path": _WHERE,
    "name": "is the baseline's name as well, which must agree",
    "seed": _MATERIAL,
    "digest": "both algorithms find any difference",
    "environment.lock": _MATERIAL,
    "environment.python": _MATERIAL,
    "environment.flake": _MATERIAL,
    "environment.image": _MATERIAL,
    "determinism.threads": _MATERIAL,
    "data.*.source": "is where data is fetched from; its digest decides",
    "data.*.profile": "says what a baseline keeps of data, whose digest decides",
    "drift.*": _OF_DRIFT,
    "drift.*.*.ignore": _OF_DRIFT,
    "drift.*.*.most.*": _OF_DRIFT,
    "unpinned.*.path": _UNPINNED,
    "unpinned.*.source": _UNPINNED,
    "steps.*.run.*": _MATERIAL,
    "steps.*.cwd": _MATERIAL,
    "steps.*.env.*": _MATERIAL,
    "track.mlflow.uri": _TRACKED,
    "track.mlflow.experiment": _TRACKED,
    "track.wandb.project": _TRACKED,
    "track.wandb.entity": _TRACKED,
    "track.wandb.mode": _TRACKED,
    "archive.url": "says where accepted products are kept, and no verdict waits for that",
    **dict.fromkeys(
        (f"predictions.*.{key}" for key in ("path", "key", "label", "score", "truth", "show_rows")),
        "says what is shown of an output, whose every difference counts in any case",
    ),
    "noise.seed_params.*": "says what `repro calibrate` varies, and a noise record names it itself",
    "metrics.*.*.exact_because": "is worked out, and cannot be set",
    "metrics.*.*.tolerance.max_ulp": "cannot be set for a metric",
    "artifacts.*.glob": "is a way to name outputs: the rule of each output is compared",
}
"""Key → why a change of it makes nothing weaker."""
