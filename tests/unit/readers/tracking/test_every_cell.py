# SPDX-License-Identifier: Apache-2.0
"""Laws of databases and stores with a meaning: every cell that no named rule leaves out is content."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from repro_action.listing import flatten
from repro_action.readers import read_artifact

DATA = Path(__file__).parents[3] / "formats" / "data"
MLFLOW, OPTUNA = DATA / "mlflow-database" / "one" / "mlflow.db", DATA / "optuna-database" / "one" / "study.db"
TIMES = {
    *(
        "acquired_at",
        "completed_time",
        "completed_time_ms",
        "created_at",
        "created_time",
        "created_timestamp",
    ),
    *("creation_time", "creation_time_ms", "creation_timestamp", "creation_timestamp_ms", "deleted_time"),
    *("deleted_timestamp", "end_time", "end_time_unix_nano", "execution_time_ms", "last_update_time"),
    *("last_update_time_ms", "last_updated_at", "last_updated_time", "last_updated_timestamp"),
    *("last_updated_timestamp_ms", "lease_expires_at", "metric_timestamp_ms", "next_attempt_at"),
    *("progress_updated_at", "start_time", "start_time_unix_nano", "timestamp_ms", "trace_timestamp_ms"),
}
ACCIDENTAL = {
    "mlflow": {
        *(("runs", name) for name in ("artifact_uri", "start_time", "end_time", "deleted_time")),
        *(("runs", name) for name in ("user_id", "source_type", "source_name", "source_version", "entry_point_name")),
        *(("experiments", name) for name in ("artifact_location", "creation_time", "last_update_time")),
        *(("alembic_version", "version_num"), ("model_versions", "source"), ("model_versions", "storage_location")),
        *(("logged_models", "artifact_location"), ("metrics", "timestamp"), ("latest_metrics", "timestamp")),
    },
    "optuna": {
        *(("version_info", name) for name in ("version_info_id", "schema_version", "library_version")),
        *(("alembic_version", "version_num"), ("trial_heartbeats", "heartbeat")),
        *(("trials", "datetime_start"), ("trials", "datetime_complete")),
        *(("study_directions", "study_direction_id"),),
        *(("study_user_attributes", "study_user_attribute_id"), ("trial_params", "param_id")),
        *(("study_system_attributes", "study_system_attribute_id"), ("trial_values", "trial_value_id")),
        *(("trial_user_attributes", "trial_user_attribute_id"), ("trial_heartbeats", "trial_heartbeat_id")),
        *(("trial_system_attributes", "trial_system_attribute_id"), ("trial_heartbeats", "trial_id")),
        ("trial_intermediate_values", "trial_intermediate_value_id"),
    },
}  # fmt: skip
"""What the rules of docs/reports.md leave out, by table and column; ids are references besides."""
REFERRED_TO = {("runs", "run_uuid"), ("studies", "study_id"), ("trials", "trial_id")}
"""Ids: which rows refer to one is content, so that one of them alone cannot be another."""
PEOPLE = {"created_by", "last_updated_by", "user_id"}


def is_accidental(program: str, table: str, column: str) -> bool:
    if (table, column) in ACCIDENTAL[program]:
        return True
    people = column in PEOPLE and table != "review_queue_users"
    return (
        program == "mlflow"
        and table not in {"runs", "experiments", "metrics"}
        and (column in TIMES or people)
    )


def tree(path: Path) -> object:
    """Return what is compared: the digest of the tree, which may be one over plain bytes."""
    return read_artifact(path).root.digest


def cells(database: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(database)) as base:
        names = [row[0] for row in base.execute("select name from sqlite_master where type = 'table'")]
        return [(name, row[1]) for name in names for row in base.execute(f'pragma table_info("{name}")')]


def filled(source: Path, target: Path) -> Path:
    """Copy a database, with a row in each table that has none."""
    shutil.copyfile(source, target)
    with closing(sqlite3.connect(target)) as base, base:
        for table in dict.fromkeys(name for name, _ in cells(target)):
            if base.execute(f'select count(*) from "{table}"').fetchone()[0]:
                continue
            columns = base.execute(f'pragma table_info("{table}")').fetchall()
            values = [7 if "INT" in row[2] else 0.5 if row[2] == "FLOAT" else "cell" for row in columns]
            values = [1 if row[1] == "experiment_id" else v for row, v in zip(columns, values, strict=True)]
            if table.startswith(("study_", "trial_")):  # Optuna's, whose rows belong to others
                values = [
                    {"study_id": 1, "trial_id": 1, "value_json": "1"}.get(row[1], value)
                    for row, value in zip(columns, values, strict=True)
                ]
                values = [
                    "FINITE" if row[1].endswith("_type") else v
                    for row, v in zip(columns, values, strict=True)
                ]
            base.execute("pragma ignore_check_constraints = on")
            marks = ", ".join("?" * len(values))
            base.execute(f'insert into "{table}" values ({marks})', values)
    return target


def another(cell: object) -> object:
    match cell:
        case None:
            return 3
        case bool() | int() | float():
            return cell + 1
        case str() if len(cell) == 32 and set(cell) <= set("0123456789abcdef"):
            return cell[::-1]
        case str():
            return f"{cell}x"
    return b"other"


@pytest.mark.parametrize(("program", "source"), [("mlflow", MLFLOW), ("optuna", OPTUNA)])
def test_a_cell_that_no_rule_leaves_out_is_content(program: str, source: Path, tmp_path: Path) -> None:
    whole = filled(source, tmp_path / "whole.db")
    assert program == read_artifact(whole).format
    wrong = []
    for table in dict.fromkeys(name for name, _ in cells(whole)):
        base = with_few_tables(whole, tmp_path / "base.db", table)
        before = tree(base)
        for column in (column for name, column in cells(base) if name == table):
            path = tmp_path / "edited.db"
            shutil.copyfile(base, path)
            with closing(sqlite3.connect(path)) as edited, edited:
                edited.execute("pragma synchronous = off")
                edited.execute("pragma ignore_check_constraints = on")
                last = f'select rowid, "{column}" from "{table}" order by rowid desc'
                row, cell = edited.execute(last).fetchone()
                try:
                    edited.execute(
                        f'update "{table}" set "{column}" = ? where rowid = ?', (another(cell), row)
                    )
                except sqlite3.IntegrityError:
                    continue
            if (table, column) in REFERRED_TO:
                continue
            if (tree(path) == before) != is_accidental(program, table, column):
                wrong.append((table, column, cell))
    assert wrong == []


def with_few_tables(whole: Path, target: Path, table: str) -> Path:
    """Copy a table, and those that the program's database always has; all of a small one."""
    names = {name for name, _ in cells(whole)}
    if not names > CORE:
        shutil.copyfile(whole, target)
        return target
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target)) as base, base:
        base.execute("pragma synchronous = off")
        base.execute("pragma ignore_check_constraints = on")
        base.execute("attach ? as whole", (str(whole),))
        schema = base.execute("select name, sql from whole.sqlite_master where type = 'table'").fetchall()
        for name, sql in schema:
            if name in {*CORE, table}:
                base.execute(sql)
                columns = ", ".join(
                    f'"{row[1]}"' for row in base.execute(f'pragma whole.table_info("{name}")')
                )
                base.execute(f'insert into main."{name}" ({columns}) select {columns} from whole."{name}"')
    return target


