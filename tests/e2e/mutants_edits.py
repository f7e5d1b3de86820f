# SPDX-License-Identifier: Apache-2.0
"""A family of mutants: edits of code, most of one line, in the shapes in which people make them."""

from __future__ import annotations

from e2e.mutant import Edit, Material, Mutant, Place, append, chain, lines, prepend, swap

from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

WEIGHTS = Place("out/weights.npz", "['weights']")
INTERCEPT = Place("out/model.pkl", "['intercept']")
METRICS = "out/metrics.json"
TABLE = Place("out/predictions.csv")
STEP_OF = {"train.py": "train", "ridge.py": "train", "evaluate.py": "evaluate"}
"""The first step that reads each file."""


def code(*names: str) -> tuple[Material, ...]:
    return tuple(Material(Kind.CODE, name) for name in names)


def _guilty(name: str, file: str, old: str, new: str, place: Place = WEIGHTS) -> Mutant:
    return Mutant(
        name=f"edit-{name}",
        why="An edit that changes what comes out is named by its file, with the first place that differs.",
        after=swap(file, old, new),
        expected=Verdict.CHANGED,
        materials=code(file),
        places=(place,),
        step=STEP_OF[file],
    )


def _harmless(name: str, file: str, edit: Edit) -> Mutant:
    return Mutant(
        name=f"edit-harmless-{name}",
        why="An edit that changes nothing that comes out is listed, and turns nothing red.",
        after=edit,
        expected=Verdict.REPRODUCED,
        materials=code(file),
    )


def _unseen(name: str, edit: Edit) -> Mutant:
    return Mutant(
        name=f"edit-unseen-{name}",
        why="What no step reads is no material, whatever is done to it.",
        after=edit,
        expected=Verdict.REPRODUCED,
    )


_GUILTY = [
    _guilty("sign", "ridge.py", "+ ridge * np.eye", "- ridge * np.eye"),
    _guilty("operator", "ridge.py", "+ ridge * np.eye", "+ ridge ** 0.5 * 2 * np.eye"),
    _guilty("constant", "ridge.py", "ridge * np.eye", "1.5 * ridge * np.eye"),
    _guilty("constant-tiny", "ridge.py", "ridge * np.eye", "(1 + 1e-13) * ridge * np.eye"),
    _guilty("rounding", "ridge.py", "round(count * test_fraction)", "int(count * test_fraction) + 1"),
    _guilty("off-by-one", "ridge.py", "order[tested:]", "order[tested + 1 :]"),
    _guilty("slice-end", "ridge.py", "order[tested:]", "order[tested:-1]"),
    _guilty("statistic", "ridge.py", "truth.mean()\n", "np.median(truth)\n", INTERCEPT),
    _guilty("intercept-forgotten", "ridge.py", "offset - centre @ weights", "offset", INTERCEPT),
    _guilty("column-order", "ridge.py", "for name in features]", "for name in sorted(features)[::-1]]"),
    _guilty("precision", "ridge.py", "inputs = np.array([[float(", "inputs = np.array([[np.float32("),
    _guilty("argument", "train.py", 'truth[train], params["ridge"]', 'truth[train], params["seed"]'),
    _guilty("arguments-swapped", "train.py", "train, _ = split", "_, train = split"),
    _guilty("seed-by-hand", "train.py", 'params["seed"])', "0)"),
    _guilty("filter", "train.py", "inputs[train], truth[train]", "inputs[train][3:], truth[train][3:]"),
    _guilty("weights-scaled", "train.py", "    model = {", "    weights = weights * 1.0000001\n    model = {"),
    _guilty(
        "list-to-tuple",
        "train.py",
        '{"features": features,',
        '{"features": tuple(features),',
        Place("out/model.pkl", "['features']"),
    ),
    _guilty(
        "text",
        "train.py",
        '{"features": features,',
        '{"features": [f.upper() for f in features],',
        Place("out/model.pkl", "['features'][0"),
    ),
    _guilty(
        "numpy-scalar",
        "ridge.py",
        "float(offset - centre @ weights)",
        "offset - centre @ weights",
        INTERCEPT,
    ),
    _guilty("metric-formula", "evaluate.py", "errors**2", "errors**4", Place(METRICS, "rmse")),
    _guilty("metric-aggregate", "evaluate.py", "np.abs(errors).max()", "np.abs(errors).min()"[:], Place(METRICS, "worst")),
    _guilty("metric-count", "evaluate.py", '"points": len(test)', '"points": len(test) - 1', Place(METRICS, "points")),
    _guilty("metric-last-bit", "evaluate.py", "float(np.abs(errors).max())", "float(np.nextafter(np.abs(errors).max(), 9))", Place(METRICS, "worst")),
    _guilty("wrong-part", "evaluate.py", "_, test = split", "test, _ = split", TABLE),
    _guilty("no-intercept", "evaluate.py", 'float(model["intercept"])', "0.0", TABLE),
    _guilty("rounded", "evaluate.py", "predicted.tolist()", "predicted.round(6).tolist()", TABLE),
    _guilty("header", "evaluate.py", '["row", ', '["index", ', TABLE),
    _guilty("rows-reversed", "evaluate.py", "test.tolist(), truth[test].tolist(), predicted.tolist()", "test[::-1].tolist(), truth[test][::-1].tolist(), predicted[::-1].tolist()", TABLE),
    _guilty("last-row-dropped", "evaluate.py", "test.tolist(), truth[test].tolist(), predicted.tolist()", "test[:-1].tolist(), truth[test][:-1].tolist(), predicted[:-1].tolist()", TABLE),
    _guilty("data-by-hand", "evaluate.py", "    errors = predicted", "    predicted[2] = 0.0\n    errors = predicted", TABLE),
]  # fmt: skip

