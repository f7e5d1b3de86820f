# SPDX-License-Identifier: Apache-2.0
"""Where two trainings part: the first differing entry of a log, whichever format it has."""

from __future__ import annotations

import json
import math
import pickle
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from repro_action.compare.parting import TrainingParting
from repro_action.compare.products import compare_products
from repro_action.compare.training import partings
from repro_action.digest import Digest
from repro_action.readers import read_artifact
from repro_action.report.sections.training import bar, parting_line
from repro_action.runs.products import as_product, whole_listing

RECORDED = Path(__file__).parents[2] / "formats" / "data"


def parted(one: Path, other: Path) -> tuple[TrainingParting, ...]:
    """Compare two artifacts as a run is compared with another one."""
    products = []
    for number, path in enumerate((one, other)):
        tree, digest = read_artifact(path), Digest("blake3", f"{number:064x}")
        products.append(as_product(tree, step="", size=1, digest=digest, leaves=whole_listing(tree.root)))
    return partings(compare_products({"log": products[0]}, {"log": products[1]}, ()))


def lightning(values: Sequence[float]) -> bytes:
    rows = (f"{at // 4},{at * 10},{loss!r},{'' if at % 4 else 0.5}\n" for at, loss in enumerate(values))
    return ("epoch,step,train_loss,val_loss\n" + "".join(rows)).encode()


def keras_csv(values: Sequence[float]) -> bytes:
    return (
        "epoch,accuracy,loss\n" + "".join(f"{at},0.5,{loss!r}\n" for at, loss in enumerate(values))
    ).encode()


def keras_history(values: Sequence[float]) -> bytes:
    return json.dumps({"loss": list(values), "val_loss": [0.5] * len(values)}).encode()


def pickled_history(values: Sequence[float]) -> bytes:
    return pickle.dumps({"loss": list(values)})


def evals_result(values: Sequence[float]) -> bytes:
    return json.dumps({"train": {"rmse": list(values)}, "valid": {"rmse": [0.5] * len(values)}}).encode()


def trainer_state(values: Sequence[float]) -> bytes:
    log = [{"epoch": at / 4, "step": at * 10, "loss": loss, "lr": 1e-3} for at, loss in enumerate(values)]
    return json.dumps({"best_metric": None, "log_history": log}).encode()


def json_lines(values: Sequence[float]) -> bytes:
    return "".join(
        json.dumps({"step": at * 10, "loss": loss}) + "\n" for at, loss in enumerate(values)
    ).encode()


Writer = Callable[[Sequence[float]], bytes]

WRITERS: dict[str, tuple[str, Writer, str, int]] = {
    "lightning": ("metrics.csv", lightning, "step", 10),
    "keras-csv": ("log.csv", keras_csv, "epoch", 1),
    "keras-history": ("history.json", keras_history, "", 0),
    "pickled-history": ("history.pkl", pickled_history, "", 0),
    "evals-result": ("evals.json", evals_result, "", 0),
    "trainer-state": ("trainer_state.json", trainer_state, "step", 10),
    "json-lines": ("log.jsonl", json_lines, "step", 10),
}


