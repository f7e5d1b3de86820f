"""What a plan says of configurations: reasons, names of jobs, the matrix. Without git."""

import re

import pytest
from factories import make_fingerprint

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.flows.changes import Changes
from repro_action.flows.matrix import MAX_JOBS, job_names
from repro_action.flows.plan import MAX_REASONS, Planned, Reason, matrix, plan
from repro_action.history import HistoryError

CONFIG = """\
version = 1
name = "{name}"

[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]
outputs = ["out/model.json"]
"""
SAFE = re.compile(r"[A-Za-z0-9._-]{1,60}")


def make(root, folder, *, name="wine", baseline=True):
    place = root / folder
    place.mkdir(parents=True)
    (place / "repro.toml").write_text(CONFIG.format(name=name))
    (place / "train.py").write_text("print()\n")
    if baseline:
        result = Baseline(name=name, platforms={"x86_64-v3": make_fingerprint()})
        (place / "repro.baseline.json").write_text(dump(result))
    return f"{folder}/repro.toml"


def planned(number, *, affected=True):
    reasons = (Reason(kind="code", text="x"),) if affected else ()
    return Planned(config=f"models/{number}/repro.toml", name="m", job=f"m-{number}", reasons=reasons)


# Reasons.


def test_all_is_every_configuration_whatever_its_materials(tmp_path):
    configs = [make(tmp_path, "a"), make(tmp_path, "b", baseline=False)]
    result = plan(tmp_path, configs, None, everything=True)
    assert configs == [one.config for one in result]
    assert [(Reason(kind="all", text="asked for"),)] * 2 == [one.reasons for one in result]


def test_without_a_baseline_a_configuration_is_affected(tmp_path):
    (value,) = plan(tmp_path, [make(tmp_path, "a", baseline=False)], None)
    assert (Reason(kind="baseline", text="no baseline"),) == value.reasons


def test_an_unreadable_configuration_stays_in_the_plan_under_the_name_of_its_folder(tmp_path):
    (tmp_path / "models" / "broken").mkdir(parents=True)
    (tmp_path / "models" / "broken" / "repro.toml").write_text("version = 1\nnmae = 'x'\n")
    for everything in (False, True):
        (value,) = plan(tmp_path, ["models/broken/repro.toml"], None, everything=everything)
        assert ("broken", "broken", True) == (value.name, value.job, value.affected)
        (reason,) = value.reasons
        assert "config" == reason.kind
        assert "repro.toml" in reason.text


def test_an_unreadable_baseline_is_a_reason(tmp_path):
    config = make(tmp_path, "a")
    (tmp_path / "a" / "repro.baseline.json").write_text("<<<<<<< HEAD\n")
    (value,) = plan(tmp_path, [config], None)
    assert [("baseline", True)] == [(one.kind, "conflict markers" in one.text) for one in value.reasons]


def test_an_input_that_is_not_there_is_a_reason(tmp_path):
    config = make(tmp_path, "a")
    (tmp_path / "a" / "train.py").unlink()
    (value,) = plan(tmp_path, [config], None)
    assert value.affected
    assert any("train.py" in one.text for one in value.reasons)


@pytest.mark.processes
def test_a_revision_without_a_repository_is_an_error_that_says_what_else_there_is(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(HistoryError, match="no git repository") as caught:
        plan(tmp_path, [make(tmp_path, "a")], "main")
    assert "--all" in caught.value.remedy


# Files that differ.


def changes(top, *paths, gone=(), folders=()):
    below = {}
    for path in paths:
        parts = path.split("/")
        for length in range(len(parts) + 1):
            below.setdefault("/".join(parts[:length]), []).append(path)
    return Changes(top=str(top), below=below, folders=folders, gone=gone, settling=())


def test_a_place_is_met_by_itself_and_by_what_lies_below_it_only(tmp_path):
    result = changes(tmp_path, "a/b/c", "a/bc")
    assert ["a/b/c"] == list(result.at(f"{tmp_path}/a/b"))
    assert ["a/b/c", "a/bc"] == list(result.at(f"{tmp_path}/a"))
    assert [] == list(result.at(f"{tmp_path}/a/b/c/d"))
    assert [] == list(result.at(f"{tmp_path}/b"))


def test_a_submodule_that_differs_meets_all_that_lies_in_it(tmp_path):
    result = changes(tmp_path, "lib", folders=("lib",))
    assert ["lib"] == list(result.at(f"{tmp_path}/lib/src/x.py"))
    assert [] == list(result.at(f"{tmp_path}/libs"))


def test_a_link_is_met_by_what_it_leads_to_and_by_each_link_on_the_way(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "x.py").touch()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "folder").symlink_to("../shared")
    (tmp_path / "a" / "far.py").symlink_to("near.py")
    (tmp_path / "a" / "near.py").symlink_to("../shared/x.py")
    for place in ("a/folder/x.py", "a/far.py", "a/near.py"):
        assert ["shared/x.py"] == list(changes(tmp_path, "shared/x.py").at(f"{tmp_path}/{place}"))
    assert ["a/near.py"] == list(changes(tmp_path, "a/near.py").at(f"{tmp_path}/a/far.py"))
    assert [] == list(changes(tmp_path, "a/far.py").at(f"{tmp_path}/a/near.py"))