_HARMLESS = [
    _harmless("blank-lines", "ridge.py", append("ridge.py", "\n\n\n")),
    _harmless("comment-at-end", "train.py", append("train.py", "# The end.\n")),
    _harmless("comment-in-line", "ridge.py", swap("ridge.py", "tested = round(", "tested = round(  # of all\n        ")),
    _harmless("docstring", "ridge.py", swap("ridge.py", "Ridge regression in closed form", "Ridge regression")),
    _harmless("annotation", "ridge.py", swap("ridge.py", "ridge: float", 'ridge: "float"')),
    _harmless("unused-import", "train.py", swap("train.py", "import pickle\n", "import math\nimport pickle\n")),
    _harmless("import-order", "train.py", chain(swap("train.py", "import pickle\n", ""), swap("train.py", "import tomllib\n", "import tomllib\nimport pickle\n"))),
    _harmless("unused-function", "ridge.py", append("ridge.py", "\n\ndef unused():\n    return 1\n")),
    _harmless("print", "train.py", swap("train.py", '    Path("out").mkdir', '    print("fitted")\n    Path("out").mkdir')),
    _harmless("warning", "train.py", swap("train.py", '    Path("out").mkdir', '    import warnings\n    warnings.warn("slow", stacklevel=1)\n    Path("out").mkdir')),
    _harmless("clock-printed", "train.py", swap("train.py", '    Path("out").mkdir', '    import time\n    print(time.time())\n    Path("out").mkdir')),
    _harmless("assertion", "ridge.py", swap("ridge.py", "    return inputs @ weights", "    assert len(weights)\n    return inputs @ weights")),
    _harmless("guard", "train.py", swap("train.py", 'if __name__ == "__main__":\n    main()', "main()")),
    _harmless("dead-branch", "ridge.py", swap("ridge.py", "    return inputs @ weights", "    if len(weights) < 0:\n        return 0.0\n    return inputs @ weights")),
    _harmless("constant-moved", "train.py", swap("train.py", "protocol=5)", "protocol=2 + 3)")),
    _harmless("keyword", "ridge.py", swap("ridge.py", "np.eye(inputs.shape[1])", "np.eye(N=inputs.shape[1])")),
    _harmless("axis-from-the-end", "ridge.py", swap("ridge.py", "mean(axis=0)", "mean(axis=-2)")),
    _harmless("line-ends", "ridge.py", lines("ridge.py", lambda rows: [line.replace("\n", "\r\n") for line in rows])),
    _harmless("byte-order-mark", "train.py", prepend("train.py", "\ufeff")),
    _harmless("encoding-named", "train.py", prepend("train.py", "# -*- coding: utf-8 -*-\n")),
    _harmless("foreign-letters", "ridge.py", prepend("ridge.py", "# Gekürzt, 模型 🙂\n")),
    _harmless("new-name-of-function", "train.py", chain(swap("train.py", "def main() -> None:", "def start() -> None:"), swap("train.py", "    main()\n", "    start()\n"))),
    _harmless("json-indent", "evaluate.py", swap("evaluate.py", "indent=2", "indent=None")),
    _harmless("json-no-last-line-end", "evaluate.py", swap("evaluate.py", ' + "\\n", encoding', ", encoding")),
    _harmless("path-in-another-way", "evaluate.py", swap("evaluate.py", 'Path("out/metrics.json")', '(Path("out") / "metrics.json")')),
    _harmless("seeded-draw-unused", "train.py", swap("train.py", "    model = {", "    np.random.default_rng(3).random(5)\n    model = {")),
    _harmless("fitted-twice", "train.py", swap("train.py", "    weights, intercept = fit(", '    fit(inputs[train], truth[train], params["ridge"])\n    weights, intercept = fit(')),
    _harmless("written-twice", "train.py", swap("train.py", '    np.savez("out', '    Path("out/weights.npz").write_bytes(b"to be replaced")\n    np.savez("out')),
]  # fmt: skip

