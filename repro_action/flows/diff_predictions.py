# SPDX-License-Identifier: Apache-2.0
"""`repro diff` of predictions: declared ones of runs, revisions, folders and files, or recognised ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from repro_action.config.prediction_config import PredictionConfig
from repro_action.errors import ReproError
from repro_action.fingerprint import Fingerprint
from repro_action.predictions.churn import PredictionChurn
from repro_action.predictions.from_tree import column_names
from repro_action.predictions.recognise import recognise
from repro_action.report.build.predictions import churn_of_files, churn_of_trees, churns
from repro_action.runs.project import Project
from repro_action.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffPredictions:
    """Compares predictions of two operands.

    Attributes:
        project: opens the project that declares some; what it raises means that there is none.
        show_rows: whether rows are listed, whatever the configuration says.
    """

    project: Callable[[], Project]
    show_rows: bool = False

    def of_trees(self, left: Path, right: Path, trees: tuple[Tree, Tree]) -> tuple[PredictionChurn, ...]:
        """Compare two files that were read, as declared under either's name or recognised by column names."""
        declared = self._of_name(left, right)
        if declared is not None:
            return (replace(churn_of_trees(self._shown(declared), trees), path=right.name),)
        recognised = _recognised(right.name, *(column_names(tree) for tree in trees))
        found = churn_of_trees(self._shown(recognised), trees) if recognised is not None else None
        if recognised is None or found is None or found.absent:
            return ()  # it only looks like predictions
        columns = (recognised.key, recognised.label, recognised.score, recognised.truth)
        named = ", ".join(filter(None, columns))
        return (replace(found, remarks=(*found.remarks, f"recognised by the names of columns: {named}")),)

    def of_folders(self, left: Path, right: Path) -> tuple[PredictionChurn, ...]:
        """Compare declared files that both folders have, whichever folder of the project they stand for."""
        return tuple(self._in_folders(left, right))

    def of_fingerprints(
        self, before: Fingerprint, after: Fingerprint, operands: tuple[str, str]
    ) -> tuple[PredictionChurn, ...]:
        """Compare what is declared of two runs or baselines; an operand may be a commit."""
        project = self._opened()
        if project is None or not project.config.predictions:
            return ()
        commits = [project.history.commit(operand) or "" for operand in operands]
        declared = tuple(map(self._shown, project.config.predictions))
        asked = replace(project, config=replace(project.config, predictions=declared))
        return churns(asked, before, after, commits=(commits[0], commits[1]))

    def _in_folders(self, left: Path, right: Path) -> Iterator[PredictionChurn]:
        for declared in self._declared():
            for tail in _tails(declared.path):
                if (left / tail).is_file() and (right / tail).is_file():
                    found = churn_of_files(self._shown(declared), (left / tail, right / tail))
                    if not found.same:
                        yield replace(found, path=tail)
                    break

    def _of_name(self, left: Path, right: Path) -> PredictionConfig | None:
        names = (left.name, right.name)
        return next((one for one in self._declared() if PurePosixPath(one.path).name in names), None)

    def _declared(self) -> Iterable[PredictionConfig]:
        project = self._opened()
        return project.config.predictions if project is not None else ()

    def _opened(self) -> Project | None:
        try:
            return self.project()
        except ReproError:
            return None

    def _shown(self, declared: PredictionConfig) -> PredictionConfig:
        return replace(declared, show_rows=True) if self.show_rows else declared


def _recognised(name: str, before: tuple[str, ...], after: tuple[str, ...]) -> PredictionConfig | None:
    """Return the columns that both tables have and that are called as those of predictions are."""
    roles = recognise([column for column in after if column in before])
    if roles is None:
        return None
    return PredictionConfig(path=name, key=roles.key, label=roles.label, score=roles.score, truth=roles.truth)


def _tails(path: str) -> Iterator[str]:
    """Yield a path, and what is left of it without its first folders."""
    parts = PurePosixPath(path).parts
    yield from ("/".join(parts[start:]) for start in range(len(parts)))
