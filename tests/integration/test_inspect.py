# SPDX-License-Identifier: Apache-2.0
"""Laws of inspecting interpreters and distributions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from work import counted

from repro_action.errors import EnvironmentUnavailable
from repro_action.interpreter.inspect import inspect
from repro_action.interpreter.record import record_digest

RECORD = "alpha.py,sha256=aa,3\nalpha-1.0.dist-info/METADATA,sha256=bb,4\n"


@pytest.fixture
def venv(tmp_path):
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    site = next((place / "lib").glob("python*/site-packages"))
    add(site, "alpha-1.0", RECORD)
    return place


def add(site: Path, stem: str, record: str) -> None:
    info = site / f"{stem}.dist-info"
    info.mkdir(exist_ok=True)
    (info / "RECORD").write_text(record)


@pytest.mark.parametrize(
    "line",
    [
        "alpha-1.0.dist-info/INSTALLER,sha256=cc,4",
        "alpha-1.0.dist-info/REQUESTED,sha256=cc,0",
        "alpha-1.0.dist-info/RECORD,,",
        "alpha-1.0.dist-info/direct_url.json,sha256=cc,9",
        "__pycache__/alpha.cpython-311.pyc,,",
        "old.pyc,,",
        "../../../bin/alpha,sha256=cc,200",
        "../../Scripts/alpha.exe,sha256=cc,200",
    ],
)
def test_what_an_installer_adds_does_not_change_a_record(line):
    assert record_digest(RECORD) == record_digest(RECORD + line + "\n")


@pytest.mark.parametrize(
    "line",
    [
        "beta.py,sha256=cc,4",
        "../../../share/man/man1/alpha.1,sha256=cc,200",
        "alpha/bin/tool,sha256=cc,200",
        "alpha-1.0.dist-info/licenses/LICENSE,sha256=cc,4",
    ],
)
def test_a_file_of_the_wheel_changes_a_record(line):
    assert record_digest(RECORD) != record_digest(RECORD + line + "\n")


def test_order_and_line_ends_do_not_change_a_record():
    turned = "\r\n".join(reversed(RECORD.splitlines())) + "\r\n"
    assert record_digest(RECORD) == record_digest(turned)


def test_quoted_paths_are_not_confused_with_fields():
    assert record_digest('"a,b",c,1\n') != record_digest('a,"b,c",1\n')
    assert record_digest('a.py,"sha256=x",1\n"b,c",,\n') == record_digest('"b,c",,\na.py,sha256=x,1\n')


def test_another_interpreter_is_asked_once_and_then_remembered(venv, tmp_path):
    cache, asked = tmp_path / "cache", tmp_path / "asked"
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho >> {asked}\nexec {venv}/bin/python "$@"\n')
    python.chmod(0o755)
    cold = inspect(python, cache)
    assert "\n" == asked.read_text()
    warm = inspect(python, cache)
    assert "\n" == asked.read_text()
    assert cold == warm
    assert venv == warm.interpreter.venv
    assert ["alpha"] == [distribution.name for distribution in warm.distributions]


def test_a_changed_record_is_seen_in_spite_of_the_cache(venv, tmp_path):
    before = inspect(venv / "bin/python", tmp_path / "cache")
    add(before.interpreter.folders[0], "alpha-1.0", RECORD + "more.py,sha256=dd,1\n")
    assert before.digest != inspect(venv / "bin/python", tmp_path / "cache").digest


def test_a_removed_distribution_is_forgotten(venv, tmp_path):
    before = inspect(venv / "bin/python", tmp_path / "cache")
    info = before.interpreter.folders[0] / "alpha-1.0.dist-info"
    (info / "RECORD").unlink()
    info.rmdir()
    assert () == inspect(venv / "bin/python", tmp_path / "cache").distributions


@pytest.mark.parametrize(
    "damage", ["", "[1]", "{", '{"records":7,"interpreter":{"stamp":[]}}', "[" * 100_000]
)
def test_a_damaged_cache_is_made_again(venv, tmp_path, damage):
    expected = inspect(venv / "bin/python", tmp_path / "cache")
    (file,) = (tmp_path / "cache/inspect").iterdir()
    file.write_text(damage)
    assert expected == inspect(venv / "bin/python", tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_done_without(venv, tmp_path):
    (tmp_path / "file").write_text("")
    assert 1 == len(inspect(venv / "bin/python", tmp_path / "file/cache").distributions)


def test_our_own_interpreter_is_seen_as_another_process_sees_it(tmp_path):
    own = inspect(Path(sys.executable), tmp_path / "a")
    link = tmp_path / "python"
    link.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    link.chmod(0o755)
    assert own.digest == inspect(link, tmp_path / "b").digest


def test_a_warm_inspection_reads_no_record_again(tmp_path):
    inspect(Path(sys.executable), tmp_path)
    with counted() as work:
        inspection = inspect(Path(sys.executable), tmp_path)
    assert len(inspection.distributions) > 20
    assert work.calls < 100 * len(inspection.distributions)


def test_a_missing_interpreter_is_explained(tmp_path):
    with pytest.raises(EnvironmentUnavailable, match="there is no Python interpreter"):
        inspect(tmp_path / "bin/python", tmp_path)


def test_an_interpreter_that_fails_is_explained(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such module >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(EnvironmentUnavailable) as failure:
        inspect(broken, tmp_path / "cache")
    assert "no such module" == failure.value.why
    assert os.fspath(broken) in failure.value.remedy


def test_editable_installs_have_a_version_and_no_digest(venv, tmp_path):
    site = next((venv / "lib").glob("python*/site-packages"))
    add(site, "in_place-3.1", "in_place.pth,sha256=x,3\n")
    (site / "in_place-3.1.dist-info/direct_url.json").write_text(
        '{"url": "file:///x", "dir_info": {"editable": true}}'
    )
    for _ in ("cold", "warm"):
        _, value = inspect(venv / "bin/python", tmp_path / "cache").distributions
        assert ("in-place", "3.1", None, True) == (value.name, value.version, value.record, value.editable)


@pytest.mark.parametrize("where", ["site-packages", "pyvenv.cfg"])
def test_nothing_that_is_installed_is_run_by_an_inspection(venv, tmp_path, where):
    mark = tmp_path / "mark"
    site = next((venv / "lib").glob("python*/site-packages"))
    code = f"open({str(mark)!r}, 'w')\n"
    (site / "evil.pth").write_text(f"import os; {code}")
    (site / "sitecustomize.py").write_text(code)
    if where == "pyvenv.cfg":
        library = tmp_path / "home" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
        library.mkdir(parents=True)
        (library / "os.py").write_text(code)
        (library / "json.py").write_text(code)
        (venv / "pyvenv.cfg").write_text(f"home = {tmp_path}/home/bin\n")
    seen = inspect(venv / "bin/python", tmp_path / "cache")
    assert not mark.exists()
    assert (venv, [site]) == (seen.interpreter.venv, list(seen.interpreter.folders))


def test_an_inspection_hands_over_no_variable_of_the_caller(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "s3cret")
    seen = tmp_path / "seen"
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nenv > {seen}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    inspect(python, tmp_path / "cache")
    assert "s3cret" not in seen.read_text()


def test_the_packages_of_the_system_count_where_the_environment_says_so(tmp_path):
    place = tmp_path / "venv"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", "--system-site-packages", place], check=True
    )
    command = [place / "bin/python", "-I", "-c", "import site; print(*site.getsitepackages(), sep=chr(10))"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)
    folders = inspect(place / "bin/python", tmp_path / "cache").interpreter.folders
    assert printed.stdout.splitlines() == [str(folder) for folder in folders]
