# SPDX-License-Identifier: Apache-2.0
"""Mutants that change what a run consumes: data, code, parameters."""

from __future__ import annotations

from pathlib import Path

from e2e.mutant import (
    ENCLOSED,
    OPEN,
    Edit,
    Material,
    Mutant,
    Place,
    append,
    chain,
    config,
    flip,
    lines,
    prepend,
    remove,
    repin,
    swap,
)

from repro_action.errors import GraphError, PinError, ReproError, StepError
from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

DATA = "data/points.csv"
POINTS = Material(Kind.DATA, DATA)
RIDGE = Material(Kind.CODE, "ridge.py")
WEIGHTS = Place("out/weights.npz", "['weights']")


def pinned(edit: Edit) -> Edit:
    """Edit the data and pin it again, as somebody does who means it."""
    return chain(edit, repin(DATA))


def param(name: str) -> Material:
    return Material(Kind.PARAMS, f"params.toml: {name}")


def _ridge_becomes_a_link(root: Path) -> None:
    (root / "shared").mkdir()
    (root / "ridge.py").rename(root / "shared" / "ridge.py")
    (root / "ridge.py").symlink_to("shared/ridge.py")


_UNDECLARED_RIDGE = chain(
    config('inputs = ["train.py", "ridge.py", ', 'inputs = ["train.py", '),
    config('inputs = ["evaluate.py", "ridge.py", ', 'inputs = ["evaluate.py", '),
)

_DATA = [
    Mutant(
        name="control",
        why="Nothing changed; without this row every other one could pass by chance.",
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="data-bit-pin-kept",
        why="One bit of rot on a disk must not train a model.",
        after=flip(DATA, "p00,1.029", 8),
        expected=Verdict.FAILED,
        error=PinError,
        says=(DATA,),
    ),
    Mutant(
        name="data-bit-pin-updated",
        why="The smallest intended change of data must be named as the cause.",
        after=pinned(flip(DATA, "p00,1.029", 8)),
        expected=Verdict.CHANGED,
        materials=(POINTS,),
        places=(WEIGHTS, Place("out/model.pkl", "['weights']")),
        step="train",
    ),
    Mutant(
        name="data-bit-in-unused-column",
        why="Data that nobody reads changes nothing; the report says so instead of turning red.",
        after=pinned(flip(DATA, "p00,1.029", 2)),
        expected=Verdict.REPRODUCED,
        materials=(POINTS,),
    ),
    Mutant(
        name="data-pin-wrong",
        why="A pin that was edited without the data is as wrong as data without its pin.",
        after=swap("repro.toml", 'digest = "blake3:', f'digest = "blake3:{"0" * 63}1"  # was "'),
        expected=Verdict.FAILED,
        error=PinError,
        says=(DATA,),
    ),
    Mutant(
        name="data-rows-swapped",
        why="The same rows in another order make another split, though any sum over them agrees.",
        after=pinned(lines(DATA, lambda rows: [rows[0], rows[3], rows[2], rows[1], *rows[4:]])),
        expected=Verdict.CHANGED,
        materials=(POINTS,),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="data-row-added",
        why="The everyday reason for a new model.",
        after=pinned(append(DATA, "p48,0.250,-0.500,1.000,2.625\n")),
        expected=Verdict.CHANGED,
        materials=(POINTS,),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="data-row-removed",
        why="A deletion request that was granted must be visible as data, not as noise.",
        after=pinned(lines(DATA, lambda rows: rows[:-1])),
        expected=Verdict.CHANGED,
        materials=(POINTS,),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="data-column-renamed",
        why="The step fails; its own message must reach the user, with the name of the step.",
        after=pinned(swap(DATA, "id,x1,", "id,first,")),
        expected=Verdict.FAILED,
        error=StepError,
        says=("train", "KeyError"),
        step="train",
    ),
    Mutant(
        name="data-crlf",
        why="A checkout with other line ends has other bytes, and here the same model.",
        after=pinned(lines(DATA, lambda rows: [line.replace("\n", "\r\n") for line in rows])),
        expected=Verdict.REPRODUCED,
        materials=(POINTS,),
    ),
    Mutant(
        name="data-missing",
        why="A clone without its data is the first thing that a new user meets.",
        after=remove(DATA),
        expected=Verdict.FAILED,
        error=PinError,
        says=(DATA,),
    ),
    Mutant(
        name="data-pin-of-unknown-algorithm",
        why="A digest that nobody can compute must not pass as checked.",
        after=config('digest = "blake3:', 'digest = "blake9:'),
        expected=Verdict.FAILED,
        error=ReproError,
        says=("blake9",),
    ),
]

