# SPDX-License-Identifier: Apache-2.0
"""Laws of the environments that are built: real interpreters, real wheels, no index."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from required import absent
from work import eventually

from repro_action.config.model import Config, EnvironmentConfig
from repro_action.environments import backend_for
from repro_action.environments.building import build_enclosure
from repro_action.errors import ConfigError, EnvironmentUnavailable
from repro_action.interpreter.environment import Environment
from repro_action.interpreter.inspect import inspect
from repro_action.progress import Silent
from repro_action.sandbox.layout import EnclosureLayout
from repro_action.sandbox.mechanisms import Bubblewrap, Namespaces

RUNNER = """
import os, sys
from pathlib import Path
from repro_action.config.model import Config, EnvironmentConfig
from repro_action.environments import backend_for

class Stages:
    def stage(self, text): print(text, flush=True)
    def output(self, step, text): pass
    def advance(self, done, total, unit): pass

root = Path(sys.argv[1])
config = Config(root=root, path=root / "repro.toml", name="m",
                environment=EnvironmentConfig(backend="venv", lock="requirements.lock", python=sys.executable))
print(backend_for(config).prepare(config, Stages()).digest, flush=True)
"""


HASH = f"--hash=sha256:{64 * '0'}"


def make_wheel(folder: Path, name: str, version: str) -> str:
    """Write a wheel of one module and one console script; return its line of a lock."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VALUE = {version!r}\n\ndef main():\n    print(VALUE)\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    rows = [f"{path},sha256={_hash(text)},{len(text)}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]) + "\n"
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"


def _hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    lines = [make_wheel(root, "alpha", "1.0"), make_wheel(root, "beta", "2.5")]
    (root / "requirements.lock").write_text("# locked\n" + "".join(lines))
    return root


def config_of(root: Path, lock: str = "requirements.lock") -> Config:
    environment = EnvironmentConfig(backend="venv", lock=lock, python=sys.executable)
    return Config(root=root, path=root / "repro.toml", name="m", environment=environment)


def variables(cache: Path, wheels: Path) -> dict[str, str]:
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    return {"PATH": os.environ["PATH"], "HOME": str(wheels), "REPRO_CACHE_DIR": str(cache), **pip}


@pytest.fixture(scope="module")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Environment]:
    environ = variables(tmp_path_factory.mktemp("cache"), project)
    config = config_of(project)
    assert None is backend_for(config, environ).peek(config)
    return environ, backend_for(config, environ).prepare(config, Silent())


def test_it_holds_what_the_lock_says_and_nothing_else(built):
    _, environment = built
    assert [("alpha", "1.0"), ("beta", "2.5")] == [(d.name, d.version) for d in environment.distributions]


def test_its_python_imports_what_the_lock_says(built):
    _, environment = built
    done = subprocess.run(
        [environment.python, "-c", "import alpha; print(alpha.VALUE)"],
        env=dict(environment.variables),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1.0\n" == done.stdout
    assert str(environment.python.parent.parent) == environment.variables["VIRTUAL_ENV"]


def test_peek_finds_what_was_built(project, built):
    environ, environment = built
    config = config_of(project)
    assert environment == backend_for(config, environ).peek(config)


def test_digest_is_the_same_in_another_folder_built_by_hand(project, built, tmp_path):
    _, environment = built
    place = tmp_path / "elsewhere" / "a venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", place / "bin/python", "install", "-q", "alpha", "beta"],
        env={**os.environ, **variables(tmp_path, project)},
        check=True,
    )
    current = Config(
        root=project,
        path=project / "repro.toml",
        name="m",
        environment=EnvironmentConfig(python=str(place / "bin/python")),
    )
    other = backend_for(current, {"REPRO_CACHE_DIR": str(tmp_path / "cache")}).peek(current)
    assert other is not None
    assert environment.digest == other.digest
    assert environment.distributions == other.distributions


def test_an_environment_that_was_changed_afterwards_is_not_trusted(project, built):
    environ, environment = built
    config = config_of(project)
    intruder = (
        next((environment.python.parent.parent / "lib").glob("python*/site-packages")) / "x-1.dist-info"
    )
    intruder.mkdir()
    try:
        assert None is backend_for(config, environ).peek(config)
    finally:
        intruder.rmdir()


