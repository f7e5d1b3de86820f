"""Every mutant of the example projects gets the verdict and the causes that its row expects."""

import fnmatch
import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from e2e.mutant import PROJECTS, Mutant
from e2e.mutants import CHOSEN, MUTANTS
from e2e.project import copy, repro
from required import require_enclosing

from repro_action.sandbox.select import MECHANISMS
from repro_action.verdict import Verdict

RESULTS = os.environ.get("REPRO_MUTANTS_TABLE", "")
"""Where a row a mutant is appended, for the printed table."""
SHARED = {key for key, count in Counter((one.example, id(one.before)) for one in CHOSEN).items() if count > 1}
"""Beginnings that several mutants have: each process runs and accepts these once, and copies them."""


@pytest.fixture(scope="session")
def beginnings():
    """Folders in which a beginning was run and accepted, and the report of one that failed."""
    return {}


def begun(mutant: Mutant, root: Path, beginnings, tmp_path_factory):
    """Make the project of a mutant with its baseline; returns the report of a first run that already failed."""
    key = mutant.example, id(mutant.before)
    if key not in SHARED:
        return prepared(mutant, root)
    if key not in beginnings:
        first = tmp_path_factory.mktemp("begun") / "project"
        beginnings[key] = first, prepared(mutant, first)
    first, failed = beginnings[key]
    shutil.copytree(first, root, symlinks=True)
    return failed


def prepared(mutant: Mutant, root: Path):
    """Make the baseline of a mutant; returns the report of a first run that already failed."""
    copy(PROJECTS[mutant.example], root)
    mutant.before(root)
    first = repro(root, "verify", "--json", "-q")
    if first.status != Verdict.NO_BASELINE.exit_code:
        return first
    # Forced: a defect that makes the first run disagree with itself would be refused.
    assert repro(root, "accept", "--force").status == 0
    return None


def named(name: str, expected: str) -> bool:
    # `features[0]` is a name, and read as a glob would be something else.
    return name == expected or fnmatch.fnmatchcase(name, expected)


def listed(report) -> set[tuple[str, str]]:
    claim = report.get("claim") or {}
    return {(one["kind"], one["name"]) for one in claim.get("materials", [])}


def differing(report) -> dict[str, list[str]]:
    claim = report.get("claim") or {}
    found: dict[str, list[str]] = {}
    for artifact in claim.get("artifacts", []):
        found.setdefault(artifact["path"], []).extend(leaf["path"] for leaf in artifact["leaves"])
    for metric in claim.get("metrics", []):
        if metric["state"] != "identical":
            found.setdefault(metric["file"], []).append(metric["name"])
    return found


def check(mutant: Mutant, ended, root: Path):
    """Hold a report against a row."""
    report = ended.json
    text = json.dumps(report, ensure_ascii=False)
    verdict = Verdict(report["verdict"])
    assert verdict in {mutant.expected, *mutant.acceptable}, text[:3000]
    assert ended.status == verdict.exit_code
    if mutant.materials is not None and verdict is not Verdict.FAILED:
        found = listed(report)
        for one in mutant.materials:
            assert any(kind == one.kind and named(name, one.name) for kind, name in found), found
        for kind, name in found:
            assert any(kind == one.kind and named(name, one.name) for one in mutant.materials), (kind, name)
    causes = report.get("causes", [])
    for one in mutant.ruled_out:
        shown = [cause for cause in causes if cause["name"] == one.name]
        # Of a drift it is said to have changed as well; under a list of causes it has no place.
        assert bool(shown) == (report["verdict"] == Verdict.DRIFTED), causes
        assert all("does not use it" in cause["text"] for cause in shown), shown
    places = differing(report)
    for place in mutant.places:
        assert place.path in places, places
        if place.leaf:
            assert any(leaf.startswith(place.leaf) for leaf in places[place.path]), places
    if mutant.step:
        first = [
            step["name"]
            for step in report["steps"]
            if step.get("first_difference") or step["state"] == "failed"
        ]
        assert first == [mutant.step], report["steps"]
    if mutant.flaky is not None:
        assert report["flavour"] == ("flaky" if mutant.flaky else "stable")
    for words in mutant.says:
        assert words in report_text(report), text[:3000]
    for name in mutant.never:
        assert not (root / name).exists()


def report_text(report) -> str:
    """Join every text of a report."""

    def texts(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for one in value.values():
                yield from texts(one)
        elif isinstance(value, list):
            for one in value:
                yield from texts(one)

    return "\n".join(texts(report))


@pytest.mark.parametrize("mutant", CHOSEN, ids=[mutant.name for mutant in CHOSEN])
def test_mutant(mutant, tmp_path, beginnings, tmp_path_factory):
    if "index" in mutant.needs and "index" not in os.environ.get("REPRO_TEST_REQUIRE", ""):
        pytest.skip("needs a package index; set REPRO_TEST_REQUIRE=index")
    if "sandbox" in mutant.needs:
        require_enclosing(*MECHANISMS)
    root = tmp_path / "project"
    ended = begun(mutant, root, beginnings, tmp_path_factory)
    if ended is None:
        mutant.after(root)
        if mutant.moved:
            root = root.rename(tmp_path / "moved elsewhere")
        ended = repro(root, "verify", "--json", "-q", **mutant.environ)
    if RESULTS:
        report = json.loads(ended.out)
        causes = "; ".join(cause["text"] for cause in report.get("causes", [])) or (
            report.get("error") or {}
        ).get("what", "")
        row = [
            mutant.name,
            mutant.example,
            str(mutant.expected),
            report["verdict"],
            report.get("flavour", ""),
            causes,
        ]
        with Path(RESULTS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    check(mutant, ended, root)


def test_the_table_is_large_enough():
    assert len(MUTANTS) >= 600
