"""What affects a model, and what does not."""

import os

import pytest
from integration.planned import _git, add_model, commit, found, git, root, write

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.history import HistoryError

__all__ = ["_git", "root"]


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
def test_a_removed_file_that_is_named_is_reported_together_with_what_it_breaks(root, path):
    (root / "models" / "a" / path).unlink()
    value = found(root)["a"]
    assert any(reason.endswith(f"models/a/{path}") for reason in value)
    assert any(reason.startswith("steps: ") for reason in value)


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
    assert "fetch-depth: 0" in caught.value.remedy


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
    reasons = found(root, configs=configs)
    assert ["environment: models/m/flake.nix"] == reasons["m"]
    assert [] == reasons["a"]


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
    (value,) = found(root, configs=("models/n/repro.toml",))["n"]
    assert value.startswith("environment: ")
    assert "flake.nix" in value


def test_who_takes_the_active_environment_is_affected_by_locks_beside_and_above(root):
    add_model(root, "models/c", backend="current", environment="")
    commit(root)
    git(root, "branch", "--force", "main")
    for path in ("requirements.lock", "models/requirements-dev.txt", "models/a/requirements.lock"):
        write(root / path, "numpy==3\n")
    value = found(root, configs=("models/c/repro.toml",))["c"]
    assert ["environment: models/requirements-dev.txt", "environment: requirements.lock"] == sorted(value)


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
    (value,) = found(root)["a"]
    assert value.startswith("baseline: repro.baseline.json")


def test_a_configuration_that_was_broken_before_is_affected_still(root):
    write(root / "models" / "a" / "repro.toml", "version = 1\n")
    commit(root)
    git(root, "branch", "--force", "main")
    reasons = found(root)
    assert ["config"] == [reason.split(":")[0] for reason in reasons["a"]]
    assert [] == reasons["b"]


def test_steps_that_cannot_be_put_in_order_are_a_reason(root):
    text = (root / "models" / "a" / "repro.toml").read_text()
    write(root / "models" / "a" / "repro.toml", text.replace('"train.py", "out', '"gone.py", "out'))
    commit(root)
    git(root, "branch", "--force", "main")
    (value,) = found(root)["a"]
    assert value.startswith("steps: ")
    assert "gone.py" in value


# Git.