_UNSEEN = [
    _unseen("readme", append("README.md", "\nMore.\n")),
    _unseen("new-file", lambda root: (root / "notes.txt").write_text("later\n")),
    _unseen("new-module", lambda root: (root / "unused.py").write_text("X = 1\n")),
    _unseen("new-data", lambda root: (root / "data" / "more.csv").write_text("id,x1\n")),
    _unseen("broken-module", lambda root: (root / "broken.py").write_text("def\n")),
    _unseen("license-gone", lambda root: (root / "README.md").unlink()),
    _unseen("new-folder", lambda root: (root / "numpy.old").mkdir()),
    _unseen("editor-file", lambda root: (root / ".train.py.swp").write_bytes(b"\0\1")),
    _unseen("broken-link", lambda root: (root / "latest").symlink_to("nowhere")),
    _unseen("comment-in-config", append("repro.toml", "\n# Reviewed.\n")),
    _unseen("times", lambda root: [__import__("os").utime(root / name, (1, 1)) for name in STEP_OF]),
]  # fmt: skip

RIDGE = (Material(Kind.PARAMS, "params.toml: ridge"),)


def _pair(
    name: str, why: str, one: Edit, other: Edit, materials: tuple[Material, ...], **row: object
) -> Mutant:
    """Two edits in one commit, of which the training makes other weights."""
    return Mutant(
        name=f"edit-pair-{name}",
        why=why,
        after=chain(one, other),
        materials=materials,
        **{"expected": Verdict.CHANGED, "places": (WEIGHTS,), "step": "train", **row},
    )


def _ridge(value: int) -> Edit:
    return swap("params.toml", "ridge = 1\n", f"ridge = {value}\n")


_PAIRS = [
    _pair(
        "both-guilty",
        "Of two causes both are named, the earlier step's first.",
        swap("train.py", 'truth[train], params["ridge"]', 'truth[train], 2 * params["ridge"]'),
        swap("evaluate.py", "errors**2", "errors**4"),
        code("train.py", "evaluate.py"),
        places=(WEIGHTS, Place(METRICS, "rmse")),
    ),
    _pair(
        "code-and-parameter",
        "A parameter and the code that reads it change in one commit: both are named.",
        _ridge(2),
        swap("train.py", 'params["ridge"]', '2 * params["ridge"]'),
        (*code("train.py"), *RIDGE),
    ),
    _pair(
        "that-cancels",
        "Two edits that undo each other's effect are two materials and no difference.",
        _ridge(2),
        swap("train.py", 'params["ridge"]', 'params["ridge"] / 2'),
        (*code("train.py"), *RIDGE),
        expected=Verdict.REPRODUCED,
        places=(),
        step="",
    ),
    _pair(
        "late-innocent-data",
        "A later step's edit cannot have changed what an earlier step made.",
        prepend("evaluate.py", "# Reviewed.\n"),
        _ridge(4),
        (*code("evaluate.py"), *RIDGE),
        ruled_out=code("evaluate.py"),
    ),
]

EDITS = [*_GUILTY, *_HARMLESS, *_UNSEEN, *_PAIRS]
