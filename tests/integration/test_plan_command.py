"""`repro plan` in real git repositories: what a change affects, and what it prints."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from factories import make_fingerprint
from required import absent

from repro_action.baseline import Baseline, dump
from repro_action.fingerprint import MaterialKind
from repro_action.flows.plan import plan
from repro_action.history import History, HistoryError

ROOT = Path(__file__).parents[2]
CONFIG = """\
version = 1
name = "{name}"

[environment]
backend = "{backend}"
{environment}

[[data]]
path = "data/images"
digest = "tree1-blake3:{digest}"

[[steps]]
name = "prepare"
run = ["python", "-m", "tools.prepare", "--config=prepare.ini"]
inputs = ["src/**/*.py", "data/images"]
outputs = ["out/clean.csv"]

[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py", "out/clean.csv"]
params = ["params.toml"]
outputs = ["out/model.json"]
"""
FILES = {
    "train.py": "print()\n",
    "prepare.ini": "[a]\n",
    "helper.py": "X = 1\n",
    "params.toml": "depth = 3\n",
    "requirements.lock": "numpy==2\n",
    "README.md": "a model\n",
    "src/pkg/one.py": "1\n",
    "src/pkg/two.py": "2\n",
    "tools/prepare.py": "3\n",
    "data/images/1.txt": "i\n",
    "data/images/2.txt": "j\n",
}


@pytest.fixture(autouse=True)
def _git(monkeypatch, tmp_path):
    if shutil.which("git") is None:
        absent("git", "git is not here")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    (tmp_path / "gitconfig").write_text(
        "[user]\nname = a\nemail = a@example.org\n[init]\ndefaultBranch = main\n"
    )


def git(folder, *arguments):
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(root, message="x"):
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(root, "rev-parse", "HEAD")


def write(place, text):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def add_model(root, folder, *, backend="venv", environment='lock = "requirements.lock"', baseline=True):
    place = root / folder
    for path, text in FILES.items():
        write(place / path, text)
    text = CONFIG.format(name=place.name, backend=backend, environment=environment, digest="0" * 64)
    write(place / "repro.toml", text)
    if baseline:
        materials = {MaterialKind.CODE: {"train.py": f"blake3:{'0' * 64}", "helper.py": f"blake3:{'0' * 64}"}}
        held = Baseline(name=place.name, platforms={"x86_64-v3": make_fingerprint(materials=materials)})
        write(place / "repro.baseline.json", dump(held))


@pytest.fixture
def root(tmp_path):
    """A repository of two models on the branch `pr`, committed and clean."""
    top = tmp_path / "repository"
    top.mkdir()
    git(top, "init", "--quiet")
    for name in ("a", "b"):
        add_model(top, f"models/{name}")
    write(top / ".gitignore", "*.tmp\n")
    commit(top)
    git(top, "checkout", "--quiet", "-b", "pr")
    return top


def found(root, against="main", configs=("models/a/repro.toml", "models/b/repro.toml")):
    return {
        one.config.split("/")[1]: [f"{reason.kind}: {reason.text}" for reason in one.reasons]
        for one in plan(root, configs, against)
    }


def repro(folder, *arguments):
    command = [sys.executable, "-m", "repro_action", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


# What of a change affects a model.


def test_nothing_changed_affects_nothing(root):
    assert {"a": [], "b": []} == found(root)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("repro.toml", "config"),
        ("repro.baseline.json", "baseline"),
        ("params.toml", "params"),
        ("train.py", "code"),
        ("src/pkg/two.py", "code"),
        ("data/images/1.txt", "data"),
        ("requirements.lock", "environment"),
        ("helper.py", "code"),  # imported undeclared, says the baseline
        ("prepare.ini", "code"),  # named in `run`
        ("tools/prepare.py", "code"),  # python -m tools.prepare
    ],
)
@pytest.mark.parametrize("how", ["committed", "staged", "edited"])
def test_what_a_model_consumes_affects_it_and_no_other(root, path, kind, how):
    file = root / "models" / "a" / path
    file.write_text(file.read_text() + "\n")
    if how == "staged":
        git(root, "add", "--all")
    elif how == "committed":
        commit(root)
    assert {"a": [f"{kind}: models/a/{path}"], "b": []} == found(root)


@pytest.mark.parametrize(
    "path", ["README.md", "notes.txt", "src/pkg/data.csv", "out/model.json", "x/train.py"]
)
def test_what_no_model_consumes_affects_none(root, path):
    write(root / "models" / "a" / path, "other\n")
    assert {"a": [], "b": []} == found(root)
    commit(root)
    assert {"a": [], "b": []} == found(root)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("src/pkg/new.py", "code"), ("data/images/3.txt", "data"), ("data/images.dvc", "data")],
)
def test_a_new_file_counts_before_git_knows_it(root, path, kind):
    write(root / "models" / "b" / path, "new\n")
    assert {"a": [], "b": [f"{kind}: models/b/{path}"]} == found(root)


def test_what_git_ignores_is_no_change(root):
    write(root / "models" / "a" / "data" / "images" / "x.tmp", "new\n")
    assert {"a": [], "b": []} == found(root)


@pytest.mark.parametrize(
    ("path", "kind"), [("src/pkg/two.py", "code"), ("data/images/2.txt", "data"), ("helper.py", "code")]
)
@pytest.mark.parametrize("how", ["committed", "edited"])
def test_a_removed_file_counts(root, path, kind, how):
    (root / "models" / "a" / path).unlink()
    if how == "committed":
        commit(root)
    assert {"a": [f"{kind}: models/a/{path}"], "b": []} == found(root)


@pytest.mark.parametrize("path", ["train.py", "params.toml"])
def test_a_removed_file_that_is_named_is_told_together_with_what_it_breaks(root, path):
    (root / "models" / "a" / path).unlink()
    held = found(root)["a"]
    assert any(reason.endswith(f"models/a/{path}") for reason in held)
    assert any(reason.startswith("steps: ") for reason in held)


def test_a_renamed_file_counts_under_both_names(root):
    place = root / "models" / "a" / "src" / "pkg"
    (place / "two.py").rename(place / "three.py")
    commit(root)
    assert ["code: models/a/src/pkg/three.py", "code: models/a/src/pkg/two.py"] == sorted(found(root)["a"])


def test_a_file_that_leaves_for_another_model_affects_both(root):
    (root / "models/a/src/pkg/two.py").rename(root / "models/b/src/pkg/two_of_a.py")
    commit(root)
    expected = {"a": ["code: models/a/src/pkg/two.py"], "b": ["code: models/b/src/pkg/two_of_a.py"]}
    assert expected == found(root)


def test_code_that_models_share_by_a_link_affects_all_of_them(root):
    write(root / "shared" / "common.py", "1\n")
    for name in ("a", "b"):
        (root / "models" / name / "src" / "common.py").symlink_to("../../../shared/common.py")
    commit(root)
    git(root, "branch", "--force", "main")
    write(root / "shared" / "common.py", "2\n")
    assert {"a": ["code: shared/common.py"], "b": ["code: shared/common.py"]} == found(root)


def test_a_submodule_counts_for_what_is_consumed_from_it(root, tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    git(library, "init", "--quiet")
    write(library / "lib.py", "1\n")
    first = commit(library)
    write(library / "lib.py", "2\n")
    commit(library)
    place = root / "models" / "a" / "src" / "lib"
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(library), str(place))
    commit(root)
    git(root, "branch", "--force", "main")
    git(place, "checkout", "--quiet", first)
    assert {"a": ["code: models/a/src/lib"], "b": []} == found(root)


# What it is compared with.


def test_what_the_base_did_meanwhile_is_not_the_pull_requests(root):
    git(root, "checkout", "--quiet", "main")
    write(root / "models" / "b" / "params.toml", "depth = 9\n")
    commit(root)
    git(root, "checkout", "--quiet", "pr")
    write(root / "models" / "a" / "params.toml", "depth = 4\n")
    commit(root)
    assert {"a": ["params: models/a/params.toml"], "b": []} == found(root)


def test_the_merge_commit_of_a_pull_request_is_compared_with_its_first_parent(root):
    write(root / "models" / "a" / "params.toml", "depth = 4\n")
    commit(root)
    git(root, "checkout", "--quiet", "main")
    write(root / "models" / "b" / "params.toml", "depth = 9\n")
    commit(root)
    git(root, "merge", "--quiet", "--no-edit", "pr")
    assert {"a": ["params: models/a/params.toml"], "b": []} == found(root, "HEAD^1")


def test_an_edit_that_is_taken_back_is_none(root):
    write(root / "models" / "a" / "params.toml", "depth = 4\n")
    commit(root)
    git(root, "revert", "--no-edit", "HEAD")
    assert {"a": [], "b": []} == found(root)


def test_a_touched_file_is_no_change(root):
    (root / "models" / "a" / "src" / "link.py").symlink_to("pkg/one.py")
    commit(root)
    git(root, "branch", "--force", "main")
    for path in ("params.toml", "src/link.py"):
        os.utime(root / "models" / "a" / path, (1, 1), follow_symlinks=False)
    assert {"a": [], "b": []} == found(root)


def test_a_changed_mode_is_a_change(root):
    (root / "models" / "a" / "train.py").chmod(0o755)
    assert {"a": ["code: models/a/train.py"], "b": []} == found(root)


def test_a_link_that_leads_elsewhere_is_a_change(root):
    link = root / "models" / "a" / "src" / "link.py"
    link.symlink_to("pkg/one.py")
    commit(root)
    git(root, "branch", "--force", "main")
    link.unlink()
    link.symlink_to("pkg/two.py")
    assert {"a": ["code: models/a/src/link.py"], "b": []} == found(root)


def test_a_repository_of_the_other_object_format_is_read_alike(tmp_path):
    top = tmp_path / "sha256"
    top.mkdir()
    git(top, "init", "--quiet", "--object-format=sha256")
    for name in ("a", "b"):
        add_model(top, f"models/{name}")
    commit(top)
    os.utime(top / "models" / "a" / "train.py", (1, 1))
    assert {"a": [], "b": []} == found(top)
    write(top / "models" / "b" / "train.py", "x\n")
    assert {"a": [], "b": ["code: models/b/train.py"]} == found(top)


def test_where_history_does_not_reach_back_the_revision_itself_is_compared_with(root, tmp_path):
    write(root / "models" / "a" / "params.toml", "depth = 4\n")
    commit(root)
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=pr", f"file://{root}", str(shallow))
    git(shallow, "fetch", "--quiet", "--depth=1", "origin", "main:main")
    assert {"a": ["params: models/a/params.toml"], "b": []} == found(shallow)


def test_a_revision_that_is_not_there_is_an_error_that_teaches(root):
    with pytest.raises(HistoryError, match="nowhere") as caught:
        found(root, "nowhere")
    assert "fetch-depth: 0" in caught.value.cure


def test_an_option_is_no_revision(root):
    with pytest.raises(HistoryError):
        found(root, "--output=x")
    assert not (root / "x").exists()


# Environments.


def test_the_nearest_flake_affects_those_that_use_it(root):
    for name in ("n", "m"):
        add_model(root, f"models/{name}", backend="nix", environment="")
    for path in ("flake.nix", "flake.lock", "nix/shell.nix", "models/m/flake.nix"):
        write(root / path, "{}\n")
    commit(root)
    git(root, "branch", "--force", "main")
    configs = tuple(f"models/{name}/repro.toml" for name in "anm")
    for path in ("flake.nix", "flake.lock", "nix/shell.nix"):
        write(root / path, "{ }\n")
        assert {"a": [], "n": [f"environment: {path}"], "m": []} == found(root, configs=configs)
        git(root, "checkout", "--quiet", ".")
    write(root / "models" / "m" / "flake.nix", "{ }\n")
    held = found(root, configs=configs)
    assert ["environment: models/m/flake.nix"] == held["m"]
    assert [] == held["a"]


def test_the_lock_of_one_model_is_no_part_of_the_flake_of_another(root):
    for name in ("n", "m"):
        add_model(root, f"models/{name}", backend="nix", environment="")
    write(root / "flake.nix", "{}\n")
    commit(root)
    git(root, "branch", "--force", "main")
    write(root / "models" / "n" / "uv.lock", "1\n")
    configs = ("models/n/repro.toml", "models/m/repro.toml")
    assert {"n": ["environment: models/n/uv.lock"], "m": []} == found(root, configs=configs)
    write(root / "models" / "n" / "shell.nix", "1\n")  # what an expression imports is not known
    assert ["environment: models/n/shell.nix"] == found(root, configs=configs)["m"]


def test_a_flake_that_is_not_there_is_a_reason(root):
    add_model(root, "models/n", backend="nix", environment="")
    commit(root)
    git(root, "branch", "--force", "main")
    (held,) = found(root, configs=("models/n/repro.toml",))["n"]
    assert held.startswith("environment: ")
    assert "flake.nix" in held


def test_who_takes_the_active_environment_is_affected_by_locks_beside_and_above(root):
    add_model(root, "models/c", backend="current", environment="")
    commit(root)
    git(root, "branch", "--force", "main")
    for path in ("requirements.lock", "models/requirements-dev.txt", "models/a/requirements.lock"):
        write(root / path, "numpy==3\n")
    held = found(root, configs=("models/c/repro.toml",))["c"]
    assert ["environment: models/requirements-dev.txt", "environment: requirements.lock"] == sorted(held)


# Never lost.


def test_a_model_without_a_baseline_is_affected(root):
    add_model(root, "models/new", baseline=False)
    commit(root)
    git(root, "branch", "--force", "main")
    assert ["baseline: no baseline"] == found(root, configs=("models/new/repro.toml",))["new"]


def test_a_baseline_of_nothing_is_none(root):
    write(root / "models" / "a" / "repro.baseline.json", dump(Baseline(name="a")))
    assert "baseline: no baseline" in found(root)["a"]


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 9}', '{"version": 1, "name": "a", "platforms": 3}'])
def test_a_baseline_that_cannot_be_read_is_a_reason(root, text):
    write(root / "models" / "a" / "repro.baseline.json", text)
    commit(root)
    git(root, "branch", "--force", "main")
    (held,) = found(root)["a"]
    assert held.startswith("baseline: repro.baseline.json")


def test_a_configuration_that_was_broken_before_is_affected_still(root):
    write(root / "models" / "a" / "repro.toml", "version = 1\n")
    commit(root)
    git(root, "branch", "--force", "main")
    held = found(root)
    assert ["config"] == [reason.split(":")[0] for reason in held["a"]]
    assert [] == held["b"]


def test_steps_that_cannot_be_put_in_order_are_a_reason(root):
    text = (root / "models" / "a" / "repro.toml").read_text()
    write(root / "models" / "a" / "repro.toml", text.replace('"train.py", "out', '"gone.py", "out'))
    commit(root)
    git(root, "branch", "--force", "main")
    (held,) = found(root)["a"]
    assert held.startswith("steps: ")
    assert "gone.py" in held


# Git.


def test_no_filter_hook_or_program_of_the_repository_runs(root, tmp_path):
    ran = tmp_path / "ran"
    program = f"touch {ran}; cat"
    for key in ("filter.evil.clean", "filter.evil.process", "diff.evil.textconv", "diff.evil.command"):
        git(root, "config", key, program)
    for key in ("core.fsmonitor", "diff.external"):
        git(root, "config", key, f"touch {ran}")
    git(root, "config", "filter.evil.required", "true")
    write(root / ".gitattributes", "* filter=evil diff=evil\n")
    params = root / "models" / "a" / "params.toml"
    params.write_text("depth = 4\n")
    assert ["params: models/a/params.toml"] == found(root)["a"]
    assert not ran.exists()


def test_the_index_is_not_written(root):
    os.utime(root / "models" / "a" / "params.toml", (1, 1))
    before = (root / ".git" / "index").read_bytes()
    found(root)
    assert before == (root / ".git" / "index").read_bytes()


def lfs(root, content):
    """Commit a file of Git LFS as git keeps it, and put its content in its place as git-lfs does."""
    digest = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"
    place = root / "models" / "a" / "data" / "images" / "big.txt"
    write(place, pointer)
    write(root / ".gitattributes", "big.txt filter=lfs\n")
    commit(root)
    git(root, "branch", "--force", "main")
    git(root, "config", "filter.lfs.clean", "false")
    place.write_bytes(content)
    return place


def test_a_file_of_git_lfs_is_no_change_while_it_is_what_its_pointer_says(root):
    place = lfs(root, b"many rows\n")
    assert {"a": [], "b": []} == found(root)
    place.write_bytes(b"more rows\n")
    assert {"a": ["data: models/a/data/images/big.txt"], "b": []} == found(root)


def test_paths_are_told_from_the_top_wherever_git_is_asked(root):
    git(root, "config", "diff.relative", "true")
    write(root / "models" / "a" / "params.toml", "depth = 4\n")
    write(root / "new.txt", "x\n")
    for place in (root, root / "models" / "b"):
        assert {"models/a/params.toml", "new.txt"} == History(place).changed_files("main")


def test_odd_names_come_back_as_they_are(root):
    for name in ("a b", "ü", "new\nline", '"quoted"'):
        write(root / name, "x\n")
    (root / os.fsdecode(b"\xff")).touch()
    expected = {"a b", "ü", "new\nline", '"quoted"', os.fsdecode(b"\xff")}
    assert expected == History(root).changed_files("main")
    commit(root)
    assert expected == History(root).changed_files("main")


def test_the_number_of_changes_is_bounded(root, monkeypatch):
    monkeypatch.setattr("repro_action.history.MAX_CHANGED", 2)
    for name in "xy":
        write(root / name, "x\n")
    assert {"x", "y"} == History(root).changed_files("main")
    write(root / "z", "x\n")
    with pytest.raises(HistoryError, match="more than 2 files"):
        History(root).changed_files("main")


def test_a_failing_git_is_an_error_and_not_no_change(root):
    (root / ".git" / "index").write_bytes(b"broken")
    with pytest.raises(HistoryError, match="cannot list"):
        History(root).changed_files("main")


def test_the_number_of_calls_of_git_does_not_grow_with_that_of_models(root, monkeypatch):
    calls = []
    real = History._git
    monkeypatch.setattr(
        History, "_git", lambda self, *words, **more: calls.append(words) or real(self, *words, **more)
    )
    found(root)
    few = len(calls)
    for index in range(8):
        add_model(root, f"models/m{index}")
    calls.clear()
    found(root, configs=tuple(f"models/m{index}/repro.toml" for index in range(8)))
    assert few == len(calls)


# The command.


def test_the_document_has_every_configuration_and_the_matrix_only_what_is_affected(root):
    write(root / "models" / "a" / "params.toml", "depth = 4\n")
    done = repro(root, "plan", "models/*", "--against", "main", "--json")
    assert "" == done.stderr
    assert {
        "version": 1,
        "command": "plan",
        "exit_code": 0,
        "configs": [
            {
                "config": "models/a/repro.toml",
                "name": "a",
                "affected": True,
                "reasons": [{"kind": "params", "text": "models/a/params.toml"}],
            },
            {"config": "models/b/repro.toml", "name": "b", "affected": False, "reasons": []},
        ],
        "matrix": {"include": [{"config": "models/a/repro.toml", "name": "a"}]},
        "any": True,
    } == json.loads(done.stdout)


def test_nothing_affected_is_no_failure(root):
    done = repro(root, "plan", "--against", "main", "--json")
    document = json.loads(done.stdout)
    assert (0, False, {"include": []}) == (done.returncode, document["any"], document["matrix"])
    assert 2 == len(document["configs"])
    done = repro(root, "plan", "--against", "main")
    assert (0, "0 of 2 configurations are affected, by what differs from main\n") == (
        done.returncode,
        done.stdout,
    )


def test_people_read_the_reasons(root):
    write(root / "models" / "a" / "params.toml", "depth = 4\n")
    write(root / "models" / "a" / "train.py", "pass\n")
    done = repro(root, "plan", "--against", "main")
    assert (
        "1 of 2 configurations are affected, by what differs from main\n"
        "models/a/repro.toml: a\n"
        "  params  models/a/params.toml\n"
        "  code    models/a/train.py\n"
        "run `repro verify --config FILE` for each of them\n"
    ) == done.stdout


def test_paths_start_from_the_top_of_the_repository_wherever_one_stands(root):
    done = repro(root / "models" / "b", "plan", "models/a", "--all", "--json")
    assert ["models/a/repro.toml"] == [one["config"] for one in json.loads(done.stdout)["configs"]]


def test_without_a_repository_they_start_from_the_folder(tmp_path):
    add_model(tmp_path, "models/a", baseline=False)
    done = repro(tmp_path, "plan", "--json")
    assert [{"config": "models/a/repro.toml", "name": "a"}] == json.loads(done.stdout)["matrix"]["include"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["models/z"], "no configuration matches 'models/z'"),
        (["../x"], "leaves the project"),
        (["--against", "nowhere"], "git knows no revision 'nowhere'"),
    ],
)
def test_what_cannot_be_planned_is_an_error_for_machines_too(root, arguments, said):
    done = repro(root, "plan", *arguments)
    assert (2, "") == (done.returncode, done.stdout)
    assert said in done.stderr
    document = json.loads(repro(root, "plan", "--json", *arguments).stdout)
    assert (2, "plan") == (document["exit_code"], document["command"])
    assert said in document["error"]["what"]


def test_names_of_files_cannot_steer_the_terminal(root):
    write(root / "models" / "a" / "src" / "\x1b[31m.py", "x\n")
    done = repro(root, "plan", "--against", "main")
    assert "\\x1b[31m.py" in done.stdout
    assert "\x1b" not in done.stdout


def test_without_a_revision_materials_are_held_against_the_baseline(tmp_path):
    shutil.copytree(
        ROOT / "tests" / "e2e" / "tiny", tmp_path / "tiny", ignore=shutil.ignore_patterns(".repro", "out")
    )
    tiny = tmp_path / "tiny"
    assert 3 == repro(tiny, "verify", "-q").returncode
    assert 0 == repro(tiny, "accept").returncode
    assert [] == json.loads(repro(tiny, "plan", "--json").stdout)["configs"][0]["reasons"]
    params = tiny / "params.toml"
    params.write_text(params.read_text() + "unknown = 1\n")
    (reason,) = json.loads(repro(tiny, "plan", "--json").stdout)["configs"][0]["reasons"]
    assert "params" == reason["kind"]
    assert "unknown" in reason["text"]


@pytest.mark.slow
def test_two_hundred_models_are_planned_in_seconds(root):
    for index in range(200):
        add_model(root, f"many/m{index:03}")
    commit(root)
    git(root, "branch", "--force", "main")
    write(root / "many" / "m007" / "params.toml", "depth = 4\n")
    before = time.monotonic()
    done = repro(root, "plan", "many/*", "--against", "main", "--json")
    # Two seconds are the promise on an idle machine; a test runs beside others.
    assert time.monotonic() - before < 15
    document = json.loads(done.stdout)
    assert 200 == len(document["configs"])
    assert ["many/m007/repro.toml"] == [job["config"] for job in document["matrix"]["include"]]
