# SPDX-License-Identifier: Apache-2.0
"""A pack is one text for one run, says how it is checked, and its own program finds nothing wrong with it."""

import io
import json
import zipfile
from dataclasses import replace

import pytest
from factories import digest_of
from verified_runs import GOLDEN, make_run, make_sources

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.evidence.model_signature import model_signatures
from repro_action.evidence.pack.checker.pack_items import check
from repro_action.evidence.pack.pack import PackItemTwice, make_pack
from repro_action.evidence.verified_run import MatchLevel, ModelFile


def member(data, name):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def test_two_packs_of_one_run_are_the_same_bytes(packed):
    assert packed == make_pack(make_sources())


def test_nothing_is_wrong_with_a_pack(packed):
    assert [] == check(packed).faults


def test_the_archive_is_one_that_every_program_reads(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == archive.namelist()
        assert {zipfile.ZIP_STORED} == {info.compress_type for info in archive.infolist()}
        assert {(1980, 1, 1, 0, 0, 0)} == {info.date_time for info in archive.infolist()}


def test_the_readme_is_the_golden_one(packed, hold_golden):
    hold_golden(GOLDEN / "pack_readme.md", member(packed, "README.md").decode())


def test_the_manifest_lists_every_item_but_the_lists(packed):
    listed = [line["path"] for line in json.loads(member(packed, "MANIFEST.json"))["items"]]
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert sorted({*archive.namelist()} - {"MANIFEST.json", "SHA256SUMS"}) == listed


def test_the_models_files_go_in_by_digest_where_they_are_given():
    run = make_run()
    data = make_pack(make_sources(run=run, artifacts={run.files[0].sha256.value: b"model"}))
    assert b"model" == member(data, f"artifacts/{run.files[0].sha256.value}")


def test_names_of_steps_lead_nowhere():
    run = make_run()
    hostile = {"prepare": b"1", "train": b"2"}
    data = make_pack(make_sources(run=run, logs=hostile, locks={"../../etc/passwd": b"3", "a/b.lock": b"4"}))
    assert [] == check(data).faults
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {"locks/etc-passwd", "locks/a-b.lock"} <= set(archive.namelist())


def test_two_items_of_one_name_are_refused():
    with pytest.raises(PackItemTwice, match="would have one name"):
        make_pack(make_sources(locks={"a.lock": b"", "A.lock": b""}))


@pytest.mark.parametrize(
    ("level", "faults"),
    [
        (MatchLevel.BIT_IDENTICAL, ["the run made another 'out/model.joblib'"]),
        (MatchLevel.LEAF_IDENTICAL, []),
        (MatchLevel.WITHIN_TOLERANCE, []),
    ],
)
def test_bytes_that_differ_from_the_baseline_contradict_a_pack_that_says_they_do_not(level, faults):
    run = make_run(level=level)
    other = dict(run.fingerprint.products)
    other["out/model.joblib"] = replace(other["out/model.joblib"], digest=digest_of("other", "blake3"))
    baseline = dump(Baseline(name="wine").accept(replace(run.fingerprint, products=other))).encode()
    data = make_pack(make_sources(run=run, baseline=baseline))
    assert faults == [fault.what for fault in check(data).faults]


def test_the_signature_of_a_folder_of_files_is_about_the_pack_as_well():
    files = tuple(
        ModelFile(path=f"out/model/{name}", product="out/model", size=1, sha256=digest_of(name, "sha256"))
        for name in ("a-b", "a.txt", "a/b", "z")
    )
    run = make_run(files=tuple(sorted(files, key=lambda file: file.path)))
    signature = model_signatures(run)["out/model"].payload()
    assert [] == check(make_pack(make_sources(run=run, statements={"model.json": signature}))).faults
