# SPDX-License-Identifier: Apache-2.0
"""What proves nothing is refused: other verdicts, other commits, files that changed since."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from factories import make_fingerprint, make_product
from golden.report.parts import report

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, fingerprint_id
from repro_action.digest import Digest
from repro_action.evidence.verified_run import MatchLevel
from repro_action.flows.verified_run import NotVerified, verified_run
from repro_action.report.json.report import dump as dump_report
from repro_action.report.model import Comparison, EarlierRun, Flavour, Report, Side, StepLine, StepState
from repro_action.runs.project import Project
from repro_action.verdict import Verdict

pytestmark = pytest.mark.processes

CONFIG = """\
version = 1
name = "m"
environment = { backend = "current" }
sandbox = { network = true, files = "any" }
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]
outputs = ["out/model.bin", "out/parts"]
"""
MODEL = b"weights"


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def sha256(data: bytes) -> Digest:
    return Digest("sha256", hashlib.sha256(data).hexdigest())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "repro.toml").write_text(CONFIG)
    (tmp_path / "train.py").write_text("")
    (tmp_path / ".gitignore").write_text("out/\n.repro/\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/model.bin").write_bytes(MODEL)
    baseline = Baseline(name="m").accept(make_fingerprint(products={}))
    (tmp_path / "repro.baseline.json").write_text(dump(baseline))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def left_by_a_run(root: Path, **changes) -> Project:
    """Write what a run leaves; `changes` are of its report."""
    project = Project.open(root, None)
    product = make_product({}, digest=sha256(MODEL))
    fingerprint = make_fingerprint(products={"out/model.bin": product})
    project.store.prepare()
    project.store.save_candidate("m", fingerprint)
    after = Side(label="this run", platform="x86_64-v3", revision=git(root, "rev-parse", "HEAD")[:12])
    claim = Comparison(before=replace(after, label="baseline"), after=after)
    values = {"claim": claim, "fingerprint": fingerprint_id(fingerprint), "change": None}
    made: Report = replace(report(Verdict.REPRODUCED, "all is identical"), **{**values, **changes})
    (root / ".repro/report.json").write_text(dump_report(made))
    return project


def test_a_run_that_reproduced_is_proven_with_its_files(root: Path) -> None:
    git(root, "remote", "add", "origin", "git@code.example:org/m.git")
    run = verified_run(left_by_a_run(root))
    (file,) = run.files
    assert ("out/model.bin", sha256(MODEL), 7) == (file.path, file.sha256, file.size)
    assert (git(root, "rev-parse", "HEAD"), "https://code.example/org/m", "") == (
        run.source.commit,
        run.source.repository,
        run.source.project,
    )
    assert (
        git(root, "show", "-s", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cd")[:4]
        == (run.source.committed[:4])
    )
    assert MatchLevel.BIT_IDENTICAL is run.level


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({"verdict": Verdict.EQUIVALENT}, MatchLevel.WITHIN_TOLERANCE),
        ({"flavour": Flavour.BYTES_ONLY}, MatchLevel.LEAF_IDENTICAL),
    ],
)
def test_the_level_is_that_of_the_comparison(root: Path, changes, level: MatchLevel) -> None:
    assert level is verified_run(left_by_a_run(root, **changes)).level


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"verdict": Verdict.CHANGED}, "changed"),
        ({"verdict": Verdict.DRIFTED}, "drifted"),
        ({"verdict": Verdict.NO_BASELINE}, "no baseline"),
        ({"verdict": Verdict.FAILED}, "failed"),
        ({"verified_in": EarlierRun(run=1, date="2026-11-30", commit="a" * 40)}, "not trained in the last"),
        ({"steps": (StepLine(name="train", state=StepState.REUSED),)}, "train did not run in the last run"),
        ({"fingerprint": "0" * 64}, "not of the same run"),
        ({"claim": None}, "the last run was of commit unknown"),
    ],
)
def test_a_run_that_proves_nothing_is_refused(root: Path, changes, reason: str) -> None:
    with pytest.raises(NotVerified, match=reason):
        verified_run(left_by_a_run(root, **changes))


def test_a_run_that_failed_and_kept_nothing_is_said_to_have_failed(root: Path) -> None:
    project = left_by_a_run(root, verdict=Verdict.FAILED, fingerprint="")
    project.store.candidate_path.unlink()
    with pytest.raises(NotVerified, match="the last run is failed"):
        verified_run(project)


def test_without_a_run_there_is_nothing_to_state(root: Path) -> None:
    with pytest.raises(NotVerified, match="no finished run"):
        verified_run(Project.open(root, None))


def later(path: Path) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**12))


def change_model(root: Path) -> None:
    (root / "out/model.bin").write_bytes(b"others")


def link_model(root: Path) -> None:
    (root / "out/model.bin").rename(root / "out/real.bin")
    (root / "out/model.bin").symlink_to("real.bin")


def remove_model(root: Path) -> None:
    (root / "out/model.bin").unlink()


def edit_config(root: Path) -> None:
    (root / "repro.toml").write_text(CONFIG + "# more\n")


def edit_baseline(root: Path) -> None:
    (root / "repro.baseline.json").write_text(dump(Baseline(name="m")))


def ignore_baseline(root: Path) -> None:
    """A baseline that git does not track, and is told not to list, is not committed either."""
    git(root, "rm", "-q", "--cached", "repro.baseline.json")
    (root / ".git/info/exclude").write_text("repro.baseline.json\n")
    git(root, "commit", "-qm", "without")
    left_by_a_run(root)


def commit_more(root: Path) -> None:
    git(root, "commit", "-qm", "second", "--allow-empty")


def write_baseline_later(root: Path) -> None:
    later(root / "repro.baseline.json")


def leave_git(root: Path) -> None:
    (root / ".git").rename(root / "gone")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (change_model, "out/model.bin is no longer what the last run made"),
        (link_model, "out/model.bin is no longer there as a file of its own"),
        (remove_model, "out/model.bin is no longer there"),
        (edit_config, "repro.toml differ from commit"),
        (edit_baseline, "repro.baseline.json differ from commit"),
        (ignore_baseline, "repro.baseline.json differ from commit"),
        (commit_more, "is checked out"),
        (write_baseline_later, "repro.baseline.json was written after the last run"),
        (leave_git, "in no git repository"),
    ],
)
def test_what_changed_since_the_run_is_refused_by_name(root: Path, change, reason: str) -> None:
    project = left_by_a_run(root)
    change(root)
    with pytest.raises(NotVerified, match=reason):
        verified_run(project)


def test_files_consumed_but_not_committed_are_refused_by_name(root: Path) -> None:
    after = Side(
        label="this run",
        platform="x86_64-v3",
        revision=git(root, "rev-parse", "HEAD")[:12],
        uncommitted=("train.py",),
    )
    with pytest.raises(NotVerified, match=r"train\.py differ"):
        verified_run(left_by_a_run(root, claim=Comparison(before=after, after=after)))


def test_a_product_known_by_its_tree_alone_is_read_again(root: Path) -> None:
    from repro_action.config.model import LimitsConfig
    from repro_action.runs.products import read_or_digest

    model = root / "out/model.bin"
    tree = read_or_digest(model, "blake3", limits=LimitsConfig())
    fingerprint = make_fingerprint(products={"out/model.bin": make_product({}, digest=tree.root.digest)})
    project = left_by_a_run(root, fingerprint=fingerprint_id(fingerprint))
    project.store.save_candidate("m", fingerprint)
    assert ["out/model.bin"] == [file.path for file in verified_run(project).files]
    model.write_bytes(b"others")
    with pytest.raises(NotVerified, match="no longer what the last run made"):
        verified_run(project)


@pytest.mark.parametrize(
    ("origin", "stated"),
    [
        ("https://code.example/org/m.git", "https://code.example/org/m"),
        ("https://me:token@code.example:8443/org/m?x#y", "https://code.example:8443/org/m"),
        ("ssh://git@code.example/org/m.git", "https://code.example/org/m"),
        ("git@code.example:org/m.git", "https://code.example/org/m"),
        ("file:///home/me/m", ""),
        ("../m", ""),
        ("https://[bad/org", ""),
    ],
)
def test_the_repositorys_address_is_stated_without_logins(root: Path, origin: str, stated: str) -> None:
    git(root, "remote", "add", "origin", origin)
    assert stated == verified_run(left_by_a_run(root)).source.repository
