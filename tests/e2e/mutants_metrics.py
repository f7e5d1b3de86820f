# SPDX-License-Identifier: Apache-2.0
"""Mutants of the metrics, under rules and without."""

from __future__ import annotations

from e2e.mutant import Edit, Material, Mutant, Place, chain, config, swap

from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

EVALUATE = (Material(Kind.CODE, "evaluate.py"),)
FILE = "out/metrics.json"
RMSE_RULE = 'rmse = { goal = "min" }'
RMSE = "float(np.sqrt(np.mean(errors**2)))"


def rmse(new: str) -> Edit:
    """Compute the metric in another way."""
    return swap("evaluate.py", RMSE, new)


METRICS = [
    Mutant(
        name="metric-changed",
        why="Without a tolerance a metric is exact, however small the difference.",
        after=rmse(f"{RMSE} + 1e-12"),
        expected=Verdict.CHANGED,
        materials=EVALUATE,
        places=(Place(FILE, "rmse"),),
        step="evaluate",
    ),
    Mutant(
        name="metric-removed",
        why="A metric that vanished must not pass because nothing contradicts it.",
        after=swap("evaluate.py", '        "worst": float(np.abs(errors).max()),\n', ""),
        expected=Verdict.CHANGED,
        materials=EVALUATE,
        places=(Place(FILE, "worst"),),
        step="evaluate",
    ),
    Mutant(
        name="metric-added",
        why="A new metric has no accepted value yet.",
        after=swap(
            "evaluate.py", '"points": len(test),', '"points": len(test), "bias": float(errors.mean()),'
        ),
        expected=Verdict.CHANGED,
        materials=EVALUATE,
        places=(Place(FILE, "bias"),),
        step="evaluate",
    ),
    Mutant(
        name="metric-nan",
        why="NaN is outside every tolerance, though every comparison with it is false.",
        before=config(RMSE_RULE, 'rmse = { goal = "min", atol = 1e9 }'),
        after=rmse('float("nan")'),
        expected=Verdict.CHANGED,
        materials=EVALUATE,
        places=(Place(FILE, "rmse"),),
        step="evaluate",
    ),
    Mutant(
        name="metric-nan-on-both-sides",
        why="A NaN that was accepted is reproduced by a NaN.",
        before=rmse('float("nan")'),
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="metric-became-text",
        why='12 and "12" look alike in a table.',
        after=swap("evaluate.py", '"points": len(test)', '"points": str(len(test))'),
        expected=Verdict.CHANGED,
        materials=EVALUATE,
        places=(Place(FILE, "points"),),
        step="evaluate",
    ),
    Mutant(
        name="metric-inside-tolerance",
        why="What the team declared as noise does not stop a merge.",
        before=config(RMSE_RULE, 'rmse = { goal = "min", atol = 1e-6 }'),
        after=rmse(f"{RMSE} + 1e-9"),
        expected=Verdict.EQUIVALENT,
        materials=EVALUATE,
        places=(Place(FILE, "rmse"),),
        step="evaluate",
    ),
    Mutant(
        name="metric-outside-tolerance",
        why="A tolerance has an end.",
        before=config(RMSE_RULE, 'rmse = { goal = "min", atol = 1e-6 }'),
        after=rmse(f"{RMSE} + 1e-3"),
        expected=Verdict.CHANGED,
        materials=EVALUATE,
        places=(Place(FILE, "rmse"),),
        step="evaluate",
    ),
    Mutant(
        name="metric-noise-inside-tolerance",
        why="Noise that a rule allows is `equivalent`, not `drifted`, though no material differs.",
        before=chain(
            config(RMSE_RULE, 'rmse = { goal = "min", atol = 1e-6 }'),
            swap("evaluate.py", "import json\n", "import json\nimport time\n"),
            rmse(f"{RMSE} + time.time_ns() % 1_000_000 * 1e-13"),
        ),
        expected=Verdict.EQUIVALENT,
        places=(Place(FILE, "rmse"),),
        step="evaluate",
    ),
    Mutant(
        name="metric-better-is-allowed",
        why="Where only a worsening is limited, any improvement is inside.",
        before=config(RMSE_RULE, 'rmse = { goal = "min", max_worsening = 0.01 }'),
        after=rmse(f"{RMSE} / 2"),
        expected=Verdict.EQUIVALENT,
        materials=EVALUATE,
        places=(Place(FILE, "rmse"),),
        step="evaluate",
    ),
    Mutant(
        name="metric-worse-than-allowed",
        why="The other side of the same rule.",
        before=config(RMSE_RULE, 'rmse = { goal = "min", max_worsening = 0.01 }'),
        after=rmse(f"{RMSE} * 2"),
        expected=Verdict.CHANGED,
        materials=EVALUATE,
        places=(Place(FILE, "rmse"),),
        step="evaluate",
    ),
    Mutant(
        name="metrics-file-broken",
        why="A metrics file that is no JSON holds no metrics: never green.",
        after=swap("evaluate.py", ', sort_keys=True) + "\\n"', ', sort_keys=True)[:-1] + "\\n"'),
        expected=Verdict.FAILED,
        acceptable=frozenset({Verdict.CHANGED}),
        materials=None,
        says=(FILE,),
        doubt="an ArtifactUnreadable that ends the run, or every metric missing.",
    ),
]
