# SPDX-License-Identifier: Apache-2.0
"""Mutants that bring in chance, clocks, identities and surroundings."""

from __future__ import annotations

import shutil
from pathlib import Path

from e2e.mutant import Edit, Material, Mutant, Place, chain, config, prepend, swap
from e2e.mutants_settings import SEED

from repro_action.errors import StepError
from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

WEIGHTS = Place("out/weights.npz", "['weights']")
MODEL = "out/model.pkl"
NOTES = "out/notes.json"
SEEDED = "np.random.default_rng(seed).permutation(count)"
UNSEEDED = swap("ridge.py", SEEDED, "np.random.default_rng().permutation(count)")
GLOBAL = swap("ridge.py", SEEDED, "np.random.permutation(count)")

WIDE = chain(
    swap(
        "evaluate.py",
        "    errors = predicted",
        '    columns = {*"abcdefghijklmnop"}\n'
        '    Path("out/wide.csv").write_text(",".join(columns) + "\\n" + ",".join(map(str, range(16))) + "\\n")\n'
        "    errors = predicted",
    ),
    config('"out/predictions.csv"]', '"out/predictions.csv", "out/wide.csv"]'),
)
"""A table whose columns come out of a set."""


def recorded(expression: str, *, key: str, imports: str = "") -> Edit:
    """Put the value of an expression into the model."""
    return chain(
        swap("train.py", "import pickle\n", f"import pickle\n{imports}"),
        swap(
            "train.py", '    Path("out").mkdir', f'    model["{key}"] = {expression}\n    Path("out").mkdir'
        ),
    )


def noted(expression: str, *, imports: str = "") -> Edit:
    """Write the value of an expression into a product of its own."""
    return chain(
        swap("evaluate.py", "import json\n", f"import json\n{imports}"),
        swap(
            "evaluate.py",
            "    errors = predicted",
            f'    Path("{NOTES}").write_text(json.dumps({expression}), encoding="utf-8")\n    errors = predicted',
        ),
        config('"out/predictions.csv"]', f'"out/predictions.csv", "{NOTES}"]'),
    )


def entropy(policy: str) -> Edit:
    """Choose what happens to generators without a seed."""
    return config('entropy = "record"', f'entropy = "{policy}"')


def _parts(root: Path) -> None:
    (root / "parts").mkdir()
    for name in "bdac":
        (root / "parts" / f"{name}.txt").write_text(name, encoding="utf-8")


def _parts_in_another_order(root: Path) -> None:
    shutil.rmtree(root / "parts")
    (root / "parts").mkdir()
    for name in "cadb":
        (root / "parts" / f"{name}.txt").write_text(name, encoding="utf-8")


_CHANCE = [
    Mutant(
        name="unseeded-generator",
        why="The classic: nothing changed, and yet another model.",
        before=UNSEEDED,
        expected=Verdict.DRIFTED,
        places=(WEIGHTS,),
        step="train",
        flaky=True,
    ),
    Mutant(
        name="unseeded-generator-introduced",
        why="The commit that brings it in must not be accepted as any other edit: the run is asked again.",
        after=UNSEEDED,
        expected=Verdict.DRIFTED,
        materials=(Material(Kind.CODE, "ridge.py"),),
        places=(WEIGHTS,),
        step="train",
        flaky=True,
    ),
    Mutant(
        name="unseeded-generator-behind-a-harmless-edit",
        why="An edit that cannot have done it must not take the blame: the run is asked again.",
        before=UNSEEDED,
        after=prepend("evaluate.py", "# Reviewed.\n"),
        expected=Verdict.DRIFTED,
        materials=(Material(Kind.CODE, "evaluate.py"),),
        ruled_out=(Material(Kind.CODE, "evaluate.py"),),
        places=(WEIGHTS,),
        step="train",
        flaky=True,
    ),
    Mutant(
        name="unseeded-global-generator",
        why="The hidden global state of np.random is seeded by every profile but `off`.",
        before=GLOBAL,
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="unseeded-global-generator-profile-off",
        why="Without a profile the global state is a second way to the same defect.",
        before=chain(config('profile = "portable"', 'profile = "off"'), GLOBAL),
        expected=Verdict.DRIFTED,
        places=(WEIGHTS,),
        step="train",
        flaky=True,
    ),
    Mutant(
        name="entropy-seed",
        why="The policy seeds what nobody seeded, so the same model comes back.",
        before=chain(entropy("seed"), UNSEEDED),
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="config-seed-guilty",
        why="Where the profile seeds a generator, the seed in the config decides, and must be named.",
        before=GLOBAL,
        after=config("seed = 5\n", "seed = 6\n"),
        expected=Verdict.CHANGED,
        materials=SEED,
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="entropy-forbid",
        why="The stricter policy stops the step where it draws, and names the line.",
        after=chain(entropy("forbid"), UNSEEDED),
        expected=Verdict.FAILED,
        error=StepError,
        says=("ridge.py", "default_rng"),
    ),
]

