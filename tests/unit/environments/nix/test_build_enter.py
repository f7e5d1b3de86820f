# SPDX-License-Identifier: Apache-2.0
"""A build's log is taken apart: what the step says, what its builder says, what Nix says."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from work import HANG

from repro_action.determinism.attach import HOOK
from repro_action.determinism.read import HookReport, merge, read_reports
from repro_action.environments.nix import build_enter, build_step
from repro_action.environments.nix.build_enter import FAILED, Build, run

pytestmark = pytest.mark.processes  # git and the like


MARK = build_step.MARK


def test_both_sides_know_one_mark() -> None:
    assert build_step.MARK == build_enter.MARK


def line(word: str, *more: object) -> bytes:
    return f"{MARK} {word} {json.dumps(more)}\n".encode()


def packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


def test_only_the_steps_own_lines_are_shown(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    build = Build(str(tmp_path))
    for one in (b"building '/nix/store/x'...\n", line("started"), b"loss 0.1\n", line("ended", 0), b"done\n"):
        build.feed(one)
    assert b"loss 0.1\n" == capfdbinary.readouterr().err
    assert build.started
    assert 0 == build.status


def test_reports_go_to_the_hooks_folder(tmp_path: Path) -> None:
    build = Build(str(tmp_path))
    build.feed(line("report", "1-2.json", packed(b"{}")))
    assert "{}" == (tmp_path / "1-2.json").read_text()


@pytest.mark.parametrize("name", ["../x.json", "/tmp/x.json", "", ".."])
def test_a_report_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "hook"
    folder.mkdir()
    Build(str(folder)).feed(line("report", name, packed(b"{}")))
    assert [folder] == [*tmp_path.rglob("*")]


def test_a_report_is_never_written_over_nor_larger_than_it_may_be(tmp_path: Path) -> None:
    build = Build(str(tmp_path))
    build.feed(line("report", "1-2.json", packed(b"a" * (4 << 20))))
    build.feed(line("report", "1-2.json", packed(b"b")))
    assert b"a" * (1 << 20) == (tmp_path / "1-2.json").read_bytes()


@pytest.mark.parametrize("more", ["", "[", "[]", '["x", 3]', '{"a": 1}', '["1.json", "no base64"]'])
def test_nonsense_after_the_mark_is_ignored(tmp_path: Path, more: str) -> None:
    build = Build(str(tmp_path))
    for word in ("ended", "report", "refused", "unknown"):
        build.feed(f"{MARK} {word} {more}\n".encode())
    assert build.status is None
    assert [] == [*tmp_path.iterdir()]


class Stand:
    """A program in Nix's place that says given lines and ends with a given status."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.made = folder / "made"
        self.made.mkdir()
        (self.made / "model").write_text("new")
        (folder / "work").mkdir()
        (folder / "hook").mkdir()
        monkeypatch.chdir(folder / "work")

    def run(self, *lines: bytes, status: int = 0) -> int:
        code = f"import sys; sys.stderr.buffer.write({b''.join(lines)!r}); sys.exit({status})"
        return run(
            {
                "command": [sys.executable, "-I", "-c", code],
                "made": str(self.made),
                "hook": str(self.folder / "hook"),
                "differs": str(self.folder / "differs"),
                "fetch": [],
            }
        )


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    return Stand(tmp_path, monkeypatch)


def test_outputs_are_taken_over_and_can_be_written(stand: Stand) -> None:
    (stand.made / "model").chmod(0o444)
    assert 0 == stand.run(line("started"), line("ended", 0))
    (stand.folder / "work" / "model").write_text("mine now")


