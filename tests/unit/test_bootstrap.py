"""How the action starts: which environment a stage has, and which files may make it."""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from integration.locked_wheels import make_wheel

from repro_action import bootstrap

ROOT = Path(__file__).parents[2]
START = ROOT / ".github" / "action" / "start.sh"
PUBLISHES = ("plan", "publish", "accept")


def pins(lock):
    return dict(re.findall(r"(?m)^([\w-]+)==(\S+)", lock.read_text(encoding="utf-8")))


def names(requirements):
    return {re.split(r"[^\w-]", one)[0] for one in requirements}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNNER_TOOL_CACHE", str(tmp_path))
    return tmp_path / "repro-action"


@pytest.mark.parametrize("command", PUBLISHES)
def test_what_does_not_train_starts_without_the_libraries_of_training(command):
    for stage in ("prepare", "publish"):
        environ = {"REPRO_INPUT_COMMAND": f" {command}\n"}
        assert bootstrap.SLIM == bootstrap.lock_of(["action", stage], environ)


def test_a_job_that_trains_has_one_environment_for_all_its_stages():
    for environ in ({}, {"REPRO_INPUT_COMMAND": "verify"}, {"REPRO_INPUT_COMMAND": "typo"}):
        for stage in ("prepare", "run", "publish"):
            assert bootstrap.FULL == bootstrap.lock_of(["action", stage], environ)
    assert bootstrap.FULL == bootstrap.lock_of(["action", "run"], {"REPRO_INPUT_COMMAND": "plan"})
    assert bootstrap.FULL == bootstrap.lock_of(["--version"], {})


def test_the_slim_lock_is_a_part_of_the_full_one():
    slim, full = pins(bootstrap.SLIM), pins(bootstrap.FULL)
    assert slim.items() < full.items()
    assert {"numpy", "pillow"} <= full.keys() - slim.keys()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = names(project["dependency-groups"]["publish"])
    assert asked < names(project["project"]["dependencies"])
    assert asked <= slim.keys()


def test_where_the_full_environment_is_no_slim_one_is_made(cache):
    folder = bootstrap.folder_of(bootstrap.FULL)
    assert folder.parent == cache
    folder.mkdir(parents=True)
    (folder / ".complete").touch()
    assert folder == bootstrap.ensure(bootstrap.SLIM)
    assert [folder] == list(cache.iterdir())


def test_a_wheel_that_the_lock_does_not_name_is_not_used(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "uv-1-py3-none-any.whl", "w") as archive:
        archive.writestr("uv-1.data/scripts/uv", "#!/bin/sh\n")
    digest = hashlib.sha256((tmp_path / "uv-1-py3-none-any.whl").read_bytes()).hexdigest()
    lock = tmp_path / "uv.txt"
    monkeypatch.setattr(bootstrap, "UV", lock)
    lock.write_text(f"uv==1 \\\n    --hash=sha256:{digest}\n", encoding="utf-8")
    assert tmp_path / "uv-1-py3-none-any.whl" == bootstrap._wheel(tmp_path)
    lock.write_text(f"uv==1 \\\n    --hash=sha256:{digest[:-1]}\n", encoding="utf-8")
    assert bootstrap._wheel(tmp_path) is None
    assert not (tmp_path / "uv-1-py3-none-any.whl").exists()


@pytest.mark.parametrize(
    ("system", "libc", "machine", "tag"),
    [
        ("linux", "glibc", "x86_64", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
        ("linux", "glibc", "aarch64", "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64"),
        ("linux", "", "x86_64", "musllinux_1_1_x86_64"),
        ("darwin", "", "arm64", "macosx_11_0_arm64"),
    ],
)
def test_one_wheel_of_a_release_is_for_this_machine(monkeypatch, system, libc, machine, tag):
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("platform.libc_ver", lambda: (libc, ""))
    monkeypatch.setattr("platform.machine", lambda: machine)
    others = [
        "win_amd64",
        "manylinux_2_17_s390x",
        "musllinux_1_1_i686",
        "macosx_10_12_x86_64",
        "linux_armv6l",
    ]
    names = [f"uv-0.9-py3-none-{one}.whl" for one in (tag, *others)] + ["uv-0.9.tar.gz"]
    assert names[:1] == [name for name in names if bootstrap._fits(name)]


GUARD = """
import sys
from importlib.abc import MetaPathFinder

class Refuses(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise AssertionError(f"{{name}} is not in the slim lock")

sys.meta_path.insert(0, Refuses())
import importlib
for name in {modules!r}:
    importlib.import_module(name)
"""


@pytest.mark.processes
def test_what_does_not_train_loads_nothing_that_its_lock_lacks():
    """All that these rooms import when they are loaded; what functions import later, tests/action runs."""
    package = ROOT / "repro_action"
    rooms = [package / "action", package / "sinks", package / "report" / "render" / "markdown"]
    files = [file for room in rooms for file in room.rglob("*.py")]
    modules = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    modules = [
        name for name in modules if not name.endswith("__init__") and name != "repro_action.action.run"
    ]
    absent = {
        "PIL" if name == "pillow" else name for name in pins(bootstrap.FULL).keys() - pins(bootstrap.SLIM)
    }
    code = GUARD.format(
        absent=absent, modules=[*modules, "repro_action.flows.plan", "github", "rich.console"]
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert not done.returncode, done.stderr[-2000:]
    assert len(modules) > 30


@pytest.mark.processes
def test_the_bootstrap_needs_no_package(cache):
    """Everything that it imports of this package comes with Python."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import repro_action.environments.uv, repro_action.bootstrap"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


@pytest.mark.processes
def test_windows_is_refused_before_anything_starts(tmp_path):
    done = subprocess.run(
        ["/bin/bash", str(START), "prepare"],
        env={"RUNNER_OS": "Windows", "PATH": str(tmp_path), "GITHUB_ACTION_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 2 == done.returncode
    assert done.stdout.startswith("::error title=repro::the action runs on Linux and macOS")
    assert done.stdout.count("\n") == 1
    assert not done.stderr


@pytest.mark.processes
def test_where_uv_cannot_do_what_pip_is_told_pip_installs_the_same_lock(cache, tmp_path, monkeypatch, capfd):
    lock = tmp_path / "lock.txt"
    lock.write_text(make_wheel(tmp_path, "alpha", "1.0"), encoding="utf-8")
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_PREFER_BINARY": "1"}
    for name, value in {**settings, "PIP_CONFIG_FILE": os.devnull, "PIP_USER": "1"}.items():
        monkeypatch.setenv(name, value)
    folder = bootstrap.ensure(lock)
    assert (folder / ".complete").exists()
    done = subprocess.run(
        [folder / "bin" / "python", "-I", "-c", "import alpha; alpha.main()"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1.0\n" == done.stdout
    assert "pip is slower" in capfd.readouterr().err
