# SPDX-License-Identifier: Apache-2.0
"""Mutants that change how a run is set up: seed, determinism, variables, steps."""

from __future__ import annotations

from pathlib import Path

from e2e.mutant import Material, Mutant, Place, chain, config, swap

from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

WEIGHTS = Place("out/weights.npz", "['weights']")
TRAIN_RUN = 'run = ["python", "train.py"]'
SEED = (Material(Kind.SEED, "seed"),)
"""The hash seed follows the seed, and is no line of its own."""
THREADS = (Material(Kind.DETERMINISM, "threads"),)
"""One setting, one line, though each library has a variable."""
READS_GAIN = chain(
    swap("train.py", "import pickle\n", "import os\nimport pickle\n"),
    swap("train.py", "(inputs[train], ", '(inputs[train] * float(os.environ.get("GAIN", "1")), '),
)


def _last_step_first(root: Path) -> None:
    path = root / "repro.toml"
    head, train, rest = path.read_text(encoding="utf-8").split("[[steps]]\n")
    evaluate, tail = rest.split("[metrics.", maxsplit=1)
    path.write_text(f"{head}[[steps]]\n{evaluate}[[steps]]\n{train}[metrics.{tail}", encoding="utf-8")


SETTINGS = [
    Mutant(
        name="config-seed-unused",
        why="The seed for generators that were left unseeded matters to nobody where there is none.",
        after=config("seed = 5\n", "seed = 6\n"),
        expected=Verdict.REPRODUCED,
        materials=SEED,
    ),
    Mutant(
        name="threads-unused",
        why="Sums this small are not split over threads; the setting is listed and harmless.",
        after=config("threads = 1", "threads = 2"),
        expected=Verdict.REPRODUCED,
        materials=THREADS,
    ),
    Mutant(
        name="threads-guilty",
        why="Where results follow the number of threads, the setting is named, not `drifted`.",
        before=chain(
            swap("evaluate.py", "import json\n", "import json\nimport os\n"),
            swap(
                "evaluate.py",
                '"points": len(test),',
                '"points": len(test) * int(os.environ["OMP_NUM_THREADS"]),',
            ),
        ),
        after=config("threads = 1", "threads = 2"),
        expected=Verdict.CHANGED,
        materials=THREADS,
        places=(Place("out/metrics.json", "points"),),
        step="evaluate",
    ),
    Mutant(
        name="profile-native",
        why="The profile is a material, whether or not this CPU rounds otherwise without it.",
        after=config('profile = "portable"', 'profile = "native"'),
        expected=Verdict.REPRODUCED,
        acceptable=frozenset({Verdict.CHANGED, Verdict.NO_BASELINE}),
        materials=None,
        doubt="whether a native run has a platform class of its own.",
    ),
    Mutant(
        name="variable-not-inherited",
        why="What somebody exported in their shell must not reach a step.",
        before=READS_GAIN,
        environ={"GAIN": "2"},
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="variable-inherited",
        why="A variable that a step is allowed to see is consumed by it: a material.",
        before=chain(
            config('backend = "current"', 'backend = "current"\ninherit = ["GAIN"]'),
            READS_GAIN,
        ),
        environ={"GAIN": "2"},
        expected=Verdict.CHANGED,
        materials=(Material(Kind.ENVIRONMENT, "GAIN"),),
        places=(WEIGHTS,),
        step="train",
        doubt="inherited variables must be recorded for this; else the run is `drifted` and nothing is blamed.",
    ),
    Mutant(
        name="step-variable",
        why="A variable that the config sets for a step is part of the step.",
        before=READS_GAIN,
        after=config(TRAIN_RUN, TRAIN_RUN + '\nenv = { GAIN = "2" }'),
        expected=Verdict.CHANGED,
        materials=(Material(Kind.STEPS, "train"),),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="step-command",
        why="Another command line is a material, even where it does the same.",
        after=config(TRAIN_RUN, 'run = ["python", "-B", "train.py"]'),
        expected=Verdict.REPRODUCED,
        materials=(Material(Kind.STEPS, "train"),),
    ),
    Mutant(
        name="steps-reordered",
        why="The graph decides the order, so moving a step in the file changes nothing at all.",
        after=_last_step_first,
        expected=Verdict.REPRODUCED,
    ),
]
