"""Laws of digests, tables and written pins over arbitrary input."""

import hashlib
import os
import tempfile
import tomllib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from repro_action.data.changes import table_changes
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder, tree_digest
from repro_action.data.write import write_pins
from repro_action.digest import Digest

NAMES = st.binary(min_size=1, max_size=12).filter(
    lambda name: not set(name) & set(b"\0/") and name not in (b".", b"..")
)
CONTENTS = st.dictionaries(NAMES, st.binary(max_size=50), max_size=6)
VALUES = st.dictionaries(NAMES, st.text("0123456789abcdef", min_size=64, max_size=64), max_size=6)


def make(folder, contents):
    for name, content in contents.items():
        (Path(folder) / os.fsdecode(name)).write_bytes(content)


@settings(deadline=None, max_examples=60)
@given(contents=CONTENTS)
def test_the_digest_depends_on_names_and_contents_only(contents):
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        make(one, contents)
        make(two, dict(reversed(contents.items())))
        assert digest_folder(one, "sha256") == digest_folder(two, "sha256")
        values = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
        assert tree_digest("tree1-sha256", values) == digest_folder(one, "sha256")


@given(one=VALUES, two=VALUES)
def test_different_folders_have_different_digests(one, two):
    assert (one == two) == (tree_digest("tree1-blake3", one) == tree_digest("tree1-blake3", two))


@settings(deadline=None, max_examples=60)
@given(content=st.binary(max_size=200), algorithm=st.sampled_from(["sha256", "md5"]))
def test_a_file_has_the_digest_of_hashlib(content, algorithm):
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        assert hashlib.new(algorithm, content).hexdigest() == digest_file(file.name, algorithm).value


@given(old=st.binary(max_size=200), new=st.binary(max_size=200), path=st.sampled_from(["a.csv", "a.tsv"]))
def test_any_two_tables_can_be_distinguished_safely(old, new, path):
    changes = table_changes(old, new, path)
    assert (old == new) == (changes == ())
    assert all(line.isprintable() for line in changes)


@settings(deadline=None, max_examples=60)
@given(
    paths=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20), max_size=4
    )
)
def test_written_pins_come_back(paths):
    pins = {path: Digest("blake3", "c" * 64) for path in {os.path.normpath(path) for path in paths}}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "repro.toml"
        file.write_text('version = 1\nname = "x"\n\n[sandbox]\nnetwork = false # no\n', encoding="utf-8")
        write_pins(file, pins)
        read = tomllib.loads(file.read_text(encoding="utf-8"))
    assert {path: str(digest) for path, digest in pins.items()} == {
        entry["path"]: entry["digest"] for entry in read.get("data", [])
    }
