"""What a stranger's pull request cannot do to the action's own stages."""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from publish.bundles import bundle, entry
from publish.staged import git, scene, writer

from repro_action import bootstrap
from repro_action.action import checkout, event, inputs
from repro_action.action.checkout import BaseCommit
from repro_action.action.job import ActionJob
from repro_action.action.publish import failing
from repro_action.cli import console
from repro_action.cli import error_handler as trouble
from repro_action.errors import ReproError
from repro_action.history import History
from repro_action.verdict import Verdict

__all__ = ["scene"]

ROOT = Path(__file__).parents[2]

COMMANDS = """\
import sys
print("::set-output name=verdict::reproduced", file=sys.stderr)
print("   ::error::all is lost", file=sys.stderr)
sys.exit("##[add-mask]e")
"""


def obeyed(text):
    """Return the lines that a runner would take for a command."""
    return [line for line in text.splitlines() if line.lstrip().startswith("::") or "##[" in line]


def ours(line):
    return line.startswith(("::error ", "::group::", "::endgroup::"))


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def bare(folder, settings):
    """Make a folder that git takes for a bare repository, with a signed commit of a baseline."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "--bare", ".")

    def made(*arguments, given):
        command = ("git", "--git-dir=.", *arguments)
        done = subprocess.run(command, cwd=folder, input=given, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    blob = made("hash-object", "-w", "--stdin", given="x")
    tree = made("mktree", given=f"100644 blob {blob}\trepro.baseline.json\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n"
    who = "a <a@example.org> 1 +0000"
    text = f"tree {tree}\nauthor {who}\ncommitter {who}\n{signature}\nx\n"
    commit = made("hash-object", "-w", "-t", "commit", "--stdin", given=text)
    made("update-ref", "HEAD", commit, given="")
    for name, value in settings.items():
        git(folder, "--git-dir=.", "config", name, value)


def test_what_a_failing_step_wrote_is_no_command_of_the_log(scene, hub, capsys):
    writer(hub)
    payload = scene.pull()
    (scene.root / "train.py").write_text(COMMANDS, encoding="utf-8")
    scene.commit("hostile")
    status, outputs, log, _ = scene.stages("pull_request", payload)
    value = log + capsys.readouterr().err
    assert (2, "failed") == (status, outputs["verdict"])
    assert "all is lost" in log
    assert [] == [line for line in obeyed(value) if not ours(line)]


@pytest.mark.parametrize("text", ["::error::x", "  ::stop-commands::x", "a ##[add-mask]e"])
def test_an_error_is_no_command_of_the_log(monkeypatch, capsys, text):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    console.show_error(ReproError("it failed", why=f"first\n{text}\nlast"))
    trouble.print_bug(ValueError(f"first\n{text}\nlast"))
    console.print_line(text)
    captured = capsys.readouterr()
    assert [] == obeyed(captured.out + captured.err)
    monkeypatch.delenv("GITHUB_ACTIONS")
    console.print_line(text)
    assert text in capsys.readouterr().out


def test_a_document_for_machines_holds_no_command_and_the_same_values(monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    console.print_json({"##[add-mask]e": "##[error]x\n::error::y"})
    out = capsys.readouterr().out
    assert [] == obeyed(out)
    assert {"##[add-mask]e": "##[error]x\n::error::y"} == json.loads(out)


def test_a_folder_that_looks_like_a_repository_names_no_program(tmp_path):
    root = tmp_path / "checkout"
    root.mkdir()
    git(root, "init", "-qb", "main")
    ran = tmp_path / "ran"
    program(tmp_path / "evil", f"touch {ran}")
    bare(root / "m", {"log.showSignature": "true", "gpg.program": str(tmp_path / "evil")})
    git(root / "m", "--git-dir=.", "log", "-1")
    assert ran.exists()  # what git does by itself
    ran.unlink()
    assert [] == list(History(root / "m").versions("repro.baseline.json"))
    assert not ran.exists()


def test_fetching_the_base_leaves_nothing_behind_that_knows_the_token(tmp_path, monkeypatch):
    seen = tmp_path / "seen"
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin" / "git", f'echo "$*" >> {seen}; exit 1')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    base = BaseCommit(revision="a" * 40, label="main")
    assert not checkout.fetch(tmp_path, base, token="s3cr3t", server="https://github.com")
    fetches = [line for line in seen.read_text(encoding="utf-8").splitlines() if " fetch " in line]
    assert 2 == len(fetches)
    assert all("-c gc.auto=0 -c maintenance.auto=false" in line for line in fetches)
    assert "s3cr3t" not in seen.read_text(encoding="utf-8")


def test_the_package_index_is_sent_no_token(tmp_path, monkeypatch):
    seen = tmp_path / "seen"
    monkeypatch.setenv("REPRO_INPUT_TOKEN", "s3cr3t")
    bootstrap._run(str(program(tmp_path / "pip", f"env > {seen}")))
    assert "s3cr3t" not in seen.read_text(encoding="utf-8")


def test_the_token_does_not_stay_in_the_configuration_of_nix(tmp_path):
    steps = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    names = [step.get("id") or step["name"] for step in steps]
    assert names.index("Install Nix") + 1 == names.index("forget")
    assert names.index("forget") < names.index("run")
    install, forget = steps[names.index("Install Nix")], steps[names.index("forget")]
    assert install["if"] == forget["if"]
    file = tmp_path / "nix.conf"
    file.write_text("sandbox = true\naccess-tokens = github.com=s3cr3t\nmax-jobs = auto\n", encoding="utf-8")
    program(tmp_path / "sudo", 'exec "$@"')
    found = {"NIX_CONF_DIR": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for _ in range(2):
        command = ["bash", "-e", "-o", "pipefail", "-c", forget["run"]]
        subprocess.run(command, env={**os.environ, **found}, check=True)
        assert "sandbox = true\nmax-jobs = auto\n" == file.read_text(encoding="utf-8")
        assert ["nix.conf", "sudo"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_configuration_outside_the_checkout_is_a_failure_that_is_reported(scene, hub, tmp_path):
    writer(hub)
    payload = scene.pull()
    (scene.root / "repro.toml").rename(tmp_path / "elsewhere.toml")
    (scene.root / "repro.toml").symlink_to(tmp_path / "elsewhere.toml")
    scene.commit("link")
    status, outputs, log, _ = scene.stages("pull_request", payload)
    assert (2, "failed") == (status, outputs["verdict"])
    assert "out of the repository" in log


def test_the_record_of_another_run_is_not_taken_for_this_one(scene):
    _, outputs, _, _ = scene.stages("push", {}, only=("prepare", "run"))
    assert "rmse" in outputs["metrics"]
    assert (scene.root / ".repro" / "candidate.json").exists()
    (scene.root / "repro.baseline.json").write_text("{", encoding="utf-8")
    _, outputs, _, _ = scene.stages("push", {}, only=("prepare", "run"))
    assert ("failed", "{}", "false") == (outputs["verdict"], outputs["metrics"], outputs["trained"])


def accepts(root):
    return ActionJob(inputs=inputs.read({}), event=event.read({}), root=root, server="").accepts


def test_a_workflow_that_is_a_link_is_not_read(tmp_path):
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (tmp_path / "w.yml").write_text("with: \n  command: accept\n", encoding="utf-8")
    (folder / "a.yml").symlink_to(tmp_path / "w.yml")
    (folder / "b.yml").symlink_to("/proc/self/pagemap")  # a regular file of no bytes that never ends
    assert not accepts(tmp_path)
    (tmp_path / "w.yml").rename(folder / "c.yml")
    assert accepts(tmp_path)


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_that_should_fail_the_job_does(verdict):
    result = bundle(entry(verdict))
    assert 0 != failing(result, frozenset({verdict}))
    assert 0 == failing(result, frozenset(Verdict) - {verdict})


def test_a_fork_with_a_token_that_writes_is_labelled_all_the_same(scene, hub):
    writer(hub)
    payload = scene.pull(fork=True)
    scene.stages("pull_request", payload)
    (comment,) = hub.comments(scene.repo, payload["number"])
    assert "a workflow that this pull request controls" in comment.body
