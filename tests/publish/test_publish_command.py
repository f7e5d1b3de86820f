"""`repro publish`, by hand or in a plain CI."""

import json

import pytest
from publish.bundles import bundle, entry

from repro_action.cli.commands import publish
from repro_action.cli.parser import parse
from repro_action.cli.usage import UsageError
from repro_action.errors import ArtifactUnreadable
from repro_action.report.bundle import NAME
from repro_action.report.json import bundle as bundle_json


@pytest.fixture
def reports(tmp_path):
    for config in ("a/repro.toml", "b/repro.toml"):
        folder = tmp_path / "reports" / config[0]
        folder.mkdir(parents=True)
        (folder / NAME).write_text(bundle_json.dump(bundle(entry(config=config))), encoding="utf-8")
    return tmp_path / "reports"


def run(capsys, *arguments):
    status = publish.execute(parse(["publish", *map(str, arguments)]))
    return status, capsys.readouterr().out


def test_a_dry_run_prints_the_comment_and_asks_nobody(reports, capsys):
    status, out = run(capsys, "--dry-run", reports / "a")
    assert 0 == status
    assert out.startswith("## ❌")


def test_many_reports_become_one_comment(reports, hub, repo, pull, capsys, monkeypatch):
    hub.token("t1", permissions={"pull_requests": "write"}, installation=False, user="ada")
    for name, value in {"GITHUB_TOKEN": "t1", "GITHUB_API_URL": hub.url, "GITHUB_RUN_ID": "5"}.items():
        monkeypatch.setenv(name, value)
    arguments = ("--merge", "--pull", pull.number, "--repository", "octo/model", reports)
    status, out = run(capsys, "--json", *arguments)
    (comment,) = hub.comments(repo, pull.number)
    assert (0, "created") == (status, json.loads(out)["what"])
    assert "2 models" in comment.body
    assert "unchanged" == json.loads(run(capsys, "--json", *arguments)[1])["what"]


def test_several_reports_are_only_merged_when_that_is_asked_for(reports, capsys):
    with pytest.raises(UsageError, match="2 reports"):
        run(capsys, "--dry-run", reports)


def test_a_folder_without_reports_is_no_success(tmp_path, capsys):
    with pytest.raises(ArtifactUnreadable):
        run(capsys, "--dry-run", tmp_path)


def test_without_a_token_nothing_is_asked(reports, capsys, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    with pytest.raises(UsageError, match="token"):
        run(capsys, "--pull", "1", "--repository", "o/r", reports / "a")
