# SPDX-License-Identifier: Apache-2.0
"""Mutants of the two real examples, for what only scikit-learn models can show."""

from __future__ import annotations

from pathlib import Path

from e2e.mutant import Edit, Material, Mutant, Place, chain, config, flip, lines, prepend, repin, swap

from repro_action.errors import EnvironmentUnavailable, PinError
from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

HERE = config('backend = "venv"\nlock = "requirements.lock"', 'backend = "current"')
"""Run in the tests' own environment, which holds the locked versions; saves building one."""

WINES = "data/wine.csv"
SEARCH = "out/search.json"
MODEL = Place("out/model.joblib")
FOREST = "out/forest.joblib"
FIT = 'joblib.dump(forest.fit(pixels, labels), "out/forest.joblib")'


def param(name: str) -> Material:
    return Material(Kind.PARAMS, f"params.toml: {name}")


def _flip_an_image_bit(root: Path) -> None:
    path = root / "data" / "images.npy"
    content = bytearray(path.read_bytes())
    content[-40] ^= 1  # inside the last image
    path.write_bytes(content)


def _forge_hashes(name: str) -> Edit:
    """Change every hash of one locked package."""

    def change(value: list[str]) -> list[str]:
        inside, out = False, []
        for line in value:
            inside = line.startswith(f"{name}==") or (inside and line.startswith(" "))
            out.append(
                line.replace("sha256:", "sha256:0000", 1)[:79] + line[83:]
                if inside and "sha256:" in line
                else line
            )
        return out

    return lines("requirements.lock", change)


_WINE = [
    Mutant(
        name="wine-control",
        example="wine",
        why="The first thing that a user runs.",
        before=HERE,
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="wine-grid",
        example="wine",
        why="One more candidate shows up in the search though the best one stays.",
        before=HERE,
        after=swap("params.toml", "3.0, 10.0]", "3.0, 1000.0]"),
        expected=Verdict.CHANGED,
        materials=(param("tune.grid.C[6]"),),
        places=(Place(SEARCH),),
        step="tune",
    ),
    Mutant(
        name="wine-solver",
        example="wine",
        why="Two solvers agree to eight digits and not in one bit.",
        before=HERE,
        after=swap("params.toml", 'solver = "lbfgs"', 'solver = "newton-cg"'),
        expected=Verdict.CHANGED,
        materials=(param("model.solver"),),
        places=(Place(SEARCH), MODEL),
        step="tune",
    ),
    Mutant(
        name="wine-data-bit-pin-kept",
        example="wine",
        why="What the example's README promises.",
        before=HERE,
        after=flip(WINES, "class_0,14.23,", 12),
        expected=Verdict.FAILED,
        error=PinError,
        says=(WINES,),
    ),
    Mutant(
        name="wine-data-bit-pin-updated",
        example="wine",
        why="What the example's README promises next: the data is named, from the first step on.",
        before=HERE,
        after=chain(flip(WINES, "class_0,14.23,", 12), repin(WINES)),
        expected=Verdict.CHANGED,
        materials=(Material(Kind.DATA, WINES),),
        places=(Place("out/train.csv", "alcohol"),),
        step="prepare",
    ),
    Mutant(
        name="wine-time-stamp",
        example="wine",
        why="The third promise: the model differs in one leaf, whose name is given.",
        before=chain(
            HERE,
            swap("train.py", "import json\n", "import json\nimport time\n"),
            swap("train.py", "    joblib.dump(", "    pipeline.trained_at_ = time.time()\n    joblib.dump("),
        ),
        expected=Verdict.DRIFTED,
        places=(Place("out/model.joblib", "trained_at_"),),
        step="train",
        flaky=True,
    ),
    Mutant(
        name="wine-fit-times",
        example="wine",
        why="cv_results_ holds durations; written out whole it never repeats.",
        before=chain(
            HERE,
            swap(
                "tune.py",
                '{"params": _plain(candidate), ',
                '{"seconds": float(results["mean_fit_time"].sum()), "params": _plain(candidate), ',
            ),
        ),
        expected=Verdict.DRIFTED,
        places=(Place(SEARCH, "['candidates'][0"),),
        step="tune",
        flaky=True,
    ),
    Mutant(
        name="wine-comment",
        example="wine",
        why="A comment in a module that two steps share.",
        before=HERE,
        after=prepend("model.py", "# Reviewed.\n"),
        expected=Verdict.REPRODUCED,
        materials=(Material(Kind.CODE, "model.py"),),
    ),
    Mutant(
        name="wine-lock-forged",
        example="wine",
        why="A package whose hash is not the locked one is not installed.",
        before=_forge_hashes("threadpoolctl"),
        expected=Verdict.FAILED,
        error=EnvironmentUnavailable,
        says=("threadpoolctl",),
        needs=frozenset({"index"}),
    ),
]