@pytest.mark.parametrize("length", [12, 200, 3000])
@pytest.mark.parametrize("form", WRITERS)
def test_the_first_entry_that_differs_is_named_and_none_where_none_does(
    form: str, length: int, tmp_path: Path
) -> None:
    name, write, unit, factor = WRITERS[form]
    chance = random.Random(f"{form} {length}")
    values = [chance.random() for _ in range(length)]
    one, other = tmp_path / name, tmp_path / f"other-{name}"
    one.write_bytes(write(values))
    other.write_bytes(write(values))
    assert parted(one, other) == ()
    for at in (0, 1, length // 2, length - 1):
        moved = [*values[:at], *(math.nextafter(value, 2.0) for value in values[at:])]
        other.write_bytes(write(moved))
        (found,) = parted(one, other)
        assert (found.index, found.before, found.after, found.ulp) == (at, values[at], moved[at], 1)
        assert found.name in {"loss", "train_loss", "train.rmse"}
        assert (found.unit, found.at) == (unit, at * factor if unit else None)
        assert found.last == ((at - 1) * factor if unit and at else None)


@pytest.mark.parametrize(
    ("form", "name", "index"),
    [("tensorboard", "loss", 3), ("wandb", "loss", 2), ("mlflow-database", "wine.depth 4.loss", 3)],
)
def test_logs_of_trackers_part_at_the_step_that_was_changed(form: str, name: str, index: int) -> None:
    paths = [next(path for path in (RECORDED / form / side).iterdir()) for side in ("one", "two", "changed")]
    assert parted(paths[0], paths[1]) == ()
    (found,) = parted(paths[0], paths[2])
    assert (found.name, found.index, found.unit, found.at) == (name, index, "step", index)


def test_what_only_the_clock_says_is_no_parting(tmp_path: Path) -> None:
    for number in (1, 2):
        rows = "".join(f"{at},0.5,{at * number}.25\n" for at in range(5))
        (tmp_path / f"{number}.csv").write_text(f"step,loss,elapsed_seconds\n{rows}")
    assert parted(tmp_path / "1.csv", tmp_path / "2.csv") == ()


def test_a_table_that_counts_no_steps_and_has_no_loss_is_no_log(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.csv").write_text(f"age,height\n1,2\n3,{number}\n")
    assert parted(tmp_path / "1.csv", tmp_path / "2.csv") == ()


def test_a_log_that_is_longer_parts_where_the_values_that_both_have_do(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_bytes(keras_csv([0.5, 0.25, 0.125]))
    (tmp_path / "2.csv").write_bytes(keras_csv([0.5, 0.25, 0.124, 0.1]))
    (found,) = parted(tmp_path / "1.csv", tmp_path / "2.csv")
    assert (found.index, found.at) == (2, 2)


def test_each_log_of_a_folder_has_its_own_parting(tmp_path: Path) -> None:
    for side, last in (("1", 0.1), ("2", 0.2)):
        (tmp_path / side / "sub").mkdir(parents=True)
        (tmp_path / side / "a.csv").write_bytes(keras_csv([0.5, last]))
        (tmp_path / side / "sub" / "b.json").write_bytes(keras_history([last, 0.5]))
        (tmp_path / side / "same.csv").write_bytes(keras_csv([0.5, 0.5]))
    found = parted(tmp_path / "1", tmp_path / "2")
    assert [(one.artifact, one.name, one.index) for one in found] == [
        ("log/a.csv", "loss", 1),
        ("log/sub/b.json", "loss", 0),
    ]


def test_what_is_said_of_a_log() -> None:
    found = TrainingParting(artifact="a", series="loss", index=7, before=0.125, after=0.25, ulp=9)
    counted = replace(found, unit="global_step", at=70, last=60, ulp=None, repeated=True)
    first = TrainingParting(artifact="", series="loss", index=0, before=1.0, after=2.0)
    assert parting_line(found) == "a: loss · the same up to entry 7 · entry 8: 0.125 → 0.25 (9 ULP)"
    assert parting_line(first) == "loss · differs from the start · entry 1: 1.0 → 2.0"
    assert parting_line(counted) == (
        "a: loss · the same up to global step 60 · global step 70: 0.125 → 0.25 · two runs of the same materials"
    )


@pytest.mark.parametrize(
    ("index", "until", "entries", "drawn"),
    [
        (0, None, 10, "░" * 16),
        (1, None, 1000, "█" + "░" * 15),
        (311, None, 500, "█" * 9 + "░" * 7),
        (499, None, 500, "█" * 15 + "░"),
        (100, 199, 400, "█" * 4 + "▒" * 3 + "░" * 9),
        (300, 399, 400, "█" * 12 + "▒" * 3 + "░"),
        (7, None, 0, ""),
        (7, None, 7, ""),
    ],
)
def test_a_picture_shows_where_a_log_parts(index: int, until: int | None, entries: int, drawn: str) -> None:
    found = TrainingParting(artifact="a", series="loss", index=index, until=until, entries=entries)
    assert drawn == bar(found)
    assert parting_line(found, picture=True).endswith(drawn)


def test_the_length_of_a_log_is_known_of_columns_and_of_lists(tmp_path: Path) -> None:
    for side, last in (("1", 0.1), ("2", 0.2)):
        (tmp_path / f"{side}.csv").write_bytes(keras_csv([0.5, last, 0.5]))
        (tmp_path / f"{side}.json").write_bytes(keras_history([0.5, last, 0.5]))
    lengths = [parted(tmp_path / f"1.{kind}", tmp_path / f"2.{kind}")[0].entries for kind in ("csv", "json")]
    assert [3, 3] == lengths