CORE = {
    *(
        "experiments",
        "runs",
        "metrics",
        "params",
        "tags",
        "latest_metrics",
        "alembic_version",
        "experiment_tags",
    )
}


@pytest.mark.parametrize("source", [MLFLOW, OPTUNA], ids=["mlflow", "optuna"])
def test_a_column_or_table_that_a_program_does_not_know_is_content(source: Path, tmp_path: Path) -> None:
    names = {table for table, _ in cells(source)} - {"alembic_version", "version_info", "trial_heartbeats"}
    for number, table in enumerate(sorted(names)):
        trees = []
        for value in ("one", "other", "a" * 32, "b" * 32):
            path = tmp_path / f"{number}{value}.db"
            shutil.copyfile(source, path)
            with closing(sqlite3.connect(path)) as base, base:
                if not base.execute(f'select count(*) from "{table}"').fetchone()[0]:
                    break
                base.execute(f'alter table "{table}" add column fit_time_at text')
                base.execute(f'update "{table}" set fit_time_at = ?', (value,))
            trees.append(tree(path))
        assert len(set(trees)) == len(trees), table


@pytest.mark.parametrize("source", [MLFLOW, OPTUNA], ids=["mlflow", "optuna"])
@pytest.mark.parametrize(("one", "other"), [(1, 2), ("a" * 32, "b" * 32), (None, 5), ("x", b"x")])
@pytest.mark.parametrize("column", ["created_time", "run_id", "user_id", "source"])
def test_a_table_of_another_program_is_content_whole(
    source: Path, one: object, other: object, column: str, tmp_path: Path
) -> None:
    trees = []
    for number, value in enumerate((one, other)):
        path = tmp_path / f"{number}.db"
        shutil.copyfile(source, path)
        with closing(sqlite3.connect(path)) as base, base:
            base.execute(f"create table results (name text, {column})")
            base.execute("insert into results values ('a', ?)", (value,))
        trees.append(tree(path))
    assert trees[0] != trees[1]


def edit(path: Path, *statements: str) -> Path:
    shutil.copyfile(MLFLOW, path)
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("pragma ignore_check_constraints = on")
        for statement in statements:
            base.execute(statement)
    return path


