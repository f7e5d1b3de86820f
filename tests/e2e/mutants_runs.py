# SPDX-License-Identifier: Apache-2.0
"""Mutants of the run itself: steps that break promises, graphs and configs that are wrong."""

from __future__ import annotations

from e2e.mutant import ENCLOSED, OPEN, Edit, Material, Mutant, append, chain, config, prepend, remove, swap

from repro_action.errors import ConfigError, GraphError, ReproError, SealError, StepError
from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

TRAIN = (Material(Kind.CODE, "train.py"),)
SAVE = 'np.savez("out/weights.npz", weights=weights, intercept=intercept)'
START = "def main() -> None:\n"
TRAIN_RUN = 'run = ["python", "train.py"]'
TRAIN_OUTPUTS = 'outputs = ["out/model.pkl", "out/weights.npz"]'

LATE = """import subprocess, sys
    code = "import time, numpy; time.sleep({seconds}); numpy.savez('out/weights.npz', weights=numpy.zeros(3), intercept=0.0)"
    subprocess.Popen(
        [sys.executable, "-c", code], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
"""


STATE = swap(
    "train.py",
    f"    {SAVE}\n",
    '    state = Path("state.txt")\n    weights = weights + state.exists()\n'
    f'    state.write_text("seen")\n    {SAVE}\n',
)


def at_start(file: str, *statements: str) -> Edit:
    """Put statements at the start of a script's `main`."""
    return swap(file, START, START + "".join(f"    {line}\n" for line in statements))


EDITS_INPUT = at_start(
    "train.py", 'path = Path("ridge.py")', 'path.write_text(path.read_text() + "# Edited.\\n")'
)

_STEPS = [
    Mutant(
        name="step-fails",
        why="The step's own last words reach the user.",
        after=at_start("train.py", 'raise SystemExit("the moon is wrong")'),
        expected=Verdict.FAILED,
        error=StepError,
        says=("train", "the moon is wrong"),
        step="train",
    ),
    Mutant(
        name="step-syntax-error",
        why="Code that does not parse fails in its step, not in the tool.",
        after=append("train.py", "def\n"),
        expected=Verdict.FAILED,
        error=StepError,
        says=("train", "SyntaxError"),
        step="train",
    ),
    Mutant(
        name="step-times-out",
        why="A training that hangs must not hold the runner for six hours.",
        after=chain(
            config(TRAIN_RUN, f"{TRAIN_RUN}\ntimeout = 1"),
            at_start("train.py", "import time", "time.sleep(60)"),
        ),
        expected=Verdict.FAILED,
        error=StepError,
        says=("train",),
        step="train",
    ),
    Mutant(
        name="step-killed",
        why="Out of memory looks like this: no message, only a signal, which is named.",
        after=at_start("train.py", "import os, signal", "os.kill(os.getpid(), signal.SIGKILL)"),
        expected=Verdict.FAILED,
        error=StepError,
        says=("train", "ignal 9"),
        step="train",
    ),
    Mutant(
        name="program-missing",
        why="A program that is not in the environment is told from a program that failed.",
        after=config(TRAIN_RUN, 'run = ["no-such-program", "train.py"]'),
        expected=Verdict.FAILED,
        error=ReproError,
        says=("no-such-program",),
    ),
    Mutant(
        name="output-stale",
        why="Last week's file must not stand in for the one that the step no longer writes.",
        after=swap("train.py", f"    {SAVE}\n", ""),
        expected=Verdict.FAILED,
        error=StepError,
        says=("train", "out/weights.npz"),
        step="train",
    ),
    Mutant(
        name="output-late",
        why="A file that a left-over process writes later was not there when the step said it was done.",
        after=swap("train.py", f"    {SAVE}\n", f"    {LATE.format(seconds=2)}"),
        expected=Verdict.FAILED,
        error=StepError,
        says=("train", "out/weights.npz"),
        step="train",
    ),
    Mutant(
        name="output-overwritten-late",
        why="No process outlives its step, so what the next step reads is what was digested.",
        after=chain(
            swap("train.py", f"    {SAVE}\n", f"    {SAVE}\n    {LATE.format(seconds=0.5)}"),
            at_start("evaluate.py", "import time", "time.sleep(2)"),
        ),
        expected=Verdict.REPRODUCED,
        acceptable=frozenset({Verdict.CHANGED}),
        materials=(Material(Kind.CODE, "evaluate.py"), *TRAIN),
        doubt="`changed` is as true where the step is given time to end its processes: the late bytes are its output then.",
    ),
    Mutant(
        name="output-undeclared",
        why="A file that nobody declared is not compared; nothing that depends on it is promised.",
        after=swap("train.py", f"    {SAVE}\n", f'    {SAVE}\n    Path("out/extra.txt").write_text("x")\n'),
        expected=Verdict.REPRODUCED,
        materials=TRAIN,
        doubt="whether the report should mention it.",
    ),
    Mutant(
        name="output-read-back",
        why="A step that starts from its own last output would train a little more on every run.",
        before=swap(
            "train.py",
            f"    {SAVE}\n",
            f'    weights = weights + Path("out/weights.npz").exists()\n    {SAVE}\n',
        ),
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="hidden-state",
        why="A file that the last run left outside the declared outputs makes the second run another.",
        before=chain(OPEN, STATE),
        expected=Verdict.DRIFTED,
        flaky=False,
    ),
    Mutant(
        name="hidden-state-in-sandbox",
        why="What the last run left in the project is out of sight for the next one.",
        before=chain(ENCLOSED, STATE),
        expected=Verdict.REPRODUCED,
        needs=frozenset({"sandbox"}),
    ),
    Mutant(
        name="network-in-sandbox",
        why="What is fetched while training can change overnight; it is refused, with the remedy.",
        before=ENCLOSED,
        after=at_start("train.py", "import socket", 'socket.create_connection(("127.0.0.1", 9), 5)'),
        expected=Verdict.FAILED,
        error=StepError,
        says=("train", "network = true"),
        step="train",
        needs=frozenset({"sandbox"}),
    ),
]