_DIGITS = [
    Mutant(
        name="digits-control",
        example="digits",
        why="A forest with thousands of leaves and a network with four.",
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="digits-compressed",
        example="digits",
        why="The same forest in a smaller file.",
        after=swap("train.py", FIT, FIT.replace('.joblib")', '.joblib", compress=3)')),
        expected=Verdict.REPRODUCED,
        materials=(Material(Kind.CODE, "train.py"),),
    ),
    Mutant(
        name="digits-resaved",
        example="digits",
        why="A forest that was loaded and saved again has chance bytes between its numbers: padding.",
        before=swap(
            "train.py",
            FIT,
            f'{FIT}\n    joblib.dump(joblib.load("out/forest.joblib"), "out/forest.joblib")',
        ),
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="digits-trees",
        example="digits",
        why="The forest changes and the network, from the same step, does not.",
        after=swap("params.toml", "n_estimators = 50", "n_estimators = 49"),
        expected=Verdict.CHANGED,
        materials=(param("forest.n_estimators"),),
        places=(Place(FOREST, "n_estimators"), Place("out/metrics.json", "forest.log_loss")),
        step="train",
    ),
    Mutant(
        name="digits-hidden-layer",
        example="digits",
        why="Weights of another shape are named as such.",
        after=swap("params.toml", "hidden_layer_sizes = [32]", "hidden_layer_sizes = [31]"),
        expected=Verdict.CHANGED,
        materials=(param("mlp.hidden_layer_sizes[0]"),),
        places=(Place("out/mlp.npz", "['layer0.weight']"), Place("out/mlp.npz", "['layer1.weight']")),
        step="train",
    ),
    Mutant(
        name="digits-float32",
        example="digits",
        why="Weights that were stored in half the size are another model.",
        after=swap(
            "train.py",
            ": layer for index, layer in enumerate(network.coefs_)",
            ": layer.astype(np.float32) for index, layer in enumerate(network.coefs_)",
        ),
        expected=Verdict.CHANGED,
        materials=(Material(Kind.CODE, "train.py"),),
        places=(Place("out/mlp.npz", "['layer0.weight']"),),
        step="train",
    ),
    Mutant(
        name="digits-unseeded-forest",
        example="digits",
        why="Only one of the two models draws from the system; the other is acquitted.",
        before=swap(
            "train.py", '["forest"], random_state=seed', '["forest"], random_state=np.random.RandomState()'
        ),
        expected=Verdict.DRIFTED,
        places=(Place(FOREST),),
        step="train",
        flaky=True,
    ),
    Mutant(
        name="digits-image-bit",
        example="digits",
        why="One bit of one pixel, in a binary file, with the old pin.",
        after=_flip_an_image_bit,
        expected=Verdict.FAILED,
        error=PinError,
        says=("data/images.npy",),
    ),
]

_ALL = [*_WINE, *_DIGITS]
_ALWAYS = {
    "wine-control",
    "wine-data-bit-pin-kept",
    "wine-data-bit-pin-updated",
    "wine-time-stamp",
    "digits-control",
    "digits-unseeded-forest",
}

EXAMPLES = [one for one in _ALL if one.name in _ALWAYS]
"""What the examples' READMEs promise, and one of a model that is at fault beside one that is not."""

EXAMPLE_VARIANTS = [one for one in _ALL if one.name not in _ALWAYS]
