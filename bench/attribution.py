# SPDX-License-Identifier: Apache-2.0
"""Planted changes with known effects: `python -m bench.attribution` says how many are attributed right.

Each project is a git repository with a base commit and head. What each part of its change does to the metric
is written down beside it, worked out by hand from the formula that the project's program computes.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.attribution.model import Attribution
from repro_action.flows.explain import ExplainOptions, explain
from repro_action.progress import Silent
from repro_action.runs.project import Project

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from changed_project import CONFIG, FORMULA, TRAIN, changed
from integration.locked_wheels import make_wheel

WITHIN = 0.1
"""Fraction of a true share by which the answer may be off."""
_BRIEF = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedChange:
    """One project.

    Attributes:
        name: what is planted.
        head: files that head has otherwise; None for removed ones.
        base: files that the base commit has otherwise than `changed_project.BASE`.
        truth: part, or parts that cannot be told apart → what it contributes to `score`.
        interactions: parts → what they change only together.
        interaction: rest of shares that are taken one at a time; None where shares are exact.
        wheels: versions of the package `alpha` that the two ends lock; none for no environment of its own.
        change: from base to head; None where the base commit has no result.
    """

    name: str
    head: Mapping[str, str | None]
    base: Mapping[str, str | None] = field(default_factory=dict)
    truth: Mapping[str, float]
    interactions: Mapping[str, float] = field(default_factory=dict)
    interaction: float | None = None
    wheels: tuple[str, ...] = ()
    change: float | None


def _code(formula: str) -> str:
    return TRAIN.format(formula=formula)


_PLUS_ONE = "x\n2\n3\n4\n"
"""Moves the mean of the rows by 1."""
_RIDGE = """\
points = list(zip([1.0, 2.0, 3.0], rows))
slope = 0.0
for _ in range(20000):
    gradient = sum(2 * x * (slope * x - y) for x, y in points) + 2 * params["alpha"] * slope
    slope -= 0.01 * gradient
