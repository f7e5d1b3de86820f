# SPDX-License-Identifier: Apache-2.0
"""A build's log is taken apart: what the step says, what its builder says, what Nix says."""

from __future__ import annotations

import base64
import json
import sys
import zlib
from pathlib import Path

import pytest

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
        build.take(one)
    assert b"loss 0.1\n" == capfdbinary.readouterr().err
    assert build.started
    assert 0 == build.status


def test_reports_go_to_the_hooks_folder(tmp_path: Path) -> None:
    build = Build(str(tmp_path))
    build.take(line("report", "1-2.json", packed(b"{}")))
    assert "{}" == (tmp_path / "1-2.json").read_text()


@pytest.mark.parametrize("name", ["../x.json", "/tmp/x.json", "", ".."])
def test_a_report_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "hook"
    folder.mkdir()
    Build(str(folder)).take(line("report", name, packed(b"{}")))
    assert [folder] == [*tmp_path.rglob("*")]


def test_a_report_is_never_written_over_nor_larger_than_it_may_be(tmp_path: Path) -> None:
    build = Build(str(tmp_path))
    build.take(line("report", "1-2.json", packed(b"a" * (4 << 20))))
    build.take(line("report", "1-2.json", packed(b"b")))
    assert b"a" * (1 << 20) == (tmp_path / "1-2.json").read_bytes()


@pytest.mark.parametrize("more", ["", "[", "[]", '["x", 3]', '{"a": 1}', '["1.json", "no base64"]'])
def test_nonsense_after_the_mark_is_ignored(tmp_path: Path, more: str) -> None:
    build = Build(str(tmp_path))
    for word in ("ended", "report", "refused", "unknown"):
        build.take(f"{MARK} {word} {more}\n".encode())
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


def test_an_output_that_differs_is_the_new_one_and_told(stand: Stand) -> None:
    check = stand.folder / "made.check"
    check.mkdir()
    (check / "model").write_text("newer")
    assert 0 == stand.run(line("started"), line("ended", 0), status=104)
    assert "newer" == (stand.folder / "work" / "model").read_text()
    assert str(stand.made) == (stand.folder / "differs").read_text()


def test_a_differing_output_on_another_machine_is_a_failure(stand: Stand) -> None:
    assert FAILED == stand.run(line("started"), line("ended", 0), status=104)


def test_what_nix_kept_of_the_build_is_removed(stand: Stand) -> None:
    kept = stand.folder / "nix-build-x.drv-0"
    kept.mkdir()
    said = f"note: keeping build directory '{kept}'\n".encode()
    assert 0 == stand.run(line("started"), line("ended", 0), said)
    assert not kept.exists()