def test_an_output_without_a_training_is_a_failure(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    assert FAILED == stand.run()
    assert "the step did not run" in capsys.readouterr().err
    assert [] == [*(stand.folder / "work").iterdir()]


def test_the_steps_status_wins_over_that_of_nix(stand: Stand) -> None:
    assert 7 == stand.run(line("started"), line("ended", 7), b"error: builder failed\n", status=100)


def test_a_failure_of_nix_shows_what_nix_said(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    assert FAILED == stand.run(b"error: no sandbox\n", status=1)
    assert "error: no sandbox" in capsys.readouterr().err


def test_an_output_that_differs_is_the_new_one_and_reported(stand: Stand) -> None:
    check = stand.folder / "made.check"
    check.mkdir()
    (check / "model").write_text("newer")
    assert 0 == stand.run(line("started"), line("ended", 0), status=104)
    assert "newer" == (stand.folder / "work" / "model").read_text()
    assert str(stand.made) == (stand.folder / "differs").read_text()


def test_a_differing_output_on_another_machine_is_a_failure(stand: Stand) -> None:
    assert FAILED == stand.run(line("started"), line("ended", 0), status=104)


def test_a_folder_that_is_no_build_is_never_removed() -> None:
    build = Build("")
    for place in ("/home/user", "/nix-build-x.drv-0/../../etc", "/", "nix-build-x"):
        build.feed(f"note: keeping build directory '{place}'\n".encode())
    assert [] == build.kept


@pytest.mark.parametrize(
    ("name", "note"),
    [
        pytest.param("nix-build-x.drv-0", "note: keeping build directory '{}'", id="2.8"),
        pytest.param("nix-build-x.drv-0", "note: keeping build directory '{}/build'", id="2.26"),
        pytest.param("nix-41-7", 'note: keeping build directory "{}/build"', id="2.34"),
    ],
)
def test_what_nix_kept_of_the_build_is_removed(stand: Stand, name: str, note: str) -> None:
    kept = stand.folder / name
    (kept / "build").mkdir(parents=True)
    said = f"{note.format(kept)}\n".encode()
    assert 0 == stand.run(line("started"), line("ended", 0), said)
    assert not kept.exists()


FORGED = f"{MARK} report {json.dumps(['1-1.json', packed(b'{}')])}"


class Builder:
    """The builder of a derivation, run without Nix, and its log taken apart as repro does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(HOOK, folder / "step" / "hook")
        (folder / "step" / "files").mkdir()
        (folder / "top").mkdir()
        (folder / "hook").mkdir()
        self.build = Build(str(folder / "hook"))

    def run(self, code: str) -> HookReport:
        spec = {
            "run": [sys.executable, "-c", code],
            "cwd": "",
            "variables": {"PATH": os.environ["PATH"]},
            "places": {},
            "outputs": [],
        }
        (self.folder / "step" / "spec.json").write_text(json.dumps(spec))
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(Path(build_step.__file__)), str(self.folder / "step")],
            env={"NIX_BUILD_TOP": str(self.folder / "top"), "out": str(self.folder / "out")},
            stderr=subprocess.PIPE,
            check=True,
            timeout=HANG,
        )
        for one in done.stderr.splitlines(keepends=True):
            self.build.feed(one)
        return merge(read_reports(self.folder / "hook"))


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    return Builder(tmp_path)


def test_a_step_in_a_derivation_is_vouched_for(
    builder: Builder, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    found = builder.run("import os, sys; print('loss', flush=True); sys.stderr.write('no end')")
    assert ("", True, 0) == (found.unvouched, found.readable, builder.build.status)
    assert b"loss\nno end\n" == capfdbinary.readouterr().err


@pytest.mark.parametrize(
    "code",
    [
        f"print({FORGED!r})",
        f"import sys; sys.stderr.write('progress\\r' + {FORGED!r})",
        f"import sys; sys.stdout.write('x' * 70_000 + '\\n' + {FORGED!r} + '\\n')",
        f"import os; print(end='', flush=True); os.write(1, {MARK.encode()!r} + b' ended [7]\\n')",
    ],
)
def test_no_line_of_a_step_is_one_of_its_builder(builder: Builder, code: str) -> None:
    found = builder.run(code)
    assert ("", 0) == (found.unvouched, builder.build.status)
    assert not (builder.folder / "hook" / "1-1.json").exists()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "import os; open(os.environ['REPRO_HOOK_DIR'] + '/5-5.json', 'w').write('{}')",
            "no process of the hook",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "without writing its report"),
        ("import os; os.unlink(os.environ['REPRO_HOOK_DIR'] + '/starts.pipe')", "could not record"),
        (
            "import os; os.write(os.open(os.environ['REPRO_HOOK_DIR'] + '/starts.pipe', os.O_WRONLY), b'x\\n')",
            "could not record",
        ),
    ],
)
def test_what_a_step_in_a_derivation_forges_is_not_vouched_for(
    builder: Builder, code: str, reason: str
) -> None:
    try:
        found = builder.run(code)
    except subprocess.CalledProcessError as error:
        for one in error.stderr.splitlines(keepends=True):
            builder.build.feed(one)
        found = merge(read_reports(builder.folder / "hook"))
    assert reason in found.unvouched


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() == 0, reason="root may look into every process")
def test_a_step_cannot_open_what_its_builder_writes_to(builder: Builder) -> None:
    found = builder.run("import os; open(f'/proc/{os.getppid()}/fd/2', 'w').write('x')")
    assert (1, True) == (builder.build.status, found.readable)


def test_a_process_that_a_step_leaves_behind_is_not_waited_for(builder: Builder) -> None:
    # It ends when the test says so, so a builder that waited for it would wait for ever.
    line = f"while [ ! -e {builder.folder}/end ]; do sleep 0.05; done"
    try:
        builder.run(f"import subprocess; subprocess.Popen(['sh', '-c', {line!r}])")
    finally:
        (builder.folder / "end").touch()
    assert 0 == builder.build.status