_CODE = [
    Mutant(
        name="code-comment",
        why="A comment is harmless, and the run is the proof.",
        after=prepend("ridge.py", "# Reviewed.\n"),
        expected=Verdict.REPRODUCED,
        materials=(RIDGE,),
    ),
    Mutant(
        name="code-renamed-variable",
        why="A refactoring proves itself harmless: the tool's best day.",
        after=chain(
            swap("ridge.py", "shifted = inputs - centre", "centred = inputs - centre"),
            swap("ridge.py", "gram = shifted.T @ shifted +", "gram = centred.T @ centred +"),
            swap("ridge.py", "gram, shifted.T @ (truth", "gram, centred.T @ (truth"),
        ),
        expected=Verdict.REPRODUCED,
        materials=(RIDGE,),
    ),
    Mutant(
        name="code-numbers",
        why="A mean that became a median changes the model; the helper module is to blame.",
        after=swap(
            "ridge.py", "inputs.mean(axis=0), truth.mean()", "np.median(inputs, axis=0), truth.mean()"
        ),
        expected=Verdict.CHANGED,
        materials=(RIDGE,),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="code-two-edits-one-guilty",
        why="What a later step reads cannot have changed an earlier step's product.",
        after=chain(
            prepend("evaluate.py", "# Reviewed.\n"),
            swap("train.py", 'truth[train], params["ridge"]', 'truth[train], 2 * params["ridge"]'),
        ),
        expected=Verdict.CHANGED,
        materials=(Material(Kind.CODE, "evaluate.py"), Material(Kind.CODE, "train.py")),
        ruled_out=(Material(Kind.CODE, "evaluate.py"),),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="code-missing",
        why="A declared input that is not there is a mistake in the commit, found before anything runs.",
        after=remove("ridge.py"),
        expected=Verdict.FAILED,
        error=GraphError,
        says=("ridge.py",),
    ),
    Mutant(
        name="code-behind-a-link",
        why="A link's own bytes stay the same; what it leads to is what ran.",
        before=_ridge_becomes_a_link,
        after=swap("shared/ridge.py", "+ ridge * np.eye", "+ 2 * ridge * np.eye"),
        expected=Verdict.CHANGED,
        materials=(Material(Kind.CODE, "*ridge.py"),),
        places=(WEIGHTS,),
        step="train",
        doubt="whether the target counts as an undeclared import besides the link that is declared.",
    ),
    Mutant(
        name="code-undeclared-helper",
        why="A module that is imported but not declared must never end as `drifted`, blaming nobody.",
        before=chain(OPEN, _UNDECLARED_RIDGE),
        after=swap("ridge.py", "+ ridge * np.eye", "+ 2 * ridge * np.eye"),
        expected=Verdict.CHANGED,
        materials=(RIDGE,),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="code-undeclared-helper-in-sandbox",
        why="Where undeclared files are hidden, the failed import names the file to declare.",
        before=ENCLOSED,
        after=_UNDECLARED_RIDGE,
        expected=Verdict.FAILED,
        error=StepError,
        says=("train", "ridge.py", "not declared"),
        step="train",
        needs=frozenset({"sandbox"}),
    ),
    Mutant(
        name="data-undeclared-in-sandbox",
        why="A file that nobody declared cannot shape a model unseen.",
        before=ENCLOSED,
        after=chain(
            lambda root: (root / "gain.txt").write_text("2.0\n"),
            swap(
                "train.py",
                '    Path("out").mkdir',
                '    float(open("gain.txt").read())\n    Path("out").mkdir',
            ),
        ),
        expected=Verdict.FAILED,
        error=StepError,
        says=("train", "gain.txt", "not declared"),
        step="train",
        needs=frozenset({"sandbox"}),
    ),
]

_PARAMS = [
    Mutant(
        name="param",
        why="The everyday change: one number, named with its old and new value.",
        after=swap("params.toml", "ridge = 1\n", "ridge = 2\n"),
        expected=Verdict.CHANGED,
        materials=(param("ridge"),),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="param-nested",
        why="A key inside a table is named by its whole path.",
        after=swap("params.toml", "test_fraction = 0.25", "test_fraction = 0.5"),
        expected=Verdict.CHANGED,
        materials=(param("split.test_fraction"),),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="param-in-list",
        why="The order of features is content; each place in the list that changed is named.",
        after=swap("params.toml", '"x1", "x2"', '"x2", "x1"'),
        expected=Verdict.CHANGED,
        materials=(param("features[0]"), param("features[1]")),
        places=(WEIGHTS, Place("out/model.pkl", "['features'][0]")),
        step="train",
    ),
    Mutant(
        name="param-int-to-float",
        why="1 and 1.0 are one value; a formatter that rewrites the file must not raise suspicion.",
        after=swap("params.toml", "ridge = 1\n", "ridge = 1.0\n"),
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="param-comment",
        why="Parameters are recorded key by key, so a comment in their file is no material.",
        after=prepend("params.toml", "# Chosen by hand.\n"),
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="param-seed",
        why="Another seed is another split, and is a parameter like any other.",
        after=swap("params.toml", "seed = 5", "seed = 6"),
        expected=Verdict.CHANGED,
        materials=(param("seed"),),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="param-added-unused",
        why="A parameter that no step reads is listed, and changes nothing.",
        after=prepend("params.toml", 'note = "spring"\n'),
        expected=Verdict.REPRODUCED,
        materials=(param("note"),),
    ),
    Mutant(
        name="param-file-broken",
        why="A merge gone wrong in the parameters must be told from a bug in the training code.",
        after=append("params.toml", "<<<<<<< HEAD\n"),
        expected=Verdict.FAILED,
        error=ReproError,
        says=("params.toml",),
    ),
]

MATERIALS = [*_DATA, *_CODE, *_PARAMS]
