"""The page that says which workflow to take: every example stands there, with the permissions that it has."""

import re

import pytest
from action.acting import ROOT
from action.workflows import CALLED, EXAMPLES, granted, loaded

PAGE = (ROOT / "docs" / "workflows.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| [^|]*\| (?:and )?\[[\w-]+\.yml\]\(\.\./examples/workflows/([\w-]+\.yml)\)[^|]*\| ([^|]*) \|$",
    PAGE,
    re.MULTILINE,
)


def allowed(permissions):
    return ", ".join(f"`{name}: {level}`" for name, level in permissions.items())


def said(workflow):
    jobs = granted(loaded(workflow))
    if len(jobs) == 1:
        return allowed(*jobs.values())
    return "; ".join(f"{name}: {allowed(permissions)}" for name, permissions in jobs.items())


def test_every_example_has_one_row():
    assert sorted(file.name for file in EXAMPLES) == sorted(name for name, _ in ROWS)


@pytest.mark.parametrize(("name", "permissions"), ROWS, ids=[name for name, _ in ROWS])
def test_a_row_has_the_permissions_of_its_file(name, permissions):
    assert said(ROOT / "examples" / "workflows" / name) == permissions


def test_inputs_of_the_workflow_that_others_call_are_listed():
    rows = ["| input | default | meaning |", "| --- | --- | --- |"]
    for name, value in loaded(CALLED)["on"]["workflow_call"]["inputs"].items():
        default = str(value["default"]).lower() if value["type"] == "boolean" else value["default"]
        rows.append(f"| `{name}` | {f'`{default}`' if default != '' else ''} | {value['description']} |")
    assert "\n".join(rows).replace("|  |", "| |") + "\n" in PAGE


def test_the_page_is_found_from_where_people_look():
    for place in ("README.md", "docs/action.md", "examples/workflows/README.md"):
        assert "docs/workflows.md" in (ROOT / place).read_text(encoding="utf-8").replace(
            "(workflows.md", "(docs/workflows.md"
        )


def test_the_table_of_permissions_is_what_the_examples_grant():
    """Of docs/action.md: where a job of an example does it, a row is what that job has, no more and no less."""
    page = (ROOT / "docs" / "action.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"^\| job \| permissions \|\n\| --- \| --- \|\n((?:\|.*\n)+)", page, re.MULTILINE)
    rows = dict(re.findall(r"^\| (.*?) \| (.*?) \|$", table, re.MULTILINE))
    for row, file, job in (
        ("`command: verify`, no comment", "fork-safe-verify.yml", "reproduce"),
        ("`command: verify` with a comment", "simplest.yml", "reproduce"),
        ('`command: verify` with `issue: "true"`', "scheduled.yml", "reproduce"),
        ('`command: check` with `issue: "true"`', "deployed.yml", "check"),
        ('`command: drift` with `issue: "true"`', "drift.yml", "drift"),
        ("`command: plan`", "matrix.yml", "plan"),
        ("`command: publish`, in the run that trained", "matrix.yml", "comment"),
        ("`command: publish`, on `workflow_run`", "fork-safe-publish.yml", "comment"),
        ("`command: accept`", "accept.yml", "accept"),
    ):
        has = granted(loaded(ROOT / "examples" / "workflows" / file))[job]
        assert allowed(dict(sorted(has.items()))) == rows[row]
