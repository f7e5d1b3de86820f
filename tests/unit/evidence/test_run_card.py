# SPDX-License-Identifier: Apache-2.0
"""Run cards and the lineage say of each step what it read and wrote, and foreign text in them is text."""

import json
from dataclasses import replace

from hypothesis import given
from reports import hostile, structure
from verified_runs import GOLDEN, make_run

from repro_action.evidence.lineage import NODES, lineage
from repro_action.evidence.run_card import run_cards_json, run_cards_markdown
from repro_action.evidence.verified_run import StepFiles
from repro_action.fingerprint import MaterialKind


def with_code(*paths):
    run = make_run()
    code = dict.fromkeys(paths, "blake3:" + "1" * 64)
    fingerprint = replace(run.fingerprint, materials={MaterialKind.CODE: code})
    return replace(run, fingerprint=fingerprint, step_files={"train": StepFiles(inputs=("**",))})


def test_the_cards_and_the_chart_are_the_golden_ones(hold_golden):
    hold_golden(GOLDEN / "run_cards.md", run_cards_markdown(make_run()))
    hold_golden(GOLDEN / "run_cards.json", run_cards_json(make_run()).decode("ascii"))
    hold_golden(GOLDEN / "lineage.mmd", lineage(make_run()))


def test_a_step_reads_what_its_patterns_reach_and_what_earlier_steps_wrote():
    steps = json.loads(run_cards_json(make_run()))["steps"]
    read = {step["name"]: {file["path"]: file["role"] for file in step["inputs"]} for step in steps}
    assert {"prepare.py": "code", "data/wine.csv": "data"} == read["prepare"]
    assert {"train.py": "code", "out/train.csv": "intermediate"} == read["train"]


def test_a_chart_of_very_many_files_counts_what_it_leaves_out():
    chart = lineage(with_code(*(f"src/{number}.py" for number in range(2 * NODES))))
    assert len(chart.splitlines()) < 3 * NODES
    assert "more files are in the run cards" in chart


@given(hostile)
def test_a_file_of_any_name_is_one_box_of_the_chart(text):
    name = f"x{text.replace('/', '')}"
    plain, odd = lineage(with_code("plain.py")), lineage(with_code(name))
    assert len(plain.splitlines()) == len(odd.splitlines())
    assert all(line.count('"') in {0, 2} and "<script" not in line for line in odd.splitlines())


@given(hostile)
def test_a_file_of_any_name_adds_no_structure_to_the_cards(text):
    name = f"x{text.replace('/', '')}"
    assert structure(run_cards_markdown(with_code("plain.py"))) == structure(
        run_cards_markdown(with_code(name))
    )
