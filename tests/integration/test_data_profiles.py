# SPDX-License-Identifier: Apache-2.0
"""Data is profiled and held against the rules of its columns before a step trains."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from integration.command import repro

CONFIG = """\
version = 1
name = "rules"
[sandbox]
files = "any"
[[data]]
path = "people.csv"
profile = {profile}
{rules}
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py", "people.csv"]
outputs = ["rows.json"]
"""
TRAIN = 'open("rows.json", "w").write(str(len(open("people.csv").readlines())))\n'
RULES = """\
[data.columns.age]
min = 0
max = 120
missing_max = 0.01
[data.columns.colour]
allowed = ["red", "white"]
[data.columns.id]
unique = true
"""
GOOD = "age,colour,id\n" + "".join(
    f"{20 + row % 50},{['red', 'white'][row % 2]},{row}\n" for row in range(200)
)


def project(root: Path, *, rules: str = RULES, profile: str = "true", data: str = GOOD) -> Path:
    (root / "repro.toml").write_text(CONFIG.format(rules=rules, profile=profile))
    (root / "train.py").write_text(TRAIN)
    (root / "people.csv").write_text(data)
    assert 0 == repro(root, "pin").returncode
    return root


def profiles(root: Path) -> dict:
    (one,) = json.loads((root / "repro.baseline.json").read_text())["platforms"].values()
    return one["profiles"]


def test_a_profile_is_accepted_with_the_run_and_costs_nothing_while_data_is_the_same(tmp_path: Path) -> None:
    project(tmp_path, rules="")
    assert 3 == repro(tmp_path, "verify", "--no-repeat").returncode
    assert 0 == repro(tmp_path, "accept").returncode
    found = profiles(tmp_path)["people.csv"]
    assert (200, {"age", "colour", "id"}) == (found["rows"], {*found["columns"]})
    assert "red" not in json.dumps(found)
    again = repro(tmp_path, "verify")
    assert 0 == again.returncode
    assert "profiling" not in again.stdout + again.stderr


def test_each_broken_rule_names_column_count_and_rows_and_never_a_value(tmp_path: Path) -> None:
    lines = GOOD.splitlines()
    lines[2], lines[4], lines[6] = "-4711,mauve,0", ",red,3", "oops,red,5"
    project(tmp_path, data="\n".join(lines) + "\n")
    (tmp_path / "rows.json").unlink(missing_ok=True)
    failed = repro(tmp_path, "verify")
    shown = failed.stdout + failed.stderr
    assert 2 == failed.returncode
    assert not (tmp_path / "rows.json").exists()
    for line in (
        "column age: 1 cell below min = 0 (row 2)",
        "column colour: 1 cell not among the allowed values (row 2)",
        "column id: 1 cell repeated, where `unique` is set (row 2)",
    ):
        assert line in shown
    assert not [value for value in ("4711", "mauve", "oops") if value in shown]


def test_missing_cells_beyond_their_share_and_a_column_that_is_gone_stop_the_run(tmp_path: Path) -> None:
    data = GOOD.replace("colour", "color").replace("\n20,", "\n,")
    project(tmp_path, data=data)
    failed = repro(tmp_path, "verify")
    assert 2 == failed.returncode
    assert "column colour is missing" in failed.stdout
    assert "column age: 4 cells missing, 2.00% of the cells, more than missing_max = 0.01" in failed.stdout


@pytest.mark.parametrize(
    ("data", "columns", "rows"),
    [
        ("a,b\n1,x\n", 2, 1),
        ("a,b\n" + "5,5\n" * 100, 2, 100),
        ("a,b\n1,x\nx,2\n", 2, 2),
        (",".join(f"c{number}" for number in range(3000)) + "\n" + ",".join("1" * 3000) + "\n", 200, 1),
        ("a,\x1b[31m\u202eb\n1,2\n", 2, 1),
        ("", 0, 0),
    ],
    ids=["one row", "constant", "mixed", "many columns", "hostile name", "empty"],
)
def test_odd_tables_are_profiled_or_say_why_not(tmp_path: Path, data: str, columns: int, rows: int) -> None:
    project(tmp_path, rules="", data=data)
    assert 3 == repro(tmp_path, "verify", "-q", "--no-repeat").returncode
    assert 0 == repro(tmp_path, "accept").returncode
    found = profiles(tmp_path)["people.csv"]
    assert (columns, rows) == (len(found.get("columns", {})), found["rows"])
    assert bool(found.get("columns")) or found["reason"]


@pytest.mark.parametrize("rules", ["[data.columns.age]\nminimum = 0", "[data.columns.age]\nmissing_max = 2"])
def test_a_rule_that_is_none_is_an_error_of_the_configuration(tmp_path: Path, rules: str) -> None:
    (tmp_path / "repro.toml").write_text(CONFIG.format(rules=rules, profile='"most"'))
    failed = repro(tmp_path, "verify", "-q")
    assert 2 == failed.returncode
    assert "data[0].columns" in failed.stdout
    assert "data[0].profile" in failed.stdout


def test_a_folder_of_pictures_is_a_table_with_a_row_a_picture(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "pictures").mkdir()
    for number in range(3):
        Image.new("RGB", (5, 4), (number, 0, 0)).save(tmp_path / "pictures" / f"{number}.png")
    config = CONFIG.format(rules="", profile='"full"').replace("people.csv", "pictures")
    (tmp_path / "repro.toml").write_text(config)
    (tmp_path / "train.py").write_text('open("rows.json", "w").write("1")')
    assert 0 == repro(tmp_path, "pin").returncode
    assert 3 == repro(tmp_path, "verify", "-q", "--no-repeat").returncode
    assert 0 == repro(tmp_path, "accept").returncode
    found = profiles(tmp_path)["pictures"]
    assert ("images", 3, 5.0) == (found["format"], found["rows"], found["columns"]["width"]["maximum"])


def test_a_schema_that_was_written_is_kept_until_the_data_changes(tmp_path: Path) -> None:
    project(tmp_path, rules='schema = "people.schema.json"', profile="false")
    assert 2 == repro(tmp_path, "verify").returncode
    assert 0 == repro(tmp_path, "pin", "people.csv", "--schema", "people.schema.json").returncode
    assert 2 == repro(tmp_path, "pin", "people.csv", "--schema", "people.schema.json").returncode
    assert 3 == repro(tmp_path, "verify", "--no-repeat").returncode
    (tmp_path / "people.csv").write_text(GOOD + "x,red,\n")
    assert 0 == repro(tmp_path, "pin").returncode
    failed = repro(tmp_path, "verify")
    assert 2 == failed.returncode
    assert "column age: 1 cell of another type than integer (row 201)" in failed.stdout
    assert "column id: 1 cell missing" in failed.stdout


def test_new_data_is_held_against_the_profile_where_the_data_is_gone(tmp_path: Path) -> None:
    project(tmp_path, rules="")
    assert 3 == repro(tmp_path, "verify", "--no-repeat").returncode
    assert 0 == repro(tmp_path, "accept").returncode
    (tmp_path / "people.csv").rename(tmp_path / "new.csv")
    same = repro(tmp_path, "drift", "new.csv")
    assert 0 == same.returncode, same.stdout
    assert "its profile in the baseline" in same.stdout
    older = "\n".join(GOOD.splitlines()[:1] + [f"90,{'red'},{row}" for row in range(200)])
    (tmp_path / "new.csv").write_text(older)
    assert 1 == repro(tmp_path, "drift", "new.csv").returncode