def test_an_environment_without_its_marker_is_not_trusted(project, built):
    environ, environment = built
    config = config_of(project)
    marker = environment.python.parent.parent / ".complete"
    text = marker.read_text()
    marker.unlink()
    try:
        assert None is backend_for(config, environ).peek(config)
    finally:
        marker.write_text(text)


def test_a_killed_build_is_not_trusted_and_two_processes_then_build_once(project, built, tmp_path):
    environ = variables(tmp_path / "cache", project)
    command = [sys.executable, "-c", RUNNER, str(project)]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)

    with start() as killed:
        assert eventually(lambda: list((tmp_path / "cache").glob("venvs/*/bin")))
        killed.send_signal(signal.SIGKILL)
    config = config_of(project)
    assert None is backend_for(config, environ).peek(config)
    with start() as first, start() as second:
        outputs = [first.communicate()[0], second.communicate()[0]]
    assert 1 == "".join(outputs).count("building the environment")
    assert [str(built[1].digest)] * 2 == [output.splitlines()[-1] for output in outputs]


def test_a_wrong_hash_ends_with_the_last_lines_and_a_remedy(project, tmp_path):
    wrong = (project / "requirements.lock").read_text().replace("sha256:", "sha256:0000", 1)
    lines = wrong.splitlines()
    lines[2] = lines[2][: lines[2].index("0000") + 64]
    (project / "wrong.lock").write_text("\n".join(lines))
    config = config_of(project, "wrong.lock")
    with pytest.raises(EnvironmentUnavailable) as failure:
        backend_for(config, variables(tmp_path, project)).prepare(config, Silent())
    assert "DO NOT MATCH THE HASHES" in failure.value.why
    assert "Write the lock again" in failure.value.remedy
    assert None is backend_for(config, variables(tmp_path, project)).peek(config)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("numpy==2.4.0\n", "'numpy==2.4.0' is not locked by a hash"),
        (f"a==1 \\\n  {HASH}\nb\n", "'b' is not locked by a hash"),
        ("-r other.txt\n", "-r in a lock file is not allowed"),
        ("-c other.txt\n", "-c in a lock file is not allowed"),
        ("--editable=.\n", "--editable=. in a lock file is not allowed"),
        (f"./local.whl {HASH}\n", "./local.whl in a lock file is not allowed"),
    ],
)
def test_a_lock_that_does_not_lock_is_refused(tmp_path, text, message):
    (tmp_path / "requirements.lock").write_text(text)
    config = config_of(tmp_path)
    with pytest.raises(EnvironmentUnavailable) as failure:
        backend_for(config, variables(tmp_path, tmp_path)).peek(config)
    assert message == failure.value.what
    assert "--generate-hashes" in failure.value.remedy


def test_a_missing_lock_is_explained(tmp_path):
    with pytest.raises(EnvironmentUnavailable, match="cannot be read"):
        backend_for(config_of(tmp_path), {}).peek(config_of(tmp_path))
    with pytest.raises(EnvironmentUnavailable, match="needs a lock file"):
        backend_for(config_of(tmp_path, ""), {}).peek(config_of(tmp_path, ""))


@pytest.fixture
def uv() -> str:
    found = shutil.which("uv")
    return found or absent("uv", "uv is not on PATH")


def test_uv_and_pip_make_the_same_environment(project, tmp_path, uv):
    del uv
    config = config_of(project)
    # A setting that uv has not, and that changes nothing here, leaves the work to pip.
    settings = {"uv": {}, "pip": {"PIP_PREFER_BINARY": "1"}}
    made = {
        name: backend_for(config, {**variables(tmp_path / name, project), **more}).prepare(config, Silent())
        for name, more in settings.items()
    }
    assert made["uv"].digest == made["pip"].digest
    assert made["uv"].distributions == made["pip"].distributions
    installers = {name: _installer(environment) for name, environment in made.items()}
    assert {"uv": "uv", "pip": "pip"} == installers


