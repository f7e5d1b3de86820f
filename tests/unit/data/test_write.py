"""Pins written into the configuration."""

import os
import tomllib

import pytest

from repro_action.config.load import load
from repro_action.config.model import Config, DataPin
from repro_action.data.compute import compute_pins
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.data.write import PinUpdate, write_pins
from repro_action.digest import Digest
from repro_action.errors import PinError

A, B = Digest("blake3", "a" * 64), Digest("blake3", "b" * 64)

TOML = f"""# what this is
version = 1   # of the format
name = "tiny"

[[data]]  # first
path = "data/wine.csv"   # the wine
digest = "{A}"     # as delivered

# about the steps
[[steps]]
name    = 'train'
run     = [
  "python",  # the interpreter
  "train.py",
]
outputs = ["out/m.json"]
"""


@pytest.fixture
def toml(project):
    path = project / "repro.toml"
    path.write_text(TOML)
    return path


def pins_of(path):
    document = tomllib.loads(path.read_text())
    table = document["tool"]["repro"] if path.name == "pyproject.toml" else document
    return {entry["path"]: entry["digest"] for entry in table["data"]}


def test_a_known_path_changes_its_digest_and_nothing_else(toml):
    assert PinUpdate(added=(), updated=("data/wine.csv",), unchanged=()) == write_pins(
        toml, {"data/wine.csv": B}
    )
    assert TOML.replace(str(A), str(B)) == toml.read_text()


def test_a_new_path_gets_a_table_behind_the_last_pin_and_the_rest_stays(toml):
    written = write_pins(toml, {"data/new.csv": B, "data/wine.csv": A})
    assert PinUpdate(added=("data/new.csv",), updated=(), unchanged=("data/wine.csv",)) == written
    added = f'\n[[data]]\npath = "data/new.csv"\ndigest = "{B}"\n'
    assert TOML.replace("# as delivered\n", f"# as delivered\n{added}") == toml.read_text()
    assert ("data/wine.csv", "data/new.csv") == tuple(pin.path for pin in load(toml).data)


def test_a_file_without_data_gets_its_first_table_at_its_end(project):
    path = project / "repro.toml"
    text = 'version = 1\n\n[environment]\nbackend = "current"  # here'
    path.write_text(text)
    write_pins(path, {"b": B, "a": A})
    added = "".join(
        f'\n[[data]]\npath = "{name}"\ndigest = "{digest}"\n' for name, digest in (("a", A), ("b", B))
    )
    assert f"{text}\n{added}" == path.read_text()


def test_an_inline_array_keeps_its_spelling(project):
    path = project / "repro.toml"
    path.write_text(f'version = 1\nname = "t"\ndata = [{{ path = "a", digest = "{A}" }}]\n')
    write_pins(path, {"a": B, "b": A})
    assert {"a": str(B), "b": str(A)} == pins_of(path)
    assert "[[data]]" not in path.read_text()


PYPROJECT = f"""[project]
name = "x"  # keep

[tool.repro]
version = 1
name = "tiny"

[[tool.repro.data]]
path = "a"
digest = "{A}"

[tool.other]
value = 1  # keep too

[[tool.repro.steps]]
name = "train"
run = ["x"]
"""


def test_pyproject_is_written_in_its_own_table(project):
    path = project / "pyproject.toml"
    path.write_text(PYPROJECT)
    write_pins(path, {"a": B})
    assert PYPROJECT.replace(str(A), str(B)) == path.read_text()
    write_pins(path, {"b": A})
    assert {"a": str(B), "b": str(A)} == pins_of(path)
    after = tomllib.loads(path.read_text())
    assert {"value": 1} == after["tool"]["other"]
    assert [{"name": "train", "run": ["x"]}] == after["tool"]["repro"]["steps"]
    assert 2 == path.read_text().count("# keep")


def test_pyproject_without_data_gets_its_first_table(project):
    path = project / "pyproject.toml"
    path.write_text('[tool.repro]\nversion = 1\nname = "t"\n\n[tool.black]\nline-length = 100\n')
    write_pins(path, {"a": A})
    assert {"a": str(A)} == pins_of(path)
    assert 100 == tomllib.loads(path.read_text())["tool"]["black"]["line-length"]


def test_pyproject_without_our_table_is_refused_and_stays(project):
    path = project / "pyproject.toml"
    path.write_text("[project]\nname = 'x'\n")
    with pytest.raises(PinError, match="cannot be written"):
        write_pins(path, {"a": A})
    assert "[project]\nname = 'x'\n" == path.read_text()


