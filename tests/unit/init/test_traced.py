# SPDX-License-Identifier: Apache-2.0
"""What was seen when steps ran once becomes their inputs and outputs."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.init.repositories import pin, write

from repro_action.config.load import parse
from repro_action.config.model import Config, printed_path
from repro_action.init.propose import Proposal, make_init_plan, propose
from repro_action.init.survey import survey
from repro_action.init.traced import TracedStep, apply_trace, is_stamped

TRAIN = """
import sys
import lightgbm as lgb
from helper import where
frame = lgb.Dataset(where())
lgb.train({}, frame).save_model(sys.argv[1])
print(1)
"""
FILES = {
    "train.py": TRAIN,
    "helper.py": "def where():\n    return chr(97)\n",
    "a": "1\n",
    "conf.yaml": "a: 1\n",
}


def traced(root: Path, one: TracedStep) -> tuple[Proposal, Config]:
    surveyed = survey(root)
    made = make_init_plan(surveyed)
    assert made is not None
    apply_trace(made, surveyed, [one])
    proposal = propose(surveyed, pin, made=made)
    return proposal, parse(proposal.text, root / "repro.toml")


def test_files_that_were_read_are_pinned_and_declared_each_as_what_it_is(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    one = TracedStep(name="train", read=("a", "conf.yaml", "helper.py", "train.py"), written=("model.txt",))
    proposal, config = traced(tmp_path, one)
    (step,) = config.steps
    assert ("train.py", "helper.py", "a") == step.inputs
    assert (("conf.yaml",), ("model.txt",), "") == (step.params, step.outputs, step.stdout)
    assert ["a"] == [data.path for data in config.data]
    assert proposal.ready
    assert not [note for note in proposal.notes if "not in the source" in note]


def test_a_step_that_wrote_nothing_keeps_what_it_prints(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "train.py": "import sklearn\nprint(1)\n"})
    _, config = traced(tmp_path, TracedStep(name="train", read=("train.py",), written=("x.log",)))
    assert (printed_path("train"),) == config.steps[0].outputs


def test_what_fails_says_so_and_keeps_what_the_source_says(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    one = TracedStep(name="train", read=("train.py",), written=(), failure="step train failed: exit status 1")
    proposal, _ = traced(tmp_path, one)
    assert not proposal.ready
    assert [note for note in proposal.notes if "failed when it was traced" in note]
    assert [note for note in proposal.notes if "not in the source" in note]


def test_secrets_logs_trackers_and_stamped_files_are_left_out_and_named(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, ".env": "A=1\n"})
    written = ("mlruns/0/meta.yaml", "model.txt", "out/model_2026-01-02.txt", "train.log")
    proposal, config = traced(tmp_path, TracedStep(name="train", read=("a", ".env"), written=written))
    assert ("model.txt",) == config.steps[0].outputs
    assert ".env" not in proposal.text
    assert [note for note in proposal.notes if ".env, which may hold keys" in note]
    assert [note for note in proposal.notes if "each run writes another file" in note]


def test_what_a_step_wrote_is_no_data(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "train.py": TRAIN.replace("where()", "'a'")})
    _, config = traced(tmp_path, TracedStep(name="train", read=("a",), written=("a", "model.txt")))
    assert () == config.data


def test_many_files_of_one_folder_are_the_folder(tmp_path: Path) -> None:
    images = {f"images/{number}.txt": "1" for number in range(20)}
    write(tmp_path, {**FILES, **images})
    surveyed = survey(tmp_path)
    made = make_init_plan(surveyed)
    assert made is not None
    outputs = tuple(f"out/{number}.npy" for number in range(20))
    apply_trace(made, surveyed, [TracedStep(name="train", read=tuple(images), written=outputs)])
    assert ("images", ("out",)) == (made.steps[0].inputs[-1], made.steps[0].outputs)


@pytest.mark.parametrize(
    ("path", "stamped"),
    [
        *(
            ("out/model_20260102.pkl", True),
            ("outputs/2026-01-02/10-11-12/m.pt", True),
            ("run-1700000000/a", True),
        ),
        *(("out/model.pkl", False), ("data/2019.csv", False), ("fold_10/part-00012.csv", False)),
        *(("a/0123456789abcdef0123456789abcdef/meta", True), ("resnet50_224x224.pt", False)),
    ],
)
def test_a_path_that_is_new_in_each_run_is_known(path: str, stamped: bool) -> None:
    assert stamped is is_stamped(path)


def test_no_link_makes_a_secret_an_input(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, ".env": "A=1\n"})
    (tmp_path / "b.csv").symlink_to(".env")
    proposal, config = traced(tmp_path, TracedStep(name="train", read=("a", "b.csv"), written=("model.txt",)))
    assert "b.csv" not in (*config.steps[0].inputs, *(data.path for data in config.data))
    assert [note for note in proposal.notes if "b.csv, which may hold keys" in note]


def test_an_output_whose_name_would_be_a_pattern_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    written = ("model.txt", "out/[x]*.txt")
    proposal, config = traced(tmp_path, TracedStep(name="train", read=("a",), written=written))
    assert ("model.txt",) == config.steps[0].outputs
    assert [note for note in proposal.notes if "out/[x]*.txt" in note]
