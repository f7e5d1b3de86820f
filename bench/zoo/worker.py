# SPDX-License-Identifier: Apache-2.0
"""Fits estimators in one process, and leaves each with its outputs as joblib files.

python -m bench.zoo.worker DATA OUT NAME…

One line of JSON on standard output before and after each estimator. It knows nothing of
repro: it is the step whose bits are looked at.
"""

from __future__ import annotations

import inspect
import json
import pickle
import random
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.zoo.recipes import DEFAULT, RECIPES, Recipe

METHODS = (
    "predict",
    "predict_proba",
    "decision_function",
    "transform",
    "score_samples",
    "mahalanobis",
    "kneighbors_graph",
    "sample_y",
)
RESULTS = ("labels_", "embedding_", "row_labels_")
"""What an estimator gives that cannot be asked about unseen rows."""


_UNDIVIDED = frozenset({"images", "kernel"})


@dataclass(slots=True)
class Store:
    """The pinned data."""

    folder: Path

    def read(self, name: str) -> Sequence[object]:
        import numpy as np

        if (self.folder / f"{name}.npy").exists():
            array: Sequence[object] = np.load(self.folder / f"{name}.npy", allow_pickle=False)
            return array
        held: list[object] = json.loads((self.folder / f"{name}.json").read_text(encoding="ascii"))
        return held

    def rows(self, name: str, recipe: Recipe, *, unseen: bool = False) -> object:
        """Return the rows to fit, or up to 400 others; all of them where there are no others."""
        held = self.read(name)
        if name in _UNDIVIDED or (unseen and len(held) <= recipe.rows):
            return held
        kept = held[max(recipe.rows, len(held) - 400) :] if unseen else held[: recipe.rows]
        narrow = recipe.columns and name == recipe.x
        return kept[:, : recipe.columns] if narrow else kept  # type: ignore[call-overload]  # an array


def classes() -> dict[str, type]:
    """Return every estimator, the experimental ones too."""
    from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
    from sklearn.utils import all_estimators

    return dict(all_estimators())


def target(estimator: object, recipe: Recipe) -> str:
    """Return the data set that the estimator's own description asks for."""
    from sklearn.base import is_classifier, is_regressor
    from sklearn.utils import get_tags

    if recipe.y != "auto":
        return recipe.y
    if is_classifier(estimator):
        return "classes"
    if is_regressor(estimator):
        return "numbers"
    return "classes" if get_tags(estimator).target_tags.required else ""


def fit(cls: type, recipe: Recipe, store: Store) -> tuple[object, Mapping[str, object], float]:
    """Return the fitted estimator, its outputs by method, and the seconds that both took."""
    arguments = dict(recipe.arguments)
    if recipe.make is not None:
        arguments |= recipe.make(lambda name: store.rows(name, recipe))
    if "random_state" in inspect.signature(cls).parameters:
        arguments["random_state"] = 0
    estimator = cls(**arguments)
    y = target(estimator, recipe)
    given = [store.rows(recipe.x, recipe)] + ([store.rows(y, recipe)] if y else [])
    unseen = store.rows(recipe.x, recipe, unseen=True)
    begin = time.perf_counter()
    estimator.fit(*given)
    outputs = {name: getattr(estimator, name)(unseen) for name in METHODS if hasattr(estimator, name)}
    seconds = time.perf_counter() - begin
    outputs |= {name: getattr(estimator, name) for name in RESULTS if hasattr(estimator, name)}
    return estimator, outputs, seconds


class Generators:
    """The global generators as this process found them: seeded by the hook, or by nobody.

    Each estimator starts from that state, so that it does not matter which were fitted before.
    """

    def __init__(self) -> None:
        import numpy as np

        self.numpy = np.random.get_state(legacy=False)
        self.python = random.getstate()
        self.bytes = pickle.dumps((self.numpy, self.python))

    def restore(self) -> None:
        import numpy as np

        np.random.set_state(self.numpy)
        random.setstate(self.python)

    def drawn(self) -> bool:
        """Say whether anything was drawn since the last `restore`."""
        import numpy as np

        return pickle.dumps((np.random.get_state(legacy=False), random.getstate())) != self.bytes


def main() -> None:
    """Fit what the command line names."""
    import joblib

    warnings.simplefilter("ignore")
    store, out = Store(Path(sys.argv[1])), Path(sys.argv[2])
    known, generators = classes(), Generators()
    for name in sys.argv[3:]:
        _say(begin=name)
        generators.restore()
        try:
            estimator, outputs, seconds = fit(known[name], RECIPES.get(name, DEFAULT), store)
        except Exception as error:  # noqa: BLE001 -- told to whoever started this, and counted
            _say(end=name, error=f"{type(error).__name__}: {error}"[:300])
            continue
        drew = generators.drawn()
        joblib.dump(estimator, out / f"{name}.joblib")
        joblib.dump(outputs, out / f"{name}.outputs.joblib")
        _say(end=name, seconds=seconds, methods=sorted(outputs), drew=drew)


def _say(**told: object) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
