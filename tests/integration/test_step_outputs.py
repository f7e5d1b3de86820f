# SPDX-License-Identifier: Apache-2.0
"""What a step declares as its outputs is what this run of it wrote, and no link is followed."""

from __future__ import annotations

import pytest
from integration.one_step import python, root, run

from repro_action.errors import StepError

__all__ = ["root"]


def test_outputs_of_an_earlier_run_are_gone_when_a_step_starts(root):
    (root / "out").mkdir()
    (root / "out/old").touch()
    run(root, "/bin/sh", "-c", "test ! -e out && mkdir out && touch out/new", outputs=("out",))
    assert ["new"] == [path.name for path in (root / "out").iterdir()]


def test_an_output_that_was_only_there_before_is_missing(root):
    (root / "model").write_text("old")
    with pytest.raises(StepError, match="did not write model"):
        run(root, "/bin/sh", "-c", "true", outputs=("model",))


def test_an_output_that_leads_elsewhere_is_refused(root):
    with pytest.raises(StepError, match="output model of step step is a symbolic link"):
        run(root, "/bin/sh", "-c", "ln -s /etc/hosts model", outputs=("model",))


def test_what_a_step_writes_undeclared_is_neither_checked_nor_removed(root):
    for _ in range(2):
        run(root, "/bin/sh", "-c", "echo x >> notes; mkfifo pipe 2>/dev/null; true")
    assert "x\nx\n" == (root / "notes").read_text()


PRINTS = "import sys; print('loss 0.5'); sys.stderr.write('warned'); print('done')"


def test_what_a_step_prints_becomes_its_output_without_standard_error(root):
    record = python(root, PRINTS, outputs=("out/printed.txt",), stdout="out/printed.txt")
    assert "loss 0.5\ndone\n" == (root / "out/printed.txt").read_text()
    log = record.log.read_text()
    assert "warned" in log
    assert "loss 0.5" in log
    assert [record.log] == list(record.log.parent.iterdir())


@pytest.mark.parametrize("what", ["symlink_to", "hardlink_to"])
def test_no_link_in_the_place_of_what_a_step_prints_is_followed(root, what):
    (root / "victim").write_text("mine")
    link = f"from pathlib import Path; Path('out/printed.txt').{what}(Path('victim').resolve()); print(1)"
    python(root, link, outputs=("out/printed.txt",), stdout="out/printed.txt")
    assert ("1\n", "mine") == ((root / "out/printed.txt").read_text(), (root / "victim").read_text())


def test_a_folder_above_what_a_step_prints_that_leads_elsewhere_is_refused(root, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    code = f"import os; os.rmdir('out'); os.symlink({str(elsewhere)!r}, 'out'); print(1)"
    with pytest.raises(StepError, match="symbolic link"):
        python(root, code, outputs=("out/printed.txt",), stdout="out/printed.txt")
    assert not list(elsewhere.iterdir())