ALIKE = (
    ("update tags set value = null where key = 'kind'", "update tags set value = '' where key = 'kind'"),
    ("update metrics set is_nan = 1, value = 0 where step = 4", "update metrics set is_nan = 1, value = 7 where step = 4"),
    ("update runs set name = '' where name = 'search'", "update runs set name = 'search' where name = 'search'"),
    ("update runs set name = null where name = 'search'", "update runs set name = '' where name = 'search'"),
    ("update tags set value = 'none' where key = 'mlflow.parentRunId'", "update tags set value = 'other' where key = 'mlflow.parentRunId'"),
    ("update latest_metrics set value = 5", "update latest_metrics set value = 6"),
    ("insert into params values ('ref', 'one', (select max(run_uuid) from runs))", "insert into params values ('ref', 'two', (select max(run_uuid) from runs))"),
    ("update runs set status = x'41' where name = 'search'", "update runs set status = 'b''A''' where name = 'search'"),
    ("""insert into tags values ('mlflow.log-model.history', '[{"a": 1, "a": 2}]', (select max(run_uuid) from runs))""",
     """insert into tags values ('mlflow.log-model.history', '[{"a": 2}]', (select max(run_uuid) from runs))"""),
)  # fmt: skip


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_contents_that_the_program_tells_apart_are_two(one: str, other: str, tmp_path: Path) -> None:
    assert tree(edit(tmp_path / "one.db", one)) != tree(edit(tmp_path / "other.db", other))


def test_last_values_that_follow_from_the_points_are_left_out_and_others_are_content(tmp_path: Path) -> None:
    assert "latest_metrics" not in {path.partition("/")[0] for path in flatten(read_artifact(MLFLOW).root)}
    changed = read_artifact(edit(tmp_path / "x.db", "update latest_metrics set step = step + 1"))
    assert "latest_metrics/step" in flatten(changed.root)
    assert "latest_metrics" not in {part.path for part in changed.excluded}


STORE = DATA / "mlflow-files" / "one"


def metas() -> list[str]:
    return sorted(str(path.relative_to(STORE)) for path in STORE.rglob("meta.yaml"))


LEFT_OUT = {
    *("artifact_location", "artifact_uri", "experiment_id", "run_id", "run_uuid", "creation_time", "user_id"),
    *("last_update_time", "start_time", "end_time", "deleted_time", "source_name", "source_type"),
    *("source_version", "entry_point_name"),
}


@pytest.mark.parametrize("meta", metas())
def test_a_line_of_a_meta_file_that_no_rule_leaves_out_is_content(meta: str, tmp_path: Path) -> None:
    before, wrong = tree(STORE / "mlruns"), []
    others = "".join(path.read_text() for path in STORE.rglob("mlflow.parentRunId"))
    lines = (STORE / meta).read_text().splitlines()
    edits = []
    for number, line in enumerate(lines):
        key, _, value = line.partition(": ")
        edited = [*lines[:number], f"{key}: '{value.strip(chr(39))}7'", *lines[number + 1 :]]
        if value.strip("'") not in others or not value:
            edits.append((key, edited))
    edits += [("unknown", [*lines, "unknown: 1"]), ("a list", [*lines, "more:", "- 1"])]
    for number, (key, edited) in enumerate(edits):
        root = tmp_path / str(number)
        shutil.copytree(STORE, root)
        (root / meta).write_text("\n".join(edited) + "\n")
        if (tree(root / "mlruns") == before) != (key in LEFT_OUT):
            wrong.append(key)
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("RUN/metrics/loss2", "1 0.5 0\n", "1 0.5 0 wine abc123\n"),
        ("RUN/metrics/loss2", "1 0.5 0 wine abc123\n", "1 0.5 0 wine abc124\n"),
        ("RUN/notes.txt", "a", "b"),
        ("RUN/outputs/m-1/meta.yaml", "a: 1\n", "a: 2\n"),
        ("notes.txt", "a", "b"),
        ("models/x.txt", "a", "b"),
        ("../notes.txt", "a", "b"),
        ("RUN/tags/x/y", "a", "b"),
    ],
)
def test_a_file_that_mlflow_does_not_know_is_content(name: str, one: str, other: str, tmp_path: Path) -> None:
    run = Path(next(meta for meta in metas() if meta.count("/") == 3)).parent
    trees = []
    for number, text in enumerate((one, other)):
        root = tmp_path / str(number)
        shutil.copytree(STORE, root)
        path = (
            root / run.parent / name.replace("RUN", run.name) if "RUN" in name else root / run.parent / name
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        trees.append(tree(root / "mlruns"))
    assert trees[0] != trees[1]


def test_a_key_that_is_there_twice_and_an_experiment_in_the_trash_are_distinguished(tmp_path: Path) -> None:
    (experiment,) = (
        meta for meta in metas() if meta.count("/") == 2 and "name: wine" in (STORE / meta).read_text()
    )
    trees = [tree(STORE / "mlruns")]
    for number, change in enumerate(("twice", "trash")):
        root = tmp_path / str(number)
        shutil.copytree(STORE, root)
        if change == "twice":
            text = (root / experiment).read_text()
            (root / experiment).write_text(text.replace("name: wine", "name: other\nname: wine"))
        else:
            (root / "mlruns" / ".trash").mkdir(exist_ok=True)
            shutil.move((root / experiment).parent, root / "mlruns" / ".trash")
        trees.append(tree(root / "mlruns"))
    assert len(set(trees)) == 3