_SEALS = [
    Mutant(
        name="input-edited-during-run",
        why="Code that changed while it ran cannot be recorded truly.",
        before=OPEN,
        after=EDITS_INPUT,
        expected=Verdict.FAILED,
        error=SealError,
        says=("ridge.py",),
        materials=None,
    ),
    Mutant(
        name="input-edited-in-sandbox",
        why="Where inputs are read-only, the line that writes to one is named.",
        before=ENCLOSED,
        after=EDITS_INPUT,
        expected=Verdict.FAILED,
        error=StepError,
        says=("train", "ridge.py, which is an input"),
        step="train",
        needs=frozenset({"sandbox"}),
    ),
    Mutant(
        name="input-edited-and-put-back",
        why="The digests before and after agree, and still another code ran in between.",
        before=OPEN,
        after=chain(
            at_start(
                "train.py",
                'path = Path("ridge.py")',
                'path.write_text(path.read_text().replace("return inputs @", "return 2 * inputs @"))',
            ),
            append(
                "evaluate.py",
                '    path = Path("ridge.py")\n'
                '    path.write_text(path.read_text().replace("return 2 * inputs @", "return inputs @"))\n',
            ),
        ),
        expected=Verdict.FAILED,
        error=SealError,
        says=("ridge.py",),
        materials=None,
    ),
    Mutant(
        name="data-edited-during-run",
        why="A step that appends to its own data never trains on what was pinned again.",
        before=OPEN,
        after=at_start(
            "train.py", 'path = Path("data/points.csv")', 'path.write_text(path.read_text() + "\\n")'
        ),
        expected=Verdict.FAILED,
        error=SealError,
        says=("data/points.csv",),
        materials=None,
    ),
]

_CONFIGS = [
    Mutant(
        name="graph-cyclic",
        why="Two steps that wait for each other are named both.",
        after=config(
            'inputs = ["train.py", "ridge.py", ', 'inputs = ["train.py", "out/predictions.csv", "ridge.py", '
        ),
        expected=Verdict.FAILED,
        error=GraphError,
        says=("train", "evaluate"),
    ),
    Mutant(
        name="graph-two-writers",
        why="Of two steps that write one file, the second would win silently.",
        after=config('"out/predictions.csv"]', '"out/predictions.csv", "out/weights.npz"]'),
        expected=Verdict.FAILED,
        error=ReproError,
        says=("out/weights.npz",),
    ),
    Mutant(
        name="graph-output-is-data",
        why="Outputs are removed before a step starts: this one would delete the data.",
        after=config(TRAIN_OUTPUTS, 'outputs = ["out/model.pkl", "out/weights.npz", "data/points.csv"]'),
        expected=Verdict.FAILED,
        error=GraphError,
        says=("data/points.csv",),
    ),
    Mutant(
        name="graph-output-outside",
        why="A pull request must not reach out of its folder.",
        after=config(TRAIN_OUTPUTS, 'outputs = ["out/model.pkl", "out/weights.npz", "../elsewhere"]'),
        expected=Verdict.FAILED,
        error=ReproError,
        says=("../elsewhere",),
    ),
    Mutant(
        name="config-misspelt",
        why="A key that is ignored silently is a rule that does not hold.",
        after=config("threads = 1", "thread = 1"),
        expected=Verdict.FAILED,
        error=ConfigError,
        says=("thread", "threads"),
    ),
    Mutant(
        name="config-broken",
        why="A merge gone wrong is answered with file and line.",
        after=prepend("repro.toml", "<<<<<<< HEAD\n"),
        expected=Verdict.FAILED,
        error=ConfigError,
        says=("repro.toml",),
    ),
    Mutant(
        name="config-missing",
        why="The first thing that happens to somebody in the wrong folder.",
        after=remove("repro.toml"),
        expected=Verdict.FAILED,
        error=ConfigError,
        says=("repro init",),
    ),
]

RUNS = [*_STEPS, *_SEALS, *_CONFIGS]
