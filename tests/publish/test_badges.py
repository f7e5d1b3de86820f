# SPDX-License-Identifier: Apache-2.0
"""A branch for badges: ours alone, brought up to date, and never forced."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories import make_fingerprint, make_leaf, make_product
from publish.bundles import bundle, entry
from publish.conftest import ALL
from publish.staged import scene

from repro_action.baseline import Baseline
from repro_action.data.hash_file import digest_file
from repro_action.errors import SinkError
from repro_action.sinks import Publication
from repro_action.sinks.github.badges import PLOT, BadgeBranch
from repro_action.sinks.github.port import CodeHostError, NotPermitted
from repro_action.verdict import Verdict

__all__ = ["scene"]

BRANCH = "repro-badges"
GREEN = bundle(entry(Verdict.REPRODUCED))
PNG = b"\x89PNG\r\n\x1a\n first"


def files(repo):
    return repo.commits[repo.branches[BRANCH]].files


@pytest.fixture
def badges(host):
    def publish(found, **changes):
        sink = BadgeBranch(connect=lambda: host, branch=BRANCH, server="https://github.com", **changes)
        return sink.publish(Publication(bundle=found, commit="a" * 40)).outcome

    return publish


def test_a_branch_of_its_own_is_made_and_brought_up_to_date(repo, badges, asked):
    main = dict(repo.branches)
    assert "created" == badges(GREEN)
    assert {"README.md", "repro.svg"} == files(repo).keys()
    assert b"wine: reproduced" in files(repo)["repro.svg"]
    assert [] == repo.commits[repo.branches[BRANCH]].parents
    asked()
    assert "unchanged" == badges(GREEN)
    assert not [one for one in asked() if not one.startswith("GET")]
    first = repo.branches[BRANCH]
    assert "updated" == badges(bundle(entry(Verdict.CHANGED)))
    assert b"wine: changed" in files(repo)["repro.svg"]
    assert [first] == repo.commits[repo.branches[BRANCH]].parents
    assert main == {name: sha for name, sha in repo.branches.items() if name != BRANCH}


def test_each_configuration_has_its_badge_and_the_page_what_to_copy(repo, badges):
    several = bundle(entry(Verdict.REPRODUCED), entry(Verdict.DRIFTED, config="models/ash/repro.toml"))
    badges(several)
    badges(GREEN)  # a run that verified one of them
    page = files(repo)["README.md"].decode()
    assert {"README.md", "repro.svg", "models/ash/repro.svg"} == files(repo).keys()
    address = f"https://github.com/octo/model/raw/{BRANCH}"
    assert f"`![repro]({address}/repro.svg)`" in page
    assert f"`![models/ash/repro]({address}/models/ash/repro.svg)`" in page


def test_the_badge_of_a_model_that_is_gone_is_removed_and_others_stay(hub, repo, host):
    commit = repo.branches[repo.default_branch]
    kept = "models/ash/repro.toml"
    repo.commits[commit].files.update({"repro.toml": b"", kept: b""})
    sink = BadgeBranch(connect=lambda: host, branch=BRANCH, server="https://github.com")
    several = [entry(Verdict.REPRODUCED, config=config) for config in (kept, "gone/repro.toml")]
    sink.publish(Publication(bundle=bundle(*several), commit=""))
    assert {"README.md", "models/ash/repro.svg", "gone/repro.svg"} == files(repo).keys()
    sink.publish(Publication(bundle=GREEN, commit=commit))
    assert {"README.md", "models/ash/repro.svg", "repro.svg"} == files(repo).keys()
    assert b"gone" not in files(repo)["README.md"]


def test_of_several_platforms_the_worst_is_shown(repo, badges):
    other = replace(
        entry(Verdict.DRIFTED),
        candidate=Baseline(name="wine").accept(make_fingerprint(platform="aarch64-linux")),
    )
    badges(bundle(other, entry(Verdict.REPRODUCED)))
    assert b"wine: drifted" in files(repo)["repro.svg"]


@pytest.mark.parametrize(
    "content", [{}, {"README.md": b"# Ours\n"}, {"README.md": b"# x\n<!-- repro-action:badges:v1 -->"}]
)
def test_a_branch_with_something_else_is_left_as_it_is(hub, repo, badges, content):
    before = hub.commit(repo, BRANCH, {"x": b"1", **content})
    with pytest.raises(SinkError, match="holds something else"):
        badges(GREEN)
    assert before == repo.branches[BRANCH]


def test_the_default_branch_is_something_else(repo, host):
    sink = BadgeBranch(connect=lambda: host, branch="main", server="https://github.com")
    before = repo.branches["main"]
    with pytest.raises(SinkError):
        sink.publish(Publication(bundle=GREEN))
    assert before == repo.branches["main"]


def test_a_branch_that_moved_meanwhile_is_looked_at_again(hub, repo, host, badges, monkeypatch):
    badges(GREEN)
    tried = []

    def moving(*arguments, **values):
        if not tried:
            hub.commit(repo, BRANCH, {"other.svg": b"<svg/>"})
        tried.append(1)
        return type(host).commit_files(host, *arguments, **values)

    monkeypatch.setattr(host, "commit_files", moving)
    assert "updated" == badges(bundle(entry(Verdict.CHANGED)))
    assert 2 == len(tried)
    assert {"README.md", "repro.svg", "other.svg"} == files(repo).keys()


def test_a_protected_branch_is_an_error_and_stays(hub, repo, badges):
    badges(GREEN)
    repo.protected.add(BRANCH)
    before = repo.branches[BRANCH]
    with pytest.raises(CodeHostError):
        badges(bundle(entry(Verdict.CHANGED)))
    assert before == repo.branches[BRANCH]


def test_without_the_permission_it_is_named(connect, repo):
    poor = connect(repo, "poor", permissions={**ALL, "contents": "read"})
    sink = BadgeBranch(connect=lambda: poor, branch=BRANCH, server="https://github.com")
    with pytest.raises(NotPermitted) as caught:
        sink.publish(Publication(bundle=GREEN))
    assert "write" == caught.value.permissions["contents"]


# Plots


def with_plot(root, content, path="out/roc.png", digest=None):
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    product = replace(make_product({"pixels": make_leaf("x")}), digest=digest or digest_file(place, "blake3"))
    fingerprint = make_fingerprint(products={path: product})
    return bundle(replace(entry(Verdict.REPRODUCED), candidate=Baseline(name="wine").accept(fingerprint)))


def test_a_plot_is_beside_what_it_was_before(repo, badges, tmp_path):
    badges(with_plot(tmp_path, PNG), root=tmp_path)
    assert PNG == files(repo)["plots/now/out/roc.png"]
    assert "plots/before/out/roc.png" not in files(repo)
    badges(with_plot(tmp_path, PNG + b"2"), root=tmp_path)
    assert (PNG + b"2", PNG) == (
        files(repo)["plots/now/out/roc.png"],
        files(repo)["plots/before/out/roc.png"],
    )
    assert "unchanged" == badges(with_plot(tmp_path, PNG + b"2"), root=tmp_path)
    assert b"roc" not in files(repo)["README.md"]


def test_without_being_asked_for_no_plot_is_committed(repo, badges, tmp_path):
    badges(with_plot(tmp_path, PNG))
    assert {"README.md", "repro.svg"} == files(repo).keys()


def test_a_plot_that_is_not_the_verified_one_large_or_a_link_is_left_out(repo, badges, tmp_path):
    elsewhere = tmp_path / "secret"
    elsewhere.write_bytes(PNG)
    root = tmp_path / "checkout"
    found = with_plot(root, PNG)
    (root / "out" / "roc.png").write_bytes(b"edited since")
    badges(found, root=root)
    badges(with_plot(root, b"x" * (PLOT + 1)), root=root)
    (root / "out" / "roc.png").unlink()
    (root / "out" / "roc.png").symlink_to(elsewhere)
    badges(found, root=root)
    (root / "out" / "roc.png").unlink()
    badges(found, root=root)
    assert {"README.md", "repro.svg"} == files(repo).keys()


# The action


def test_runs_of_the_default_branch_alone_write_badges(scene, hub):
    hub.token("t1", permissions={"pull_requests": "write", "contents": "write", "actions": "read"})
    trunk = {"repository": {"default_branch": "main"}}
    payload = {**scene.pull(), **trunk}
    asked = {"badge_branch": BRANCH, "fail_on": "failed"}
    scene.stages("pull_request", payload, **asked)
    assert BRANCH not in scene.repo.branches
    status, outputs, _, _ = scene.stages(
        "push", {**trunk, "ref": "refs/heads/main"}, ref="refs/heads/main", **asked
    )
    assert (0, "") == (status, outputs["comment-url"])
    assert b"tiny: no baseline" in files(scene.repo)["repro.svg"]
    # Without the permission the job goes on, and says which one.
    hub.token("poor", permissions={"contents": "read"})
    folder = outputs["folder"]
    scene.patch.setenv("REPRO_FOLDER", folder)
    scene.repo.branches.pop(BRANCH)
    status, _, log, _ = scene.stages(
        "push",
        {**trunk, "ref": "refs/heads/main"},
        ref="refs/heads/main",
        only=("publish",),
        token="poor",
        **asked,
    )
    assert 0 == status
    assert "contents: write" in log
