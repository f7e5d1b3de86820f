# SPDX-License-Identifier: Apache-2.0
"""A bundle survives its JSON; what a stranger's may hold is bounded."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from factories import make_fingerprint
from golden.comment.cases import CASES_OF_COMMENTS, bundle, entry, many, stale
from golden.report.cases import CASES

from repro_action import schemas
from repro_action.baseline import Baseline
from repro_action.codec import bundle as bundle_json
from repro_action.codec import bundle_schema as bundle_shape
from repro_action.errors import ArtifactUnreadable
from repro_action.report import bundle as bundles
from repro_action.report.bundle import Bundle, Entry, merged, path_fault
from repro_action.report.render.markdown import comment
from repro_action.verdict import Verdict

VALIDATOR = jsonschema.Draft202012Validator(schemas.load("bundle.v1"))


def raw(*entries: Entry):
    return json.loads(bundle_json.dump(bundle(*entries or (entry(stale()),))))


def refused(value: object) -> str:
    with pytest.raises(ArtifactUnreadable) as caught:
        bundle_json.load(json.dumps(value))
    return caught.value.what


def test_load_undoes_dump(posted):
    held = CASES_OF_COMMENTS[posted].bundle
    text = bundle_json.dump(held)
    assert held == bundle_json.load(text)
    assert held == bundle_json.load(text.encode())
    assert text == bundle_json.dump(bundle_json.load(text))


def test_every_bundle_fits_the_published_schema(posted):
    assert [] == list(VALIDATOR.iter_errors(json.loads(bundle_json.dump(CASES_OF_COMMENTS[posted].bundle))))


def test_the_text_is_ascii_whatever_it_holds():
    body = bundle_json.dump(bundle(entry(replace(stale(), name="\x1b[31m\u202eevil\udcff\n"))))
    assert body.isascii()
    assert body.rstrip("\n").isprintable()


@pytest.mark.parametrize(
    "path",
    [
        "", "/etc/passwd", "..", "../x", "a/../b", "./a", "a//b", "a/", "a\\b", "C:/x", "a\nb", "a\x00b", "a\u202eb",
        "a\u200bb", "a\udcffb", "\x1b[0m", "x" * 501, ".git/config", ".github/workflows/x.yml", ".GIT/hooks/x",
    ],
)  # fmt: skip
def test_a_path_that_could_leave_the_repository_is_refused(path):
    assert path_fault(path)
    for name in ("config", "baseline"):
        value = raw()
        value["entries"][0][name] = path
        assert (
            "path" in refused(value) or "config should be" in refused(value) or "baseline" in refused(value)
        )


@pytest.mark.parametrize(
    "path", ["repro.toml", "models/wine/repro.toml", "a b/ü.toml", "..a/b..", "$(id)/x", "@team/`x`|<b>"]
)
def test_a_path_inside_the_repository_is_kept(path):
    assert path_fault(path) == ""


def _spoilt(**changes: object):
    value = raw()
    value["entries"][0] = {**value["entries"][0], **changes}
    return value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "it should be an object"),
        ({"version": 1}, "it should be an object with the keys accepts, entries, tool, version"),
        ({**raw(), "extra": 1}, "it should be an object"),
        ({**raw(), "version": 2}, "not a bundle of reports of version 1"),
        ({**raw(), "tool": 1}, "tool should be a text"),
        ({**raw(), "accepts": 1}, "accepts should be true or false"),
        ({**raw(), "entries": {}}, "entries should be a list"),
        ({**raw(), "entries": []}, "1 to 1000 reports, and has 0"),
        ({**raw(), "entries": raw()["entries"] * 2}, "two of its reports are of one configuration and platform"),
        ({**raw(), "entries": ["x"]}, "an entry should be an object"),
        (_spoilt(extra=1), "an entry should be an object"),
        (_spoilt(trained=1), "trained should be true or false"),
        (_spoilt(baseline="other/repro.baseline.json"), "beside its configuration"),
        (_spoilt(report={"version": 2}), "not a report of version 1"),
        (_spoilt(candidate={}), "no baseline: its version"),
        (_spoilt(candidate=[]), "no baseline: expected a table"),
        (_spoilt(candidate={"version": 1, "name": "x", "platforms": {}}), "exactly one platform class"),
        (_spoilt(candidate={"version": 1, "name": "x" * 4_001, "platforms": {}}), "text of more than 4000"),
        (_spoilt(candidate={"version": 1, "name": "x", "platforms": {}, "y": 1}), "as repro writes baselines"),
    ],
)  # fmt: skip
def test_what_is_no_bundle_is_refused_with_a_reason(value, words):
    assert words in refused(value)


def test_what_the_reader_of_baselines_passes_over_is_refused():
    value = raw()
    platform = next(iter(value["entries"][0]["candidate"]["platforms"].values()))
    platform["hidden"] = "x"
    assert "not as repro writes baselines" in refused(value)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("steps", ["x"] * 1_001),
        ("circumstances", {str(number): "x" for number in range(20_001)}),
        ("circumstances", {"x" * 4_001: "x"}),
    ],
)
def test_a_candidate_beyond_its_bounds_is_refused(place, value):
    held = raw()
    next(iter(held["entries"][0]["candidate"]["platforms"].values()))[place] = value
    assert "its candidate has a" in refused(held)


def test_numbers_beyond_every_float_are_refused():
    held = raw()
    platform = next(iter(held["entries"][0]["candidate"]["platforms"].values()))
    leaf = next(iter(platform["products"]["out/model.joblib"]["leaves"].values()))
    leaf["stats"]["mean"] = 10**400
    assert "too large" in refused(held)


@pytest.mark.parametrize(
    "text", ["", "{", "null", b"\xff\xfe", "[" * 100_000, '{"version": ' + "1" * 5_000 + "}"]
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ArtifactUnreadable):
        bundle_json.load(text)


def test_a_bundle_beyond_every_bound_is_refused_unparsed(monkeypatch):
    monkeypatch.setattr(bundle_json, "LARGEST", 100)
    with pytest.raises(ArtifactUnreadable, match="more than 100 bytes"):
        bundle_json.load(" " * 101)
    with pytest.raises(ArtifactUnreadable, match="more than 100 bytes together"):
        bundle_json.dump(many())


def test_what_could_not_be_read_back_is_not_written():
    with pytest.raises(ArtifactUnreadable, match="1 to 1000"):
        bundle_json.dump(Bundle(tool="x", entries=()))
    with pytest.raises(ArtifactUnreadable, match="path"):
        bundle_json.dump(bundle(entry(stale(), "../repro.toml")))


def test_the_fingerprint_is_that_of_the_candidate_and_not_what_the_report_says():
    held = entry(replace(stale(), fingerprint="f" * 64))
    assert held.fingerprint != "f" * 64
    assert len(held.fingerprint) == 64
    assert entry(stale(), candidate=None).fingerprint == ""


def test_of_two_reports_of_one_configuration_the_worse_is_kept():
    good, bad = entry(CASES["reproduced"]), entry(CASES["drifted_flaky"])
    both = merged((bundle(good), bundle(bad)))
    assert both == merged((bundle(bad), bundle(good)))
    assert (Verdict.DRIFTED, 1) == (both.verdict, both.exit_code)
    assert (bad,) == both.entries


def test_reports_of_two_platforms_both_stay_and_are_told_apart():
    arm = Baseline(name="x").accept(make_fingerprint(platform="aarch64-linux"))
    x86 = Baseline(name="x").accept(make_fingerprint(platform="x86_64-v3"))
    two = merged((bundle(entry(CASES["reproduced"], candidate=x86)), bundle(entry(stale(), candidate=arm))))
    assert ["aarch64-linux", "x86_64-v3"] == [held.platform for held in two.entries]
    assert two == bundle_json.load(bundle_json.dump(two))
    body = comment.render(two, comment.Context())
    assert "on `aarch64-linux`" in body
    assert "on `x86_64-v3`" in body


def test_nothing_reported_is_a_failure():
    assert Bundle(tool="x", entries=()).verdict is Verdict.FAILED


def test_a_candidate_of_two_classes_is_refused():
    two = Baseline(name="x").accept(make_fingerprint()).accept(make_fingerprint(platform="aarch64-linux"))
    with pytest.raises(ArtifactUnreadable, match="exactly one platform class"):
        bundle_json.dump(bundle(entry(stale(), candidate=two)))


def test_the_bounds_of_reader_and_schema_are_the_same():
    held = bundle_shape.schema()
    assert bundles.ENTRIES == held["properties"]["entries"]["maxItems"]
    assert bundles.PATH == held["$defs"]["path"]["maxLength"]
    assert bundle_shape.KEYS == set(held["$defs"]["Entry"]["properties"])
