"""One source for each fact: action.yml, the code's tables, the documentation and the workflows agree."""

import copy
import re

import pytest
import yaml
from action.acting import ROOT, STANDINS
from action.workflows import CALLED, EXAMPLES, WORKFLOWS, granted, loaded, uses_of

from repro_action.action import input_table, inputs
from repro_action.flows.matrix import job_names
from repro_action.sinks.github import outputs

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
PAGE = (ROOT / "docs" / "action.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PINNED = re.compile(r"uses: ([\w-]+/[\w./-]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$")
CALLS = "org/repro-action/.github/workflows/verify.yml"
OURS = rf"(?:org/repro-action|{re.escape(CALLS)})@v1"
CALLED_INPUTS = loaded(CALLED)["on"]["workflow_call"]["inputs"]
IDS = [f"{file.parts[-3]}/{file.name}" for file in WORKFLOWS]


def input_rows():
    rows = ["| input | default | meaning |", "| --- | --- | --- |"]
    rows += [
        f"| `{one.name}` | {f'`{one.default}`' if one.default else ''} | {one.what} |"
        for one in input_table.TABLE
    ]
    return "\n".join(rows).replace("|  |", "| |") + "\n"


def output_rows():
    rows = ["| output | meaning |", "| --- | --- |"]
    rows += [f"| `{one.name}` | {one.what} |" for one in outputs.TABLE]
    return "\n".join(rows) + "\n"


def test_the_inputs_are_those_of_the_code():
    table = {name: (value["default"], value["description"]) for name, value in ACTION["inputs"].items()}
    assert {one.name: (one.default, one.what) for one in input_table.TABLE} == table
    assert [one.name for one in input_table.TABLE] == list(ACTION["inputs"])


def test_the_outputs_are_those_of_the_code():
    table = {name: (value["description"], value["value"]) for name, value in ACTION["outputs"].items()}
    assert {one.name: (one.what, one.expression) for one in outputs.TABLE} == table


def test_the_page_has_both_tables():
    assert input_rows() in PAGE
    assert output_rows() in PAGE


@pytest.mark.parametrize("step", [one for one in STEPS if "run" in one], ids=lambda step: step["id"])
def test_a_step_passes_inputs_as_the_variables_that_the_code_reads(step):
    known = {one.variable: f"${{{{ inputs.{one.name} }}}}" for one in input_table.TABLE}
    known |= {"REPRO_FOLDER": "${{ steps.prepare.outputs.folder }}", "INPUT_TOKEN": ""}
    known |= {"REPRO_ARTIFACT_URL": "${{ steps.upload.outputs.artifact-url }}"}
    known |= {"REPRO_PAGE_URL": "${{ steps.page.outputs.artifact-url }}"}
    assert step["env"].items() <= known.items()


def test_the_first_step_is_given_every_input():
    assert {one.variable for one in input_table.TABLE} == set(STEPS[0]["env"])


def test_the_step_in_which_foreign_code_runs_is_given_no_token():
    (step,) = [copy.deepcopy(one) for one in STEPS if one.get("id") == "run"]
    assert step["env"].pop("INPUT_TOKEN") == ""
    assert "token" not in yaml.safe_dump(step).lower()


def test_no_script_of_the_action_holds_an_expression():
    for step in STEPS:
        assert "${{" not in step.get("run", "")
    assert "${{" not in (ROOT / ".github" / "action" / "start.sh").read_text(encoding="utf-8")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=IDS)
def test_no_script_of_a_workflow_holds_an_expression(workflow):
    for job in loaded(workflow)["jobs"].values():
        assert not [one for one in job.get("steps", ()) if "${{" in one.get("run", "")]


@pytest.mark.parametrize("file", [ROOT / "action.yml", *WORKFLOWS], ids=["action.yml", *IDS])
def test_actions_of_others_are_pinned_by_commit_with_their_version(file):
    for line in file.read_text(encoding="utf-8").splitlines():
        used = re.search(r"uses: .*", line)
        if used and not re.match(rf"uses: (\./|{OURS})(?= # |$)", used[0]):
            assert PINNED.search(used[0]), line


def test_one_action_of_others_has_one_pin_everywhere():
    found = {}
    for file in (ROOT / "action.yml", *WORKFLOWS, ROOT / "README.md"):
        for name, commit in re.findall(
            r"uses: ([\w-]+/[\w-]+)@([0-9a-f]{40})", file.read_text(encoding="utf-8")
        ):
            found.setdefault(name, set()).add(commit)
    assert {} == {name: commits for name, commits in found.items() if len(commits) > 1}
    used = {re.sub(r"^([^/]+/[^/]+)/.*@", r"\1@", step["uses"]) for step in STEPS if "uses" in step}
    assert used <= STANDINS.keys()


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=IDS)
def test_a_workflow_grants_nothing_to_all_jobs_and_each_job_little(workflow):
    result = loaded(workflow)
    assert {} == result["permissions"]
    for name, job in result["jobs"].items():
        writes = {what for what, level in job["permissions"].items() if level == "write"}
        steps = job.get("steps", ())
        accepts = any((one.get("with") or {}).get("command") == "accept" for one in steps)
        releases = {"pypi": {"id-token"}, "github": {"contents"}}
        own = releases.get(name, set()) if workflow.name == "release.yml" else set()
        # Whoever may ask a cloud for credentials runs nothing of the pull request.
        if not any(re.match(rf"actions/checkout@|\./|{OURS}", one.get("uses", "")) for one in steps):
            own = own | {"id-token", "attestations", "pages"}
        assert writes <= {"pull-requests", "issues", *(("actions", "contents") if accepts else ()), *own}, (
            name
        )
        assert ("contents" in writes) == (accepts or "contents" in own)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=IDS)
