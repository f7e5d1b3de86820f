# SPDX-License-Identifier: Apache-2.0
"""Optuna's database by its meaning: what is left out, what is shown besides, and what is malformed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from repro_action.listing import flatten
from repro_action.readers import read_artifact
from repro_action.tree import Tree

SCHEMA = """
create table studies (study_id integer primary key, study_name text);
create table trials (trial_id integer primary key, number integer, study_id integer, state text, datetime_start text);
create table trial_values (trial_value_id integer primary key, trial_id integer, objective integer, value float,
 value_type text);
create table trial_params (param_id integer primary key, trial_id integer, param_name text, param_value float,
 distribution_json text);
create table version_info (version_info_id integer primary key, schema_version integer, library_version text);
insert into studies values ({id}, 's');
insert into trials values ({id}, 0, {id}, 'COMPLETE', '{id} h');
insert into trial_values values (1, {id}, 0, null, 'INF_NEG');
insert into trial_params values (1, {id}, 'kernel', 1.0,
 '{{"name": "CategoricalDistribution", "attributes": {{"choices": ["rbf", 0.5]}}}}');
insert into version_info values (1, {id}, 'release {id}');
"""


def read(path: Path, *, number: int = 1, more: str = "") -> Tree:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(SCHEMA.format(id=number) + more)
    return read_artifact(path)


def test_ids_times_and_versions_are_left_out(tmp_path: Path):
    one, other = (read(tmp_path / f"{number}.db", number=number) for number in (1, 7))
    assert ("optuna", one.root) == (one.format, other.root)
    assert {"optuna-derived", "optuna-ids", "optuna-times"} == {part.rule for part in one.excluded}


def test_a_parameter_is_the_choice_that_the_objective_got(tmp_path: Path):
    leaves = flatten(read(tmp_path / "a.db").root)
    assert 0.5 == leaves["studies['s'].trials[0].params['kernel']"].value
    stats = leaves["studies['s'].trials[0].values"].stats
    assert stats is not None
    assert float("-inf") == stats.min


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("create table notes (a integer); insert into notes values (5)", "notes/a"),
        ("alter table trials add column host text default 'x'", "trials/host"),
    ],
)
def test_what_optuna_does_not_write_is_shown(more: str, path: str, tmp_path: Path):
    assert path in flatten(read(tmp_path / "a.db", more=more).root)


@pytest.mark.parametrize(
    "more",
    [
        "update trial_params set param_value = 2",
        "update trial_params set param_value = 0.5",
        "update trial_params set param_value = 9e999",
        "update trial_params set param_value = null",
        "update trial_params set distribution_json = '[' || replace(hex(zeroblob(20000)), '0', '[')",
        "update trial_params set trial_id = 9",
        "update trial_values set value = 1.0",
        "update trial_values set value_type = 'NONE'",
        "update trial_values set objective = 1",
        "update trials set study_id = 9",
        "insert into trials values (2, 0, 1, 'FAIL', '')",
        "insert into studies values (2, 's')",
        "alter table trials drop column state",
    ],
)
def test_what_is_malformed_is_bytes_with_a_reason(more: str, tmp_path: Path):
    tree = read(tmp_path / "a.db", more=more)
    assert "bytes" == tree.format
    assert "of Optuna is m" in tree.reason