_CLOCKS_AND_NAMES = [
    Mutant(
        name="clock-in-artifact",
        why="A time stamp in the model: one leaf differs, and it is named.",
        before=recorded("time.time()", key="trained_at", imports="import time\n"),
        expected=Verdict.DRIFTED,
        places=(Place(MODEL, "['trained_at']"),),
        step="train",
        flaky=True,
    ),
    Mutant(
        name="clock-in-metrics",
        why="Durations are no metrics of a model.",
        before=chain(
            swap("evaluate.py", "import json\n", "import json\nimport time\n"),
            swap(
                "evaluate.py", '"points": len(test),', '"points": len(test), "seconds": time.perf_counter(),'
            ),
        ),
        expected=Verdict.DRIFTED,
        places=(Place("out/metrics.json", "seconds"),),
        step="evaluate",
        flaky=True,
    ),
    Mutant(
        name="uuid-in-artifact",
        why="A run id belongs into a log.",
        before=recorded("uuid.uuid4().hex", key="run_id", imports="import uuid\n"),
        expected=Verdict.DRIFTED,
        places=(Place(MODEL, "['run_id']"),),
        step="train",
        flaky=True,
    ),
    Mutant(
        name="address-in-artifact",
        why="The default repr holds an address, which the system draws anew for each process.",
        before=noted("repr(object())"),
        expected=Verdict.DRIFTED,
        places=(Place(NOTES),),
        step="evaluate",
        flaky=True,
    ),
    Mutant(
        name="folder-in-artifact",
        why="An absolute path ties the model to one machine; the same folder twice would hide it.",
        before=recorded("str(Path.cwd())", key="home"),
        moved=True,
        expected=Verdict.DRIFTED,
        places=(Place(MODEL, "['home']"),),
        step="train",
        flaky=False,
    ),
    Mutant(
        name="set-order",
        why="Without a pinned hash seed the order of a set of texts is chance.",
        before=chain(config('profile = "portable"', 'profile = "off"'), noted('list({*"abcdefghijklmnop"})')),
        expected=Verdict.DRIFTED,
        places=(Place(NOTES),),
        step="evaluate",
        flaky=True,
    ),
    Mutant(
        name="set-order-pinned",
        why="The profile pins the hash seed, so the same order comes back.",
        before=noted('list({*"abcdefghijklmnop"})'),
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="hash-seed-guilty",
        why="Where the order of a set reached an output, the seed that chose it is named.",
        before=noted('list({*"abcdefghijklmnop"})'),
        after=config("seed = 5\n", "seed = 6\n"),
        expected=Verdict.CHANGED,
        materials=SEED,
        places=(Place(NOTES),),
        step="evaluate",
    ),
    Mutant(
        name="set-order-in-columns",
        why="A table whose columns come out of a set has another layout in every run.",
        before=chain(
            config('profile = "portable"', 'profile = "off"'),
            WIDE,
        ),
        expected=Verdict.DRIFTED,
        places=(Place("out/wide.csv"),),
        step="evaluate",
        flaky=True,
    ),
    Mutant(
        name="dict-order",
        why="A dictionary remembers the order in which it was filled; JSON objects have none.",
        before=noted('{"a": 2, "b": 1}'),
        after=swap("evaluate.py", '{"a": 2, "b": 1}', '{"b": 1, "a": 2}'),
        expected=Verdict.REPRODUCED,
        materials=(Material(Kind.CODE, "evaluate.py"),),
    ),
    Mutant(
        name="folder-listing-order",
        why="os.listdir has no order of its own; the file system's is not promised.",
        before=chain(
            _parts,
            config('inputs = ["evaluate.py", ', 'inputs = ["evaluate.py", "parts/*.txt", '),
            noted('os.listdir("parts")', imports="import os\n"),
        ),
        after=_parts_in_another_order,
        expected=Verdict.REPRODUCED,
        acceptable=frozenset({Verdict.DRIFTED}),
        doubt="some file systems list by hash, some by age: either verdict is true.",
    ),
]

RANDOMNESS = [*_CHANCE, *_CLOCKS_AND_NAMES]