def test_a_workflow_leaves_no_token_in_its_checkout_and_does_not_run_forever(workflow):
    for job in loaded(workflow)["jobs"].values():
        for step in job.get("steps", ()):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
        # A job that calls another workflow has the limit of that.
        assert "timeout-minutes" in job or "uses" in job or workflow.name == "simplest.yml"
    assert "group" in loaded(workflow).get("concurrency", ()) or workflow.name in {
        "simplest.yml",
        CALLED.name,
    }


@pytest.mark.parametrize("workflow", EXAMPLES, ids=lambda file: file.name)
def test_an_example_uses_inputs_that_there_are(workflow):
    known = {
        "org/repro-action@v1": {one.name for one in input_table.TABLE},
        f"{CALLS}@v1": set(CALLED_INPUTS),
    }
    used = uses_of(loaded(workflow))
    # A site of what was accepted needs the program alone.
    assert used or "org/repro-action@v1' repro history" in workflow.read_text(encoding="utf-8")
    for step in used:
        assert set(step.get("with") or {}) <= known[step["uses"]]
        variables = {
            f"REPRO_INPUT_{name.replace('-', '_').upper()}": str(value)
            for name, value in (step.get("with") or {}).items()
            if "${{" not in str(value)
        }
        inputs.read(variables)


def test_the_workflow_that_others_call_hands_its_inputs_to_the_action_as_they_are():
    (step,) = uses_of(loaded(CALLED))
    table = {one.name: one for one in input_table.TABLE}
    shared = {name: value for name, value in CALLED_INPUTS.items() if name in table}
    assert {name: f"${{{{ inputs.{name} }}}}" for name in shared} == step["with"]
    for name, value in shared.items():
        assert (table[name].default, table[name].what, "string") == (
            value["default"],
            value["description"],
            value["type"],
        )
    assert all({"description", "type", "default"} == set(value) for value in CALLED_INPUTS.values())


def test_the_workflow_that_others_call_needs_what_its_example_grants():
    example = loaded(next(file for file in EXAMPLES if file.name == "reusable.yml"))
    (asked,), (given,) = granted(loaded(CALLED)).values(), granted(example).values()
    assert asked == given


def test_the_workflow_that_accepts_here_is_the_one_to_copy():
    own, example = (
        loaded(folder / "accept.yml")
        for folder in (ROOT / ".github" / "workflows", ROOT / "examples" / "workflows")
    )
    (job,) = own["jobs"].values()
    assert ["actions/checkout", "./"] == [step["uses"].partition("@")[0] for step in job["steps"]]
    job["steps"] = [{**job["steps"][1], "uses": "org/repro-action@v1"}]
    assert example == own


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=IDS)
def test_checks_that_accept_starts_can_be_started(workflow):
    """Accepting starts the workflow that trained; a token of the job pushes without starting anything."""
    document = loaded(workflow)
    comments = any("pull-requests" in allowed for allowed in granted(document).values())
    if comments and "pull_request" in document["on"]:
        assert "workflow_dispatch" in document["on"]


def test_the_longest_name_of_a_job_fits_into_that_of_its_artifact():
    (name,) = job_names({"a/repro.toml": "x" * 300}).values()
    artifact = inputs.read({"REPRO_INPUT_ARTIFACT": f"repro-report-{name}"}).artifact
    assert f"repro-report-{name}" == artifact


def test_the_readme_shows_the_simplest_workflow_in_twelve_lines_at_most():
    simplest = next(file for file in EXAMPLES if file.name == "simplest.yml").read_text(encoding="utf-8")
    shown = re.findall(r"^```yaml\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert simplest in shown
    assert len(simplest.splitlines()) <= 12


def test_ci_requires_every_tool_of_these_tests():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    required = re.search(r"REPRO_TEST_REQUIRE:-([\w,]+)", script)[1].split(",")
    assert {"act", "git", "index", "node"} <= set(required)
