# SPDX-License-Identifier: Apache-2.0
"""Statements: canonical, without clock, host or path of the machine, in the shapes of their specifications."""

from __future__ import annotations

import json

import pytest
from verified_runs import make_run, sha256_of

from repro_action.evidence.claims import claims_of
from repro_action.evidence.model_signature import model_signatures, root_digest
from repro_action.evidence.provenance import BUILD_TYPE, provenance
from repro_action.evidence.statement import read_statement
from repro_action.evidence.verification_result import verification_result
from repro_action.evidence.verified_run import MatchLevel
from repro_action.fingerprint import MaterialKind
from repro_action.tree import Scalar

COMMIT = "1a2b3c4d" * 5


def all_statements():
    run = make_run()
    return [provenance(run), verification_result(run), *model_signatures(run).values()]


@pytest.mark.parametrize("statement", all_statements(), ids=lambda one: one.predicate_type)
def test_a_statement_is_read_as_it_was_written(statement) -> None:
    payload = statement.payload()
    assert payload == read_statement(payload).payload()


@pytest.mark.parametrize("statement", all_statements(), ids=lambda one: one.predicate_type)
def test_a_statement_is_canonical(statement) -> None:
    text = statement.payload().decode()
    value = json.loads(text)
    assert text == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_the_subjects_are_all_files_by_sha256() -> None:
    subjects = {one.name: one.sha256 for one in provenance(make_run()).subjects}
    assert {
        "out/model.joblib": sha256_of("model").value,
        "out/train.csv": sha256_of("table").value,
    } == subjects
    assert provenance(make_run()).subjects == verification_result(make_run()).subjects


def test_a_provenance_names_source_and_commands() -> None:
    definition = provenance(make_run()).predicate["buildDefinition"]
    assert BUILD_TYPE == definition["buildType"]
    assert {
        "model": "wine",
        "source": {"repository": "https://code.example/org/wine", "commit": COMMIT, "project": "models"},
        "config": "repro.toml",
        "steps": [
            {"name": "prepare", "command": ["python", "prepare.py"]},
            {"name": "train", "command": ["python", "train.py", "--fast"]},
        ],
    } == definition["externalParameters"]


def test_every_material_is_a_resolved_dependency_with_an_address_or_a_digest() -> None:
    run = make_run()
    found = {one["name"]: one for one in provenance(run).predicate["buildDefinition"]["resolvedDependencies"]}
    for kind, values in run.fingerprint.materials.items():
        assert {f"{kind.value}/{name}" for name in values} <= found.keys()
    assert all("uri" in one or "digest" in one for one in found.values())
    assert {"gitCommit": COMMIT} == found["source"]["digest"]
    assert f"git+https://code.example/org/wine@{COMMIT}" == found["source"]["uri"]
    assert ["blake3"] == [*found["data/data/wine.csv"]["digest"]]
    assert {"value": 1.0} == found["params/params.toml: C"]["annotations"]
    assert "pkg:pypi/numpy@2.4.6" == found["packages/numpy"]["uri"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, True, "", "\ud800", 2**63])
def test_a_parameter_of_any_value_can_be_stated(value: Scalar) -> None:
    run = make_run()
    materials = {**run.fingerprint.materials, MaterialKind.PARAMS: {"p": value}}
    from dataclasses import replace

    payload = provenance(replace(run, fingerprint=replace(run.fingerprint, materials=materials))).payload()
    assert payload == read_statement(payload).payload()


def test_a_code_material_without_a_digest_is_stated_by_its_value() -> None:
    from dataclasses import replace

    run = make_run()
    materials = {**run.fingerprint.materials, MaterialKind.CODE: {"gone.py": "missing"}}
    stated = provenance(replace(run, fingerprint=replace(run.fingerprint, materials=materials)))
    (found,) = [
        one
        for one in stated.predicate["buildDefinition"]["resolvedDependencies"]
        if one["name"] == "code/gone.py"
    ]
    assert {"value": "missing"} == found["annotations"]


@pytest.mark.parametrize("level", MatchLevel)
def test_a_result_says_how_closely_it_matched_and_where(level: MatchLevel) -> None:
    statement = verification_result(make_run(level=level))
    assert {"REPRO_REBUILT", "REPRO_MATCHED_BASELINE"} <= set(statement.predicate["properties"])
    claims = claims_of(statement)
    assert (level.value, "x86_64-v3", COMMIT, "wine") == (
        claims.level,
        claims.platform,
        claims.commit,
        claims.model,
    )


def test_the_time_of_a_result_is_that_of_its_commit() -> None:
    assert "2026-11-30T12:00:00Z" == verification_result(make_run()).predicate["timeCreated"]


def test_a_model_signature_covers_each_product_from_its_own_folder() -> None:
    found = model_signatures(make_run())
    assert ["out/model.joblib", "out/train.csv"] == sorted(found)
    (resource,) = found["out/model.joblib"].predicate["resources"]
    assert "model.joblib" == resource["name"]
    assert (
        root_digest({"model.joblib": sha256_of("model").value})
        == found["out/model.joblib"].subjects[0].sha256
    )