def test_an_inline_table_that_cannot_grow_is_refused_and_stays(project):
    path = project / "pyproject.toml"
    text = '[tool]\nrepro = { version = 1, name = "t" }\n'
    path.write_text(text)
    with pytest.raises(PinError, match="cannot be written"):
        write_pins(path, {"a": A})
    assert text == path.read_text()


@pytest.mark.parametrize(
    "text", ["data = 3\n", "data = [1\n", "a = 1\na = 2\n", "[data]\nx = 1\n", "\ufeffa =", "x = '''\n"]
)
def test_what_has_no_place_for_pins_is_refused_and_stays(project, text):
    path = project / "repro.toml"
    path.write_text(text)
    with pytest.raises(PinError):
        write_pins(path, {"a": A})
    assert text == path.read_text()


def test_a_file_that_needs_no_change_is_left_alone(toml):
    os.utime(toml, (1, 1))
    write_pins(toml, {"data/wine.csv": A})
    assert 1 == toml.stat().st_mtime


def test_writing_twice_changes_nothing_more(toml):
    write_pins(toml, {"b": B, "c": A})
    once = toml.read_bytes()
    write_pins(toml, {"b": B, "c": A})
    assert once == toml.read_bytes()


def test_names_that_need_quoting_come_back(toml):
    pins = {'a "quoted" name': A, "ä/ö": B, "back'tick": A}
    write_pins(toml, pins)
    assert pins.items() <= {path: Digest.parse(text) for path, text in pins_of(toml).items()}.items()


def test_windows_line_ends_stay(project):
    path = project / "repro.toml"
    path.write_bytes(TOML.replace("\n", "\r\n").encode())
    write_pins(path, {"data/wine.csv": B, "new": A})
    content = path.read_bytes()
    assert (
        TOML.replace(str(A), str(B)).encode().count(b"\n") + 4
        == content.count(b"\r\n")
        == content.count(b"\n")
    )


def config(project, **pins):
    data = tuple(DataPin(path=path, digest=digest) for path, digest in pins.items())
    return Config(root=project, path=project / "repro.toml", name="tiny", data=data, digest="sha256")


def test_a_new_pin_has_the_algorithm_of_the_project(write, project):
    write("a")
    write("data/x")
    assert {
        "a": digest_file(project / "a", "sha256"),
        "data": digest_folder(project / "data", "sha256"),
    } == compute_pins(config(project), ["./a", "data/"])


def test_a_known_pin_keeps_its_algorithm(write, project):
    write("a")
    write("data/x")
    configuration = config(project, a=A, data=Digest("md5-dvc", "0" * 32))
    assert {"a": "blake3", "data": "md5-dvc"} == {
        path: digest.algorithm for path, digest in compute_pins(configuration, ["a", "data"]).items()
    }


def test_a_file_that_became_a_folder_gets_a_folder_digest_and_back(write, project):
    write("a")
    write("data/x")
    configuration = config(project, data=A, a=Digest("tree1-blake3", "0" * 64))
    assert {"a": "blake3", "data": "tree1-sha256"} == {
        path: digest.algorithm for path, digest in compute_pins(configuration, ["a", "data"]).items()
    }


def test_a_dvc_file_stands_for_its_data(write, project):
    write("raw/a.csv", b"a,b\n1,2\n")
    write("raw/a.csv.dvc", b"outs:\n- md5: e5ebd4c02cefbe7955977c67ada242b7\n  hash: md5\n  path: a.csv\n")
    assert {"raw/a.csv": Digest("md5", "e5ebd4c02cefbe7955977c67ada242b7")} == compute_pins(
        config(project), ["raw/a.csv.dvc"]
    )


def test_data_that_contradicts_its_dvc_file_is_not_pinned(write, project):
    write("a.csv", b"other")
    write("a.csv.dvc", b"outs:\n- md5: e5ebd4c02cefbe7955977c67ada242b7\n  hash: md5\n  path: a.csv\n")
    with pytest.raises(PinError, match=r"is not the data that .* points to"):
        compute_pins(config(project), ["a.csv.dvc"])


def test_a_dvc_file_that_points_out_of_the_project_is_refused(write, project):
    write("a.dvc", b"outs:\n- md5: e5ebd4c02cefbe7955977c67ada242b7\n  path: ../../etc/passwd\n")
    with pytest.raises(PinError, match="leaves the project"):
        compute_pins(config(project), ["a.dvc"])


def test_a_git_lfs_pointer_is_never_pinned(write, project):
    write("a", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    with pytest.raises(PinError, match="Git LFS pointer"):
        compute_pins(config(project), ["a"])


@pytest.mark.parametrize("path", ["nowhere", "../x", "/etc/passwd"])
def test_what_is_not_there_or_outside_is_not_pinned(project, path):
    with pytest.raises(PinError):
        compute_pins(config(project), [path])
