"""What changed in a table."""

import pytest

from repro_action.data.changes import LIMIT, is_table, table_changes


def described(old, new, path="a.csv"):
    return "\n".join(table_changes(old, new, path))


def test_equal_versions_tell_nothing():
    assert "" == described(b"a\n1\n", b"a\n1\n")


def test_line_ends_are_reported_as_such():
    assert "Only line endings differ" in described(b"a\n1\n", b"a\r\n1\r\n")
    assert "Only line endings differ" in described(b"a\n1\n", b"a\n1")


def test_added_and_removed_columns_are_named():
    text = described(b"a,b\n1,2\n", b"a,c,d\n1,2,3\n")
    assert "2 columns added: c, d." in text
    assert "1 column removed: b." in text


def test_columns_in_another_order_are_reported():
    assert "The columns are in a different order." in described(b"a,b\n1,2\n", b"b,a\n2,1\n")


def test_a_quoted_separator_splits_no_column():
    assert "1 column added: c,d." in described(b'"a,b"\n', b'"a,b","c,d"\n')


def test_tabs_separate_the_columns_of_tsv():
    assert "1 column added: b,c." in described(b"a\n", b"a\tb,c\n", "a.TSV")


def test_rows_in_another_order_are_reported():
    assert "The rows are the same, in a different order." in described(b"a\n1\n2\n", b"a\n2\n1\n")


def test_repeated_rows_count_as_often_as_they_stand():
    assert "1 row added, 0 rows removed (1 → 2)." in described(b"a\n1\n", b"a\n1\n1\n")


def test_a_shorter_file_shows_the_first_line_that_is_gone():
    assert "line that differs is 2:\n  pinned: 1\n  found:  (no such line)" in described(b"a\n1\n", b"a\n")


def test_an_empty_file_is_a_version_like_others():
    assert "The first line that differs is 1" in described(b"", b"a\n")


def test_too_large_versions_tell_nothing():
    assert () == table_changes(b"a\n", b"x" * (LIMIT + 1), "a.csv")


@pytest.mark.parametrize(
    "bad", [b'"', b"\0,\0", b"\xff\xfe", b"a" * 200_000, "\u202e,\x1b[2J".encode(), b'"\n"']
)
def test_hostile_headers_are_reported_and_never_raw(bad):
    for text in (described(bad, b"a\n1\n"), described(b"a\n1\n", bad)):
        assert text
        assert all(line.isprintable() and len(line) < 400 for line in text.split("\n"))


def test_only_tables_are_tables():
    assert [True, True, False, False] == [is_table(path) for path in ("a.csv", "b/A.TSV", "a.csv.gz", "csv")]
