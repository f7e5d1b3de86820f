"""`repro plan` as people and workflows call it."""

import json
import shutil

import pytest
from integration.command import repro
from integration.planned import ROOT, _git, add_model, commit, git, root, write
from work import counted

__all__ = ["_git", "root"]


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
        (["--against", "nowhere"], "git does not know the revision 'nowhere'"),
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


def test_without_a_revision_materials_are_compared_with_the_baseline(tmp_path):
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
def test_two_hundred_models_are_planned_for_seconds_of_the_processor(root):
    for index in range(200):
        add_model(root, f"many/m{index:03}")
    commit(root)
    git(root, "branch", "--force", "main")
    write(root / "many" / "m007" / "params.toml", "depth = 4\n")
    with counted() as work:
        done = repro(root, "plan", "many/*", "--against", "main", "--json")
    assert work.children < 15  # 2 are the promise
    document = json.loads(done.stdout)
    assert 200 == len(document["configs"])
    assert ["many/m007/repro.toml"] == [job["config"] for job in document["matrix"]["include"]]
