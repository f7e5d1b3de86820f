# SPDX-License-Identifier: Apache-2.0
"""The bill of materials is one text for one run, and CycloneDX's own schema takes it."""

import json
from dataclasses import replace
from importlib.util import find_spec

import pytest
import required
from hypothesis import given
from reports import hostile
from verified_runs import GOLDEN, make_run

from repro_action.digest import Digest
from repro_action.evidence.bill_of_materials import bill_of_materials
from repro_action.evidence.verified_run import GitSource
from repro_action.fingerprint import MaterialKind


@pytest.fixture(scope="module")
def validator():
    if find_spec("cyclonedx") is None:
        required.absent("cyclonedx", "cyclonedx-python-lib, of requirements/dev.txt, is not installed")
    from importlib.resources import files

    from jsonschema import Draft7Validator
    from referencing import Registry, Resource

    folder = files("cyclonedx.schema") / "_res"
    names = ("bom-1.7", "spdx", "jsf-0.82", "cryptography-defs")
    schemas = [json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text("utf-8")) for name in names]
    known = Registry().with_resources((each["$id"], Resource.from_contents(each)) for each in schemas)
    return Draft7Validator(schemas[0], registry=known)


def faults(validator, run):
    return [error.message for error in validator.iter_errors(json.loads(bill_of_materials(run)))]


def test_it_is_the_golden_one(hold_golden):
    hold_golden(GOLDEN / "bill_of_materials.json", bill_of_materials(make_run()).decode("ascii"))


def test_its_schema_takes_it(validator):
    assert [] == faults(validator, make_run())


def test_its_schema_takes_a_run_of_which_little_is_recorded(validator):
    run = make_run(source=GitSource(commit="a" * 40), commands={}, step_files={}, locked={}, data={})
    bare = replace(run.fingerprint, materials={}, metrics={}, products={})
    assert [] == faults(validator, replace(run, fingerprint=bare, files=()))


def test_the_schema_refuses_a_bill_that_is_none(validator):
    assert list(validator.iter_errors({"bomFormat": "CycloneDX", "specVersion": "1.7", "components": [{}]}))


def test_every_reference_leads_to_a_component():
    bill = json.loads(bill_of_materials(make_run()))
    found = []

    def walk(value):
        if isinstance(value, dict):
            found.extend(("named", one) for key, one in value.items() if key == "bom-ref")
            found.extend(("used", one) for key, one in value.items() if key == "ref")
            found.extend(("used", one) for one in value.get("dependsOn", ()))
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(inner)

    walk(bill)
    named = [one for kind, one in found if kind == "named"]
    assert len(named) == len(set(named))
    assert {one for kind, one in found if kind == "used"} <= set(named)


def test_another_run_has_another_serial_number_and_the_same_run_the_same():
    def serial(run):
        return json.loads(bill_of_materials(run))["serialNumber"]

    assert serial(make_run()) == serial(make_run())
    assert serial(make_run()) != serial(make_run(baseline_sha256=Digest("sha256", "0" * 64)))


def test_a_digest_that_cyclonedx_does_not_know_is_a_property():
    bill = json.loads(bill_of_materials(make_run(data={"data": Digest("tree1-blake3", "1" * 64)})))
    data = next(part for part in bill["components"] if part["bom-ref"] == "data:data")
    assert [{"name": "repro:digest", "value": f"tree1-blake3:{'1' * 64}"}] == data["properties"]


@given(hostile)
def test_its_schema_takes_any_text(validator, text):
    run = make_run(commands={"train": (text,)}, locked={text: (Digest("sha256", "2" * 64),)})
    materials = {kind: {text: text} for kind in MaterialKind}
    fingerprint = replace(run.fingerprint, materials=materials, metrics={text: {text: text}})
    named = replace(run, report=replace(run.report, name=text), fingerprint=fingerprint, data={})
    assert [] == faults(validator, named)