def test_real_wheels_have_one_digest_by_uv_and_by_pip(tmp_path, uv):
    del uv
    lines = (Path(__file__).parents[2] / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    wanted = re.findall(r"(?m)^(?:pyyaml|numpy)==.*?(?=^\S)", lines + "\nx", re.DOTALL)
    assert 2 == len(wanted)
    (tmp_path / "requirements.lock").write_text("".join(wanted))
    config = config_of(tmp_path)
    held = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    base = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", ""),
        **held,
        "PIP_CONFIG_FILE": os.devnull,
    }
    digests = set()
    for name, more in (("uv", {}), ("pip", {"PIP_PREFER_BINARY": "1"})):
        environ = {**base, **more, "REPRO_CACHE_DIR": str(tmp_path / name)}
        try:
            made = backend_for(config, environ).prepare(config, Silent())
        except EnvironmentUnavailable as error:
            absent("index", f"needs a package index: {error.what}")
        digests.add(made.digest)
        assert name == _installer(made, "numpy")
    assert 1 == len(digests)


def test_what_uv_cannot_do_is_left_to_pip(project, tmp_path):
    broken = tmp_path / "bin" / "uv"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 2\n")
    broken.chmod(0o755)
    config = config_of(project)
    environ = variables(tmp_path / "cache", project)
    environ["PATH"] = f"{broken.parent}:{environ['PATH']}"
    environment = backend_for(config, environ).prepare(config, Silent())
    assert "pip" == _installer(environment)


def _installer(environment: Environment, name: str = "alpha") -> str:
    folder = environment.python.parent.parent / "lib"
    (file,) = folder.glob(f"python*/site-packages/{name}-*/INSTALLER")
    return file.read_text().strip()


@pytest.mark.slow
def test_an_interpreter_without_pip_is_enough(project, built, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    environment = EnvironmentConfig(
        backend="venv", lock="requirements.lock", python=str(tmp_path / "bare/bin/python")
    )
    config = Config(root=project, path=project / "repro.toml", name="m", environment=environment)
    other = backend_for(config, variables(tmp_path / "cache", project)).prepare(config, Silent())
    assert built[1].digest == other.digest


BACKEND = """
import os, zipfile
SEEN = {seen!r}
def build_wheel(folder, *_, **__):
    lines = [f"token {{os.environ.get('MY_TOKEN')}} {{'user:pw' in str(dict(os.environ))}}"]
    for path in {hidden!r}:
        lines.append(f"{{path}} {{os.path.exists(path)}}")
    name = "evil-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as file:
        file.writestr("evil.py", "SEEN = " + repr(lines))
        file.writestr("evil-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: evil\\nVersion: 1.0\\n")
        file.writestr("evil-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        file.writestr("evil-1.0.dist-info/RECORD", "evil.py,,\\nevil-1.0.dist-info/RECORD,,\\n")
    try:
        open(SEEN, "w").write("ran outside")
    except OSError:
        pass
    return name
"""


@pytest.fixture
def sdist(tmp_path: Path) -> tuple[Path, Path]:
    """Return a folder with a source archive and a lock of it, and a file that its build tries to write."""
    root, seen = tmp_path / "project", tmp_path / "seen"
    source = root / "evil-1.0"
    source.mkdir(parents=True)
    hidden = [str(root / "requirements.lock"), str(Path.home())]
    (source / "be.py").write_text(BACKEND.format(seen=str(seen), hidden=hidden))
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "be"\nbackend-path = ["."]\n'
        '[project]\nname = "evil"\nversion = "1.0"\n'
    )
    (tmp_path / "index").mkdir()
    archive = shutil.make_archive(str(tmp_path / "index" / "evil-1.0"), "gztar", root, "evil-1.0")
    digest = hashlib.sha256(Path(archive).read_bytes()).hexdigest()
    (root / "requirements.lock").write_text(f"evil==1.0 --hash=sha256:{digest}\n")
    return root, seen


@pytest.mark.parametrize("more", [{}, {"PIP_PREFER_BINARY": "1"}, {"PIP_NO_BINARY": "evil"}])
def test_a_package_without_a_wheel_is_not_built(sdist, tmp_path, more):
    root, seen = sdist
    environ = {**variables(tmp_path / "cache", tmp_path / "index"), "MY_TOKEN": "s3cret", **more}
    with pytest.raises(EnvironmentUnavailable) as failure:
        backend_for(config_of(root), environ).prepare(config_of(root), Silent())
    assert not seen.exists()
    assert "allow-source-builds" in failure.value.remedy


