# SPDX-License-Identifier: Apache-2.0
"""`cv_results_` of scikit-learn's searches as records, from the tree of a pickle or joblib file.

See `BaseSearchCV.fit` (sklearn/model_selection/_search.py): the best row is the first of rank 1, and rank is
by the mean score; a search by halving takes the best of its last iteration.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import FileSource, ReadContext
from repro_action.readers.searches.record import (
    SearchGoal,
    SearchParam,
    SearchRecord,
    SearchStudy,
    SearchTrial,
    TrialState,
)
from repro_action.tree import Branch, Kind, Leaf, Node

if TYPE_CHECKING:
    import numpy as np

_PLAIN = "sklearn.model_selection._search."
_HALVING = "sklearn.model_selection._search_successive_halving."
_TYPES = frozenset(
    {
        f"{_PLAIN}GridSearchCV",
        f"{_PLAIN}RandomizedSearchCV",
        f"{_HALVING}HalvingGridSearchCV",
        f"{_HALVING}HalvingRandomSearchCV",
    }
)
_MOST_STUDIES = 100
_CHUNK = 1 << 20


def results_record(source: FileSource, context: ReadContext) -> SearchRecord:
    """Return the searches of a file.

    Raises:
        ArtifactUnreadable: there is none in it, or one is malformed.
    """
    tree = context.descend(source)
    found = list(_searches(tree.root, context))
    if not found:
        reason = f" ({tree.reason})" if tree.reason else ""
        raise ArtifactUnreadable(
            f"it holds no search: it is read as {tree.format}{reason}, and neither as a study of Optuna "
            "nor as a fitted search of scikit-learn"
        )
    names = [path for path, _ in found] if len(found) > 1 else [""]
    studies = tuple(_study(name, node) for name, (_, node) in zip(names, found, strict=True))
    return SearchRecord(library="sklearn", studies=studies)


def _searches(root: Node, context: ReadContext) -> Iterator[tuple[str, dict[str, Node]]]:
    """Yield each fitted search with its path; what is shared is looked at once."""
    stack: list[tuple[str, Node]] = [("", root)]
    seen: set[int] = set()
    count = 0
    while stack:
        path, node = stack.pop()
        if not isinstance(node, Branch) or id(node) in seen:
            continue
        seen.add(id(node))
        context.check_time()
        if node.type in _TYPES and any(name == ".cv_results_" for name, _ in node.children):
            count += 1
            if count > _MOST_STUDIES:
                raise ArtifactUnreadable(f"it holds more than {_MOST_STUDIES} searches")
            yield path or node.type.rpartition(".")[2], {".type": node, **dict(node.children)}
            continue
        stack.extend((path + segment, child) for segment, child in reversed(node.children))


def _study(name: str, parts: dict[str, Node]) -> SearchStudy:
    results = dict(_branch(parts[".cv_results_"]).children)
    refit = parts.get(".refit")
    metric = _plain(refit) if isinstance(refit, Leaf) and refit.kind is Kind.TEXT else "score"
    by_function = isinstance(refit, Branch) or (isinstance(refit, Leaf) and refit.dtype == "reference")
    means = _array(results[f"['mean_test_{metric}']"]).astype("f8").ravel()
    rows = _children(results["['params']"])
    if len(means) != len(rows):
        raise ArtifactUnreadable("its cv_results_ has columns of unlike lengths")
    winner = _whole(parts.get(".best_index_"))
    if winner is not None and not 0 <= winner < len(rows):
        raise ArtifactUnreadable("its best_index_ is no row of cv_results_")
    halving = _branch(parts[".type"]).type.startswith(_HALVING)
    last = _last_iteration(results) if halving else [True] * len(rows)
    return SearchStudy(
        name=name,
        goals=(SearchGoal.MAX,),
        trials=tuple(
            SearchTrial(
                number=number,
                state=TrialState.COMPLETE if last[number] else TrialState.PRUNED,
                params=_params(row),
                values=(float(means[number]),),
            )
            for number, row in enumerate(rows)
        ),
        winner=winner,
        unranked="its `refit` is a function, which chose the winner" if by_function else "",
        contradictions=() if winner is None else tuple(_denied(parts, rows, means, winner)),
    )


def _denied(parts: dict[str, Node], rows: list[Node], means: np.ndarray, winner: int) -> Iterator[str]:
    params, score = parts.get(".best_params_"), parts.get(".best_score_")
    if params is not None and params.digest != rows[winner].digest:
        yield f"best_params_ are not the parameters of row {winner}, which best_index_ names"
    if isinstance(score, Leaf) and isinstance(score.value, int | float):
        mean = float(means[winner])
        if float(score.value) != mean and not (math.isnan(score.value) and math.isnan(mean)):
            yield f"best_score_ is {score.value!r}, and the score of row {winner} is {mean!r}"


def _last_iteration(results: dict[str, Node]) -> list[bool]:
    iterations = _array(results["['iter']"]).ravel()
    return [bool(one) for one in iterations == iterations.max()] if len(iterations) else []


def _params(row: Node) -> tuple[SearchParam, ...]:
    if not isinstance(row, Branch):
        return ()
    return tuple(
        SearchParam(name=segment.removeprefix("['").removesuffix("']"), value=_plain(node))
        for segment, node in row.children
    )


def _plain(node: Node) -> object:
    """Return a plain value; of anything else, what it is."""
    if isinstance(node, Branch):
        return f"<{node.type or 'values'} {node.digest.value[:12]}>"
    if node.kind is Kind.NULL:
        return None
    if node.value is not None:
        return node.value
    if node.kind is Kind.TEXT and node.payload is not None:
        return b"".join(map(bytes, node.payload.chunks(_CHUNK))).decode("utf-8", "surrogatepass")
    return f"<{node.kind} {node.digest.value[:12]}>"


def _branch(node: Node) -> Branch:
    if not isinstance(node, Branch):
        raise TypeError("a part of the search is no object")
    return node


def _children(node: Node) -> list[Node]:
    """Return the entries of a list, in its order."""
    found = dict(_branch(node).children)
    return [found[f"[{index}]"] for index in range(len(found))]


def _array(node: Node) -> np.ndarray:
    import numpy as np

    if not isinstance(node, Leaf) or node.kind is not Kind.ARRAY or node.payload is None:
        raise TypeError("a column of cv_results_ is no array")
    return np.frombuffer(b"".join(map(bytes, node.payload.chunks(_CHUNK))), np.dtype(node.dtype))


def _whole(node: Node | None) -> int | None:
    if node is None:
        return None
    if not isinstance(node, Leaf) or isinstance(node.value, bool) or not isinstance(node.value, int):
        raise TypeError("best_index_ is no whole number")
    return node.value
