"""PyGithub keeps to the description, and each of its calls costs the requests that are written here."""

from __future__ import annotations

import pytest

github = pytest.importorskip("github", exc_type=ImportError)
FAST = {"seconds_between_requests": 0, "seconds_between_writes": 0, "retry": None, "per_page": 100}


@pytest.fixture
def repo(hub, world):
    """The repository through a lazy client: objects that are only named cost nothing."""
    auth = github.Auth.Token("t")
    with github.Github(auth=auth, base_url=hub.url, lazy=True, **FAST) as client:
        yield client.get_repo("octo/model")


@pytest.fixture
def cost(hub):
    """How many requests a call makes."""

    def measured(call):
        before = len(hub.requests)
        call()
        return len(hub.requests) - before

    return measured


def test_names_cost_nothing(repo, world, cost):
    assert 0 == cost(lambda: repo.get_issue(1))
    assert 0 == cost(lambda: repo.get_pull(1))
    assert 0 == cost(lambda: repo.get_commit(world.own.pull.head_sha))
    assert 0 == cost(lambda: repo.get_workflow_run(world.run.id))
    assert 0 == cost(lambda: repo.get_issue(1).get_comment(7))


def test_an_eager_client_pays_for_every_name(hub, world, cost):
    with github.Github(auth=github.Auth.Token("t"), base_url=hub.url, **FAST) as client:
        assert 1 == cost(lambda: client.get_repo("octo/model"))
        repo = client.get_repo("octo/model")
        assert 1 == cost(lambda: repo.get_issue(1))
        assert 1 == cost(lambda: repo.get_pull(1))
        assert 1 == cost(lambda: repo.get_commit(world.own.pull.head_sha))
        assert 1 == cost(lambda: repo.get_workflow_run(world.run.id))


def test_comments_cost_one_request_each(hub, repo, world, cost):
    issue = repo.get_issue(1)
    assert 1 == cost(lambda: list(issue.get_comments()))
    assert 1 == cost(lambda: issue.create_comment("x"))
    (made,) = hub.comments(world.repo, 1)
    comment = issue.get_comment(made.id)
    assert 1 == cost(lambda: comment.edit("y"))
    assert "y" == made.body
    assert 1 == cost(lambda: comment.create_reaction("eyes"))
    assert 1 == cost(comment.delete)
    assert [] == hub.comments(world.repo, 1)


def test_comments_cost_one_request_a_hundred(hub, repo, world, cost):
    for number in range(201):
        hub.comment(world.repo, 1, str(number))
    assert 3 == cost(lambda: list(repo.get_issue(1).get_comments()))


def test_pull_requests_come_whole(repo, world, cost):
    def heads(pulls):
        return [(one.number, one.head.sha, one.head.repo.full_name, one.base.repo.full_name) for one in pulls]

    assert 1 == cost(lambda: heads(repo.get_pulls(state="open", head="mallory:evil")))
    assert 1 == cost(lambda: heads(repo.get_commit(world.own.pull.head_sha).get_pulls()))
    assert 1 == cost(lambda: heads([repo.get_pull(1)]))


def test_artifacts_cost_the_run_as_well(repo, world, cost):
    run = repo.get_workflow_run(world.run.id)
    assert 2 == cost(lambda: [(one.name, one.digest) for one in run.get_artifacts()])
    assert 1 == cost(lambda: list(repo.get_workflow_runs(head_sha=world.run.head_sha, event="pull_request")))


def test_an_artifact_is_redirected_and_pygithub_does_not_follow_to_another_host(repo, world):
    path = f"/repos/octo/model/actions/artifacts/{world.artifact.id}/zip"
    status, headers, _ = repo.requester.requestJson("GET", path)
    assert 302 == status
    assert headers["location"].startswith("http://localhost:")
    with pytest.raises(AssertionError, match="localhost"):
        repo.requester.getStream(path)


def test_files_cost_one_request_each(repo, world, cost):
    assert 1 == cost(lambda: repo.get_contents("repro.baseline.json", ref="topic").decoded_content)
    sha = repo.get_contents("repro.baseline.json", ref="topic").sha
    assert 1 == cost(lambda: repo.update_file("repro.baseline.json", "m", b"1", sha, branch="topic"))
    assert 1 == cost(lambda: repo.create_file("a/new.json", "m", b"1", branch="topic"))
    with pytest.raises(github.GithubException) as caught:
        repo.update_file("repro.baseline.json", "m", b"2", sha, branch="topic")
    assert 409 == caught.value.status
    with pytest.raises(github.UnknownObjectException):
        repo.get_contents("none.json")


def test_people_cost_one_request_each(repo, world, cost):
    assert 1 == cost(lambda: repo.get_collaborator_permission("alice"))
    assert 1 == cost(lambda: repo.get_collaborator_role_name("alice"))
    assert 1 == cost(lambda: repo.requester.graphql_query("query{viewer{login}}", {}))


def test_the_user_of_an_installation_is_refused(repo):
    with pytest.raises(github.GithubException, match="Resource not accessible by integration"):
        repo.requester.requestJsonAndCheck("GET", "/user")


def test_checks_cost_one_request_each(repo, world, cost):
    sha, output = world.own.pull.head_sha, {"title": "t", "summary": "s"}
    assert 1 == cost(lambda: repo.create_check_run("repro", sha, status="in_progress", output=output))
    (check,) = repo.get_commit(sha).get_check_runs(check_name="repro")
    assert 1 == cost(lambda: check.edit(conclusion="success", output=output))


def test_issues_cost_one_request_each(repo, world, cost):
    assert 1 == cost(lambda: repo.create_issue("drift", body="b", labels=["repro"]))
    assert 1 == cost(lambda: list(repo.get_issues(state="open", labels=["repro"])))
    assert 1 == cost(lambda: repo.get_issue(3).edit(state="closed"))


def test_a_missing_permission_is_reported_with_what_is_accepted(hub, world):
    hub.token("weak", permissions={"contents": "read"})
    client = github.Github(auth=github.Auth.Token("weak"), base_url=hub.url, lazy=True, **FAST)
    with client, pytest.raises(github.GithubException) as caught:
        client.get_repo("octo/model").get_issue(1).create_comment("x")
    assert 403 == caught.value.status
    assert "issues=write; pull_requests=write" == caught.value.headers["x-accepted-github-permissions"]


def test_pygithub_by_default_repeats_a_post_whose_answer_was_lost(hub, world):
    """Why a publisher must look again after an error: the comment appears twice."""
    hub.fault("bad_gateway", when="after")
    quick = {**FAST, "retry": github.GithubRetry(total=1, backoff_factor=0)}
    with github.Github(auth=github.Auth.Token("t"), base_url=hub.url, lazy=True, **quick) as client:
        client.get_repo("octo/model").get_issue(1).create_comment("x")
    assert 2 == len(hub.comments(world.repo, 1))


@pytest.mark.parametrize("hub", ["/api/v3"], indirect=True)
def test_an_enterprise_server_is_used_the_same_way(repo, world, cost):
    assert 1 == cost(lambda: list(repo.get_issue(1).get_comments()))
    assert 1 == cost(lambda: repo.requester.graphql_query("query{viewer{login}}", {}))
