# SPDX-License-Identifier: Apache-2.0
"""Tables of every format become the same columns; what is no table is one clear error."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from repro_action.drift.leaves import table_of
from repro_action.drift.sample import SampleKind
from repro_action.errors import ArtifactUnreadable
from repro_action.readers import read_artifact

CSV = 'age,city,when,member,note\n1,Oslo,2024-01-01,true,"a, ""b""\nc"\n,,2024-01-02,false,x\n3,Rome,,true,\\n\n'


def read(path):
    return table_of(read_artifact(path), path.name)


def written(tmp_path, content, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def texts(column):
    return [None if code < 0 else column.labels[code] for code in column.codes.tolist()]


def test_columns_of_csv(tmp_path):
    found = read(written(tmp_path, CSV)).columns
    kinds = {name: column.kind for name, column in found.items()}
    assert {
        "age": SampleKind.NUMBER,
        "city": SampleKind.CATEGORY,
        "when": SampleKind.DATE,
        "member": SampleKind.CATEGORY,
        "note": SampleKind.TEXT,
    } == kinds
    assert [1.0, None, 3.0] == [None if v != v else v for v in found["age"].numbers.tolist()]
    assert ["Oslo", None, "Rome"] == texts(found["city"])
    assert ['a, "b"\nc', "x", "\\n"] == texts(found["note"])


def test_parquet_gives_what_csv_gives(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pa.table({
        "age": pa.array([1, None, 3]),
        "city": pa.array(["Oslo", None, "Rome"]).dictionary_encode(),
        "when": pa.array([dt.date(2024, 1, 1), dt.date(2024, 1, 2), None]),
        "member": [True, False, True],
        "note": ['a, "b"\nc', "x", "\\n"],
    })  # fmt: skip
    parquet.write_table(table, tmp_path / "t.parquet")
    one, other = read(tmp_path / "t.parquet").columns, read(written(tmp_path, CSV)).columns
    assert [*other] == [*one]
    for name, column in one.items():
        assert other[name].kind is column.kind
        np.testing.assert_array_equal(other[name].numbers, column.numbers)
        if column.codes is not None:
            assert texts(other[name]) == texts(column)


def test_arrays_are_columns_by_their_place(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(6).reshape(3, 2))
    np.savez(tmp_path / "a.npz", x=np.arange(3), y=np.ones((3, 2)))
    assert ["[0]", "[1]"] == [*read(tmp_path / "a.npy").columns]
    assert [0.0, 2.0, 4.0] == read(tmp_path / "a.npy").columns["[0]"].numbers.tolist()
    assert ["x", "y[0]", "y[1]"] == [*read(tmp_path / "a.npz").columns]


def test_files_of_a_folder_are_parts_of_one_table(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    written(folder, "a,b\n1,x\n2,y\n", "0.csv")
    written(folder, "a,b\n3,z\n?,x\n", "1.csv")
    found = read(folder)
    assert (4, ["1", "2", "3", "?"]) == (found.rows, texts(found.columns["a"]))
    assert ["x", "y", "z", "x"] == texts(found.columns["b"])
    written(folder, "a,c\n3,z\n", "2.csv")
    with pytest.raises(ArtifactUnreadable, match=r"2\.csv has other columns than 0\.csv"):
        read(folder)


def test_names_that_cannot_be_printed_stay_apart(tmp_path):
    found = read(written(tmp_path, "a\u202e,a\\,it's\n1,2,3\n"))
    assert {"a\u202e", "a\\", "it's"} == {column.name for column in found.columns.values()}


@pytest.mark.parametrize(
    ("content", "name", "what"),
    [
        (b"", "t.csv", "no first row"),
        ("a,b\n1,é\n".encode("latin-1"), "t.csv", "not valid UTF-8"),
        (b"a,b\n1,2,3\n", "t.csv", "a row has 3 cells where the first has 2"),
        (b"just words", "t.txt", "not a table"),
        (b"{}", "t.json", "not a table"),
        (b"PAR1 and nothing more", "t.parquet", "not a table"),
    ],
)
def test_what_is_no_table_is_one_error(tmp_path, content, name, what):
    with pytest.raises(ArtifactUnreadable, match=what) as caught:
        read(written(tmp_path, content, name))
    assert name == caught.value.where
    assert caught.value.remedy


def test_arrays_of_several_lengths_are_no_table(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(3), y=np.arange(4))
    with pytest.raises(ArtifactUnreadable, match="different lengths, such as 3 and 4"):
        read(tmp_path / "a.npz")
