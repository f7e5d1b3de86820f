# SPDX-License-Identifier: Apache-2.0
"""A race for few outcomes is named by its line, however the runs of one verification turn out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from integration.command import TRAIN_STEP, repro

CONFIG = f"""{TRAIN_STEP}inputs = ["train.py"]
outputs = ["out.json"]
"""
TRAIN = """\
import json, pathlib, time
from concurrent.futures import ThreadPoolExecutor, as_completed

start = time.time()
turn = pathlib.Path("TURNS")
number = len(turn.read_text())
turn.write_text(turn.read_text() + ".")

def part(index):
    time.sleep(0.3 * ((index + (number in OTHER)) % 2))
    return index

with ThreadPoolExecutor(2) as pool:
    waiting = [pool.submit(part, index) for index in range(2)]
    order = [done.result() for done in as_completed(waiting)]
pathlib.Path("out.json").write_text(json.dumps(order))
print(f"took {time.time() - start:.1f} s")
"""
LINE = "train.py:15"


def write(folder: Path, other: str) -> Path:
    """Write a race; return the file that counts its runs."""
    turns = folder.with_suffix(".turns")
    turns.write_text("")
    (folder / "repro.toml").write_text(CONFIG)
    (folder / "train.py").write_text(TRAIN.replace("TURNS", str(turns)).replace("OTHER", other))
    return turns


def verified(folder: Path, other: str) -> dict[str, object]:
    """Verify a race of which the runs in `other`, counted from the accepted one, end the other way."""
    turns = write(folder, other)
    repro(folder, "verify", "-q", "--no-repeat")
    turns.write_text(".")
    assert repro(folder, "accept", "--force").returncode == 0
    return json.loads(repro(folder, "verify", "--json").stdout)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def test_a_run_that_disagrees_names_the_race_and_no_time_that_is_printed(project: Path) -> None:
    found = verified(project, "{1}")
    assert (found["verdict"], found["flavour"]) == ("drifted", "flaky")
    lines = [cause["text"] for cause in found["causes"]]
    assert [text.split()[0] for text in lines] == ["step", LINE]
    assert found["reproduce"][0].startswith("repro probe")


def test_more_runs_are_made_where_the_source_shows_a_race(project: Path) -> None:
    """The first repeat agrees with a run that is the rare one as well."""
    found = verified(project, "{1, 2}")
    assert (found["verdict"], found["flavour"]) == ("drifted", "flaky")


def test_where_all_runs_agree_the_race_is_named_with_its_likelihood(project: Path) -> None:
    found = verified(project, "range(1, 99)")
    assert (found["verdict"], found["flavour"]) == ("drifted", "stable")
    assert f"5 runs here agree, and a race is possible at {LINE}" in found["headline"]
    (cause,) = found["causes"]
    assert (
        "stable in 5 of 5 here: with two equally likely outcomes, 1 in 16 such series would agree by chance"
        in cause["text"]
    )
    assert "undeclared" not in json.dumps(found["causes"])


def first(folder: Path, other: str, *options: str):
    write(folder, other)
    return repro(folder, "verify", "--json", *options)


def test_a_first_run_that_disagrees_with_itself_makes_no_baseline(project: Path) -> None:
    done = first(project, "{1}")
    found = json.loads(done.stdout)
    assert (done.returncode, found["verdict"], found["flavour"]) == (3, "no_baseline", "flaky")
    assert [cause["text"].split()[0] for cause in found["causes"]] == ["step", LINE]
    assert repro(project, "accept").returncode != 0


def test_a_first_run_that_was_not_repeated_was_seen_once(project: Path) -> None:
    assert first(project, "{}", "--no-repeat").returncode == 3
    assert "run only once" in repro(project, "accept").stdout
    assert first(project, "{}").returncode == 0
    assert "run only once" not in repro(project, "accept").stdout