def test_a_circle_of_links_comes_to_an_end(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert "b" in list(changes(tmp_path, "b").at(f"{tmp_path}/a"))


# Names of jobs.


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wine", "wine"),
        ("Wine 2.0_b", "Wine-2.0_b"),
        ("a\nb: ${{ secrets.X }}; rm -rf /", "a-b-secrets.X-rm--rf"),
        ("../../etc", "etc"),
        ("Weißwein", "Wei-wein"),
        ("酒", "model"),
        ("", "model"),
        ("...", "model"),
        ("x" * 100, "x" * 60),
    ],
)
def test_names_of_strangers_become_safe(name, expected):
    assert {"m/repro.toml": expected} == job_names({"m/repro.toml": name})


def test_models_that_share_a_name_are_distinguished_by_their_folders():
    names = {"models/a/repro.toml": "wine", "models/b/repro.toml": "Wine", "models/c/repro.toml": "beer"}
    assert {
        "models/a/repro.toml": "models-a",
        "models/b/repro.toml": "models-b",
        "models/c/repro.toml": "beer",
    } == job_names(names)


def test_names_of_jobs_are_unique_whatever_the_case():
    hostile = ["x" * 61, "x" * 62, "a", "A", "a-2", "a b", "a-b", "m", "", "酒", "model", "MODEL-2"]
    names = {f"{'f' * 70}/{index % 3}/{index}.toml": name for index, name in enumerate(hostile)}
    names |= {"x.toml": "Beer", "y.toml": "beer", "z.toml": "BEER-2"}
    made = list(job_names(names).values())
    assert len(names) == len({name.casefold() for name in made})
    assert all(SAFE.fullmatch(name) for name in made)


@pytest.mark.processes
def test_a_job_keeps_its_name_whichever_others_are_affected(tmp_path):
    configs = [make(tmp_path, "a"), make(tmp_path, "b", baseline=False), make(tmp_path, "c", name="beer")]
    named = {one.config: one.job for one in plan(tmp_path, configs, None, everything=True)}
    assert named == {one.config: one.job for one in plan(tmp_path, configs, None)}


# The matrix.


def test_only_what_is_affected_has_a_job():
    jobs = matrix([planned(0), planned(1, affected=False), planned(2)])
    assert [("models/0/repro.toml", "m-0"), ("models/2/repro.toml", "m-2")] == [
        (job.config, job.name) for job in jobs
    ]
    assert () == matrix([planned(0, affected=False)])
    assert () == matrix([])


@pytest.mark.parametrize("number", [255, 256, 257, 300, 512, 1000])
def test_no_matrix_has_more_jobs_than_github_runs_and_none_loses_a_configuration(number):
    items = [planned(index) for index in range(number)]
    jobs = matrix(items)
    assert min(number, MAX_JOBS) == len(jobs)
    assert [one.config for one in items] == [path for job in jobs for path in job.config.split("\n")]
    sizes = {job.config.count("\n") for job in jobs}
    assert max(sizes) - min(sizes) <= 1
    assert len(jobs) == len({job.name.casefold() for job in jobs})
    assert all(SAFE.fullmatch(job.name) for job in jobs)


def test_a_group_is_named_by_its_first_and_says_how_many_more():
    jobs = matrix([planned(index) for index in range(5)], limit=2)
    assert ["m-0-and-1-more", "m-2-and-2-more"] == [job.name for job in jobs]


def test_groups_with_long_names_stay_apart():
    long = "x" * 60
    items = [
        Planned(config=str(index), name="m", job=f"{long[:58]}{index}", reasons=planned(0).reasons)
        for index in range(10, 30)
    ]
    jobs = matrix(items, limit=4)
    assert 4 == len({job.name for job in jobs})
    assert all(SAFE.fullmatch(job.name) for job in jobs)


def test_of_very_many_reasons_the_rest_is_counted():
    from repro_action.flows.plan import _bounded

    reasons = _bounded([Reason(kind="code", text=str(index)) for index in range(MAX_REASONS + 3)] * 2)
    assert MAX_REASONS + 1 == len(reasons)
    assert Reason(kind="more", text="and 3 more") == reasons[-1]