@pytest.mark.parametrize("more", [{}, {"PIP_PREFER_BINARY": "1"}])
def test_a_build_that_is_allowed_is_enclosed(sdist, tmp_path, more):
    root, seen = sdist
    base = config_of(root)
    config = replace(base, environment=replace(base.environment, allow_source_builds=True))
    secrets = {
        "MY_TOKEN": "s3cret",
        "GITHUB_ENV": str(seen),
        "PIP_EXTRA_INDEX_URL": "https://user:pw@localhost:1",
    }
    environ = {**variables(tmp_path / "cache", tmp_path / "index"), **secrets, **more}
    try:
        environment = backend_for(config, environ).prepare(config, Silent())
    except EnvironmentUnavailable as error:
        if "cannot be built from source here" in error.what:
            absent("enclosure", error.what)
        raise
    (module,) = (environment.python.parent.parent / "lib").glob("python*/site-packages/evil.py")
    assert not seen.exists()
    assert "token None False" in module.read_text()
    assert f"{root / 'requirements.lock'} False" in module.read_text()


class Refused:
    """A mechanism as it is where `/proc` is masked: nothing starts in it."""

    name = "refused"

    def missing(self) -> str:
        return ""

    def command(self, _: EnclosureLayout) -> tuple[str, ...]:
        return ("false",)


@pytest.mark.parametrize(
    "kept", [Namespaces(processes=False), Bubblewrap(processes=False)], ids=lambda m: m.name
)
def test_where_proc_is_masked_a_build_is_enclosed_all_the_same(tmp_path, kept):
    folder, secret = tmp_path / "environment", tmp_path / "secret"
    folder.mkdir()
    secret.touch()
    base = inspect(Path(sys.executable), tmp_path / "cache").interpreter
    code = f"import os; print(os.path.exists({str(secret)!r}), os.access({str(folder)!r}, os.W_OK))"
    try:
        with build_enclosure(
            folder, base, sys.executable, {"PATH": os.environ["PATH"]}, mechanisms=(Refused(), kept)
        ) as (command, variables):
            done = subprocess.run(
                [*command, sys.executable, "-c", code],
                env=variables,
                capture_output=True,
                text=True,
                check=True,
            )
    except EnvironmentUnavailable as error:
        absent("enclosure", error.what)
    assert "False True\n" == done.stdout


def make_odd_wheel(root: Path, files: dict[str, str]) -> None:
    """Write a wheel with these files, and its lock."""
    info = {
        "odd-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: odd\nVersion: 1\n",
        "odd-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{path},," for path in (*files, *info, "odd-1.dist-info/RECORD")]
    with zipfile.ZipFile(root / "odd-1-py3-none-any.whl", "w") as archive:
        for path, text in {**files, **info, "odd-1.dist-info/RECORD": "\n".join(rows)}.items():
            archive.writestr(path, text)
    digest = hashlib.sha256((root / "odd-1-py3-none-any.whl").read_bytes()).hexdigest()
    (root / "requirements.lock").write_text(f"odd==1 --hash=sha256:{digest}\n")


def test_a_path_file_of_a_wheel_is_not_run(tmp_path):
    make_odd_wheel(tmp_path, {"odd.pth": f"import os; open({str(tmp_path / 'mark')!r}, 'w')\n"})
    environ = variables(tmp_path / "cache", tmp_path)
    for _ in ("built", "found"):
        backend_for(config_of(tmp_path), environ).prepare(config_of(tmp_path), Silent())
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("more", [{}, {"PIP_PREFER_BINARY": "1"}])
def test_a_script_of_a_wheel_that_takes_the_place_of_python_is_not_run(tmp_path, more):
    text = f'#!/bin/sh\ntouch {tmp_path / "mark"}\nexec {sys.executable} "$@"\n'
    make_odd_wheel(tmp_path, {"odd-1.data/scripts/python": text})
    environ = {**variables(tmp_path / "cache", tmp_path), **more}
    for _ in ("built", "found"):
        with pytest.raises((ConfigError, EnvironmentUnavailable)):
            backend_for(config_of(tmp_path), environ).prepare(config_of(tmp_path), Silent())
    assert not (tmp_path / "mark").exists()
