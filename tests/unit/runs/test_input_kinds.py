# SPDX-License-Identifier: Apache-2.0
"""An input is data or code by its ending, its use and its content."""

from __future__ import annotations

import pytest

from repro_action.runs.input_kinds import is_data, programs


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("data.csv", b"a,b\n1,2\n"),
        ("big.CSV.gz", b"\x1f\x8b"),
        ("corpus.txt", b"the quick brown fox"),
        ("x.npy", b"\x93NUMPY"),
        ("points", b"1 2 3\n4 5 6\n"),
        ("points.xyz", b"1.0 2.0 3.0\n4 5 6\n"),
        ("records.json", b'[{"a": 1}]'),
        ("data/train.json", b'{"a": 1}'),
        ("data/notes.md", b"# text"),
        ("blob.unknown", b"\0\1\2"),
        ("latin.unknown", b"caf\xe9 au lait, tr\xe8s bien"),
    ],
)
def test_what_holds_values_is_data(path: str, head: bytes) -> None:
    assert is_data(path, head)


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("train.py", b"import csv"),
        ("data/load.py", b"import csv"),
        ("run.sh", b"#!/bin/sh"),
        ("run", b"#!/usr/bin/env python"),
        ("corpus.txt", b"#!/bin/sh"),
        ("requirements.txt", b"numpy==2.4.6"),
        ("requirements/dev.txt", b""),
        ("Makefile", b"all:\n"),
        ("model.json", b'{"layers": 3}'),
        ("conf.yaml", b"a: 1"),
        ("README.md", b"# 1 2 3"),
        ("query.sql", b"select 1"),
        ("prompt.unknown", b"You are a careful assistant"),
        ("empty", b""),
    ],
)
def test_what_tells_a_program_what_to_do_is_code(path: str, head: bytes) -> None:
    assert not is_data(path, head)


def test_a_name_without_dots_is_no_name_of_requirements() -> None:
    assert is_data("a/requirements_of_people.csv", b"x,y")


def test_a_large_document_is_data() -> None:
    assert is_data("answers.json", b"{", size=1 << 20)


@pytest.mark.parametrize(
    ("command", "ran"),
    [
        (("python", "train.py", "data.txt"), ("python", "train.py")),
        (("python", "-u", "./run", "x"), ("python", "run")),
        (("./go",), ("go",)),
        ((), ()),
    ],
)
def test_the_program_of_a_command_is_known(command: tuple[str, ...], ran: tuple[str, ...]) -> None:
    assert programs(command) == ran