"""
"""Gradient descent to the slope Σxy / (Σxx + alpha)."""
_TRAINED = TRAIN.replace("mean = ", f"{_RIDGE}mean = ").format(formula="slope")
_VENV = CONFIG.format(seed=41).replace(
    "[sandbox]",
    f'[environment]\nbackend = "venv"\nlock = "requirements.lock"\npython = "{sys.executable}"\n\n[sandbox]',
)

CHANGES = (
    PlantedChange(name="data only", head={"wine.csv": _PLUS_ONE}, truth={"data": 1.0}, change=1.0),
    PlantedChange(
        name="params only",
        head={"params.toml": "lr = 1.0\ndepth = 4\n"},
        truth={"params": 2.0},
        change=2.0,
    ),
    PlantedChange(
        name="code only", head={"train.py": _code(f"{FORMULA} + 3")}, truth={"code": 3.0}, change=3.0
    ),
    PlantedChange(
        name="seed only", head={"repro.toml": CONFIG.format(seed=44)}, truth={"seed": 3.0}, change=3.0
    ),
    PlantedChange(
        name="environment only: one package",
        head={},
        base={
            "repro.toml": _VENV,
            "train.py": _code(f"{FORMULA} + float(alpha.VALUE)").replace("import json", "import alpha, json"),
        },
        truth={"environment": 1.5},
        wheels=("1.0", "2.5"),
        change=1.5,
    ),
    PlantedChange(
        name="data and params, side by side",
        head={"wine.csv": _PLUS_ONE, "params.toml": "lr = 0.5\ndepth = 3\n"},
        truth={"data": 1.0, "params": -0.5},
        change=0.5,
    ),
    # Σxy goes from 14 to 20 and Σxx + alpha from 14 to 28: 1 → 20/28, alone 20/14 and 14/28.
    PlantedChange(
        name="data and params of a trained slope",
        base={"train.py": _TRAINED, "params.toml": "alpha = 0\n"},
        head={"wine.csv": "x\n2\n3\n4\n", "params.toml": "alpha = 14\n"},
        truth={"data": (6 / 14 + 6 / 28) / 2, "params": (-1 / 2 - 20 / 28) / 2},
        interactions={"data & params": 20 / 28 - 20 / 14 - 14 / 28 + 1},
        change=20 / 28 - 1,
    ),
    PlantedChange(
        name="code, data and params that multiply, and a seed that adds",
        base={"train.py": _code("mean * params['lr'] + seed")},
        head={
            "train.py": _code("2 * mean * params['lr'] + seed"),
            "wine.csv": _PLUS_ONE,
            "params.toml": "lr = 1.5\n",
            "repro.toml": CONFIG.format(seed=43),
        },
        # f(c, d, p) = c d p from (1, 2, 0.5) to (2, 3, 1.5): what each adds as the first of the three (two
        # orders), after one or the other of the others, and as the last (two orders).
        truth={
            "code": (1 + 1 + 1.5 + 3 + 4.5 + 4.5) / 6,
            "data": (0.5 + 0.5 + 1 + 1.5 + 3 + 3) / 6,
            "params": (2 + 2 + 4 + 3 + 6 + 6) / 6,
            "seed": 2.0,
        },
        interactions={
            "code & data": 0.5,
            "code & params": 2.0,
            "data & params": 1.0,
            "code & data & params": 1.0,
        },
        change=10.0,
    ),
    PlantedChange(
        name="parts that cancel",
        head={"wine.csv": _PLUS_ONE, "repro.toml": CONFIG.format(seed=40)},
        truth={"data": 1.0, "seed": -1.0},
        change=0.0,
    ),
    PlantedChange(
        name="code and params that cannot be run apart",
        head={
            "train.py": _code("mean + params['rate'] * 4 + seed"),
            "params.toml": "rate = 1.0\n",
            "wine.csv": _PLUS_ONE,
        },
        truth={"code with params": 2.0, "data": 1.0},
        change=3.0,
    ),
    PlantedChange(
        name="a base commit that does not train",
        base={"train.py": _code("1 / 0")},
        head={
            "train.py": _code(FORMULA),
            "wine.csv": _PLUS_ONE,
            "params.toml": "lr = 1.0\ndepth = 4\n",
        },
        truth={"data": 1.0, "params": 2.0},
        change=None,
    ),
    # mean * lr + code + seed + threads, all five moved: 1 → 3 for the product, 1.5 of it by the data alone.
    PlantedChange(
        name="five parts, one at a time",
        base={
            "train.py": _code("mean * params['lr'] + seed + int(os.environ['OMP_NUM_THREADS'])"),
            "repro.toml": CONFIG.format(seed=41) + "\n[determinism]\nthreads = 1\n",
        },
        head={
            "train.py": _code("mean * params['lr'] + seed + int(os.environ['OMP_NUM_THREADS']) + 5"),
            "wine.csv": _PLUS_ONE,
            "params.toml": "lr = 1.0\ndepth = 4\n",
            "repro.toml": CONFIG.format(seed=42) + "\n[determinism]\nthreads = 3\n",
        },
        truth={"code": 5.0, "data": 1.0, "params": 1.5, "environment": 2.0, "seed": 1.0},
        interaction=-0.5,
        change=10.0,
    ),
)


def main() -> int:
    """Explain every planted change, print a table, and return 1 where one is off by more than `WITHIN`."""
    print("| planted | truth | found | runs | seconds | right |\n| --- | --- | --- | --- | --- | --- |")
    right = 0
    for planted in CHANGES:
        with tempfile.TemporaryDirectory() as folder:
            started = time.monotonic()
            found = explained(planted, Path(folder))
            seconds = time.monotonic() - started
        good = is_right(planted, found)
        right += good
        cells = (
            planted.name,
            _shown(planted.truth, planted.interactions, planted.interaction),
            _shown(*answer(found)),
            f"{found.runs}",
            f"{seconds:.1f}",
            "yes" if good else "**no**",
        )
        print("| " + " | ".join(cells) + " |", flush=True)
    print(f"\n{right} of {len(CHANGES)} within {WITHIN:.0%} of the truth")
    return 0 if right == len(CHANGES) else 1


def explained(planted: PlantedChange, folder: Path) -> Attribution:
    base, head = dict(planted.base), dict(planted.head)
    for version, files in zip(planted.wheels, (base, head), strict=False):
        files["requirements.lock"] = make_wheel(folder, "alpha", version)
    if planted.wheels:
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": os.devnull}
        os.environ.update({**pip, "REPRO_CACHE_DIR": str(folder / "cache")})
    project = changed(folder / "project", head, base)
    return explain(Project.open(project, None), ExplainOptions(against="HEAD~1"), Silent())


def answer(found: Attribution) -> tuple[dict[str, float], dict[str, float], float | None]:
    """Return shares, interactions and the rest of `score`; empty where it is not explained."""
    for metric in found.metrics:
        if metric.name == "score":
            return (
                {" with ".join(share.players): share.value for share in metric.shares},
                {" & ".join(joint.players): joint.value for joint in metric.interactions},
                metric.interaction,
            )
    return {}, {}, None


def is_right(planted: PlantedChange, found: Attribution) -> bool:
    """Whether every share, interaction and the whole change is within `WITHIN` of the truth."""
    shares, interactions, rest = answer(found)
    change = next((metric.change for metric in found.metrics if metric.name == "score"), None)
    return (
        _near(planted.truth, shares)
        and _near(planted.interactions, interactions)
        and _near({"": planted.interaction or 0.0}, {"": rest or 0.0})
        and (change is None) == (planted.change is None)
        and _near({"": planted.change or 0.0}, {"": change or 0.0})
    )


def _near(truth: Mapping[str, float], found: Mapping[str, float]) -> bool:
    return truth.keys() == found.keys() and all(
        abs(found[name] - value) <= WITHIN * abs(value) + _BRIEF for name, value in truth.items()
    )


def _shown(shares: Mapping[str, float], joint: Mapping[str, float], rest: float | None) -> str:
    ordered = sorted(shares.items(), key=lambda item: -abs(item[1]))
    parts = [f"{name} {value:+.3g}" for name, value in (*ordered, *joint.items())]
    return ", ".join([*parts, *([f"interaction {rest:+.3g}"] if rest else [])])


if __name__ == "__main__":
    sys.exit(main())
