# SPDX-License-Identifier: Apache-2.0
"""A bundle survives its JSON; what a stranger's may hold is bounded."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from factories import make_fingerprint
from golden.comment.cases import CASES_OF_COMMENTS
from golden.comment.parts import bundle, entry
from golden.comment.several import many
from golden.comment.single import stale
from golden.report.cases import CASES

from repro_action import schemas
from repro_action.baseline import Baseline
from repro_action.errors import ArtifactUnreadable
from repro_action.report import bundle as bundles
from repro_action.report.bundle import Bundle, Entry, merged, path_fault
from repro_action.report.json import bundle as bundle_json
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
    bundle = CASES_OF_COMMENTS[posted].bundle
    text = bundle_json.dump(bundle)
    assert bundle == bundle_json.load(text)
    assert bundle == bundle_json.load(text.encode())
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
        refusal = refused(value)
        assert "path" in refusal or f"$.entries[0].{name}: " in refusal or "baseline" in refusal


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
        ([], "not a bundle of reports of version 1"),
        ({"version": 1}, "Object missing required field"),
        ({**raw(), "extra": 1}, "unknown field `extra`"),
        ({**raw(), "version": 2}, "not a bundle of reports of version 1"),
        ({**raw(), "tool": 1}, "$.tool: Expected `str`, got `int`"),
        ({**raw(), "accepts": 1}, "$.accepts: Expected `bool`, got `int`"),
        ({**raw(), "entries": {}}, "$.entries: Expected `array`, got `object`"),
        ({**raw(), "entries": []}, "it should have 1 to 1000 reports, and has 0"),
        ({**raw(), "entries": raw()["entries"] * 2}, "two of its reports have the same configuration and platform"),
        ({**raw(), "entries": ["x"]}, "$.entries[0]: Expected `object`, got `str`"),
        (_spoilt(extra=1), "$.entries[0]: Object contains unknown field `extra`"),
        (_spoilt(trained=1), "$.entries[0].trained: Expected `bool`, got `int`"),
        (_spoilt(baseline="other/repro.baseline.json"), "beside its configuration"),
        (_spoilt(report={"version": 2}), "$.entries[0].report"),
        (_spoilt(report={**raw()["entries"][0]["report"], "version": 2}), "$.entries[0].report.version: Invalid enum value 2"),
        (_spoilt(candidate={}), "$.entries[0].candidate: Object missing required field `version`"),
        (_spoilt(candidate=[]), "$.entries[0].candidate: Expected `object | null`, got `array`"),
        (_spoilt(candidate={"version": 1, "name": "x", "platforms": {}}), "exactly one platform class"),
        (_spoilt(candidate={"version": 1, "name": "x" * 4_001, "platforms": {}}), "name: Expected `str` of length <= 4000"),
        (_spoilt(candidate={"version": 1, "name": "x", "platforms": {}, "y": 1}), "candidate: Object contains unknown field `y`"),
    ],
)  # fmt: skip
def test_what_is_no_bundle_is_refused_with_a_reason(value, words):
    assert words in refused(value)


def test_what_no_fingerprint_has_is_refused():
    value = raw()
    platform = next(iter(value["entries"][0]["candidate"]["platforms"].values()))
    platform["hidden"] = "x"
    assert "unknown field `hidden`" in refused(value)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("steps", ["x"] * 1_001),
        ("circumstances", {str(number): "x" for number in range(20_001)}),
        ("circumstances", {"x" * 4_001: "x"}),
    ],
)
def test_a_candidate_beyond_its_bounds_is_refused(place, value):
    document = raw()
    next(iter(document["entries"][0]["candidate"]["platforms"].values()))[place] = value
    assert ".candidate.platforms[...]." in refused(document)
    assert "of length <= " in refused(document)


def test_numbers_beyond_every_float_are_refused():
    document = raw()
    platform = next(iter(document["entries"][0]["candidate"]["platforms"].values()))
    leaf = next(iter(platform["products"]["out/model.joblib"]["leaves"].values()))
    leaf["stats"]["mean"] = 10**400
    assert "too large" in refused(document)


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
    result = entry(replace(stale(), fingerprint="f" * 64))
    assert result.fingerprint != "f" * 64
    assert len(result.fingerprint) == 64
    assert entry(stale(), candidate=None).fingerprint == ""


def test_of_two_reports_of_one_configuration_the_worse_is_kept():
    good, bad = entry(CASES["reproduced"]), entry(CASES["drifted_flaky"])
    both = merged((bundle(good), bundle(bad)))
    assert both == merged((bundle(bad), bundle(good)))
    assert (Verdict.DRIFTED, 1) == (both.verdict, both.exit_code)
    assert (bad,) == both.entries


def test_reports_of_two_platforms_both_stay_and_are_distinguished():
    arm = Baseline(name="x").accept(make_fingerprint(platform="aarch64-linux"))
    x86 = Baseline(name="x").accept(make_fingerprint(platform="x86_64-v3"))
    two = merged((bundle(entry(CASES["reproduced"], candidate=x86)), bundle(entry(stale(), candidate=arm))))
    assert ["aarch64-linux", "x86_64-v3"] == [item.platform for item in two.entries]
    assert two == bundle_json.load(bundle_json.dump(two))
    body = comment.render(two, comment.CommentContext())
    assert "on `aarch64-linux`" in body
    assert "on `x86_64-v3`" in body


def test_nothing_reported_is_a_failure():
    assert Bundle(tool="x", entries=()).verdict is Verdict.FAILED


def test_a_candidate_of_two_classes_is_refused():
    two = Baseline(name="x").accept(make_fingerprint()).accept(make_fingerprint(platform="aarch64-linux"))
    with pytest.raises(ArtifactUnreadable, match="exactly one platform class"):
        bundle_json.dump(bundle(entry(stale(), candidate=two)))


def test_the_bounds_of_reader_and_schema_are_the_same():
    schema = bundle_json.schema()
    assert bundles.ENTRIES == schema["$defs"]["Bundle"]["properties"]["entries"]["maxItems"]
    assert bundles.PATH == schema["$defs"]["Entry"]["properties"]["config"]["maxLength"]
