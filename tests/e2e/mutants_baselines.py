# SPDX-License-Identifier: Apache-2.0
"""Mutants of the committed baseline: edited by hand, merged wrongly, deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from e2e.mutant import Edit, Material, Mutant, Place, chain, prepend, remove, swap

from repro_action.errors import BaselineError
from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

BASELINE = "repro.baseline.json"
TRAIN = (Material(Kind.CODE, "train.py"),)


def baseline(change: Callable[[dict], object]) -> Edit:
    """Edit the one fingerprint of the baseline by hand."""

    def edit(root: Path) -> None:
        path = root / BASELINE
        document = json.loads(path.read_text(encoding="utf-8"))
        (fingerprint,) = document["platforms"].values()
        change(fingerprint)
        path.write_text(json.dumps(document, indent=1), encoding="utf-8")

    return edit


def _of_another_platform(root: Path) -> None:
    path = root / BASELINE
    document = json.loads(path.read_text(encoding="utf-8"))
    (fingerprint,) = document["platforms"].values()
    document["platforms"] = {"riscv64-linux": fingerprint}
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")


BASELINES = [
    Mutant(
        name="baseline-metric-edited",
        why="A better figure written by hand is not a better model.",
        after=baseline(lambda recorded: recorded["metrics"]["out/metrics.json"].update(rmse=0.001)),
        expected=Verdict.DRIFTED,
        places=(Place("out/metrics.json", "rmse"),),
        step="evaluate",
        flaky=False,
    ),
    Mutant(
        name="baseline-leaf-removed",
        why="What is struck from the baseline is a difference, not a smaller claim.",
        after=baseline(lambda recorded: recorded["products"]["out/weights.npz"]["leaves"].pop("['weights']")),
        expected=Verdict.DRIFTED,
        places=(Place("out/weights.npz", "['weights']"),),
        step="train",
        flaky=False,
    ),
    Mutant(
        name="baseline-product-removed",
        why="The same for a whole file.",
        after=baseline(lambda recorded: recorded["products"].pop("out/predictions.csv")),
        expected=Verdict.DRIFTED,
        places=(Place("out/predictions.csv"),),
        step="evaluate",
        flaky=False,
    ),
    Mutant(
        name="baseline-leaf-excused",
        why="Only the config may leave a leaf out of equality, never the baseline itself.",
        before=chain(
            swap("train.py", "import pickle\n", "import pickle\nimport time\n"),
            swap("train.py", '"weights": weights}', '"weights": weights, "at": time.time()}'),
        ),
        after=baseline(
            lambda recorded: recorded["products"]["out/model.pkl"].update(excluded={"['at']": "by hand"})
        ),
        expected=Verdict.DRIFTED,
        places=(Place("out/model.pkl", "['at']"),),
        step="train",
        flaky=True,
    ),
    Mutant(
        name="baseline-material-edited",
        why="Outputs decide; a wrong note about the materials is listed for a refresh.",
        after=baseline(
            lambda recorded: recorded["materials"]["code"].update({"train.py": "blake3:" + "0" * 64})
        ),
        expected=Verdict.REPRODUCED,
        materials=TRAIN,
    ),
    Mutant(
        name="baseline-in-conflict",
        why="Conflict markers are no baseline, and no reason to start afresh.",
        after=prepend(BASELINE, "<<<<<<< HEAD\n"),
        expected=Verdict.FAILED,
        error=BaselineError,
        says=(BASELINE,),
    ),
    Mutant(
        name="baseline-of-the-future",
        why="A newer format is not guessed at.",
        after=swap(BASELINE, '"version": 1', '"version": 99'),
        expected=Verdict.FAILED,
        error=BaselineError,
        says=("99",),
    ),
    Mutant(
        name="baseline-deleted",
        why="Nothing to compare with is not a pass.",
        after=remove(BASELINE),
        expected=Verdict.NO_BASELINE,
        materials=None,
    ),
    Mutant(
        name="baseline-of-another-platform",
        why="Bits are promised by platform class; another class's bits are no claim about this one.",
        after=_of_another_platform,
        expected=Verdict.NO_BASELINE,
        materials=None,
    ),
]
