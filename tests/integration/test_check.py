# SPDX-License-Identifier: Apache-2.0
"""`repro check` on real files: the same model in other containers, one changed bit, and what nobody can tell."""

from __future__ import annotations

import copy
import io
import json
import pickle
import shutil
import tarfile

import jsonschema
import numpy as np
import pytest
from checked import accepted, checked, commit, write_baseline

from repro_action import schemas
from repro_action.archive.open import open_archive
from repro_action.flows.check_parts import NotAnOutput
from repro_action.report.check_model import BytesAnswer, FoundBy
from repro_action.report.json.check import as_json
from repro_action.report.render.markdown import check as markdown
from repro_action.report.render.terminal import check as terminal
from repro_action.report.render.verification_block import verification_block
from repro_action.verdict import Verdict

joblib = pytest.importorskip("joblib")
pytest.importorskip("sklearn")


def fitted():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x = np.random.default_rng(0).normal(size=(60, 4))
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(x, (x[:, 0] > 0).astype(int))


@pytest.fixture(scope="module")
def model():
    """Return a fitted pipeline."""
    return fitted()


def changed(model):
    other = copy.deepcopy(model)
    other[1].coef_[0, 0] = np.nextafter(other[1].coef_[0, 0], 9)
    return other


@pytest.fixture
def project(tmp_path, model):
    """Return a project that accepted the model."""
    (tmp_path / "out").mkdir()
    joblib.dump(model, tmp_path / "out" / "model.joblib")
    return accepted(tmp_path, "out/model.joblib")


def arrays(model):
    return {
        f"steps.{place}.1.{name}": value
        for place, step in enumerate(model)
        for name, value in vars(step).items()
        if isinstance(value, (np.ndarray, np.generic, float, int)) and not isinstance(value, bool)
    }


def skops(model, path):
    pytest.importorskip("skops.io").dump(model, path)


def folder(model, path):
    path.mkdir()
    (path / "MLmodel").write_text("flavors:\n  sklearn:\n    pickled_model: model.pkl\n")
    (path / "requirements.txt").write_text("scikit-learn\n")
    (path / "model.pkl").write_bytes(pickle.dumps(model))


def layer(model, path):
    data = pickle.dumps(model)
    with tarfile.open(path, "w:gz") as archive:
        for name, content in (("models/model.pkl", data), ("models/README.md", b"a model")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


WRITERS = {
    "joblib": lambda model, path: joblib.dump(model, path, compress=3),
    "skops": skops,
    "pickle2": lambda model, path: path.write_bytes(pickle.dumps(model, 2)),
    "pickle5": lambda model, path: path.write_bytes(pickle.dumps(model, 5)),
    "npz": lambda model, path: np.savez_compressed(path, **arrays(model)),
    "mlflow": folder,
    "tar": layer,
}


def written(tmp_path, kind, model):
    suffix = {"pickle2": ".pkl", "pickle5": ".pkl", "mlflow": ""}.get(kind, f".{kind}")
    path = tmp_path / f"served{suffix}"
    WRITERS[kind](model, path)
    return path


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_model_in_another_container_is_reproduced_and_one_bit_is_found(
    project, tmp_path, model, kind
):
    (tmp_path / "good").mkdir()
    (tmp_path / "bad").mkdir()
    good = checked(project, written(tmp_path / "good", kind, model))
    assert (Verdict.REPRODUCED, 0) == (good.verdict, good.exit_code)
    assert [BytesAnswer.DIFFERENT] == [file.bytes for file in good.files]
    bad = checked(project, written(tmp_path / "bad", kind, changed(model)))
    assert (Verdict.DRIFTED, 1) == (bad.verdict, bad.exit_code)
    (artifact,) = bad.comparison.artifacts
    assert ["steps[1][1].coef_"] == [leaf.path for leaf in artifact.leaves]
    assert 1 == artifact.leaves[0].magnitude.max_ulp
    jsonschema.validate(json.loads(json.dumps(as_json(bad))), schemas.load("check.v1"))
    jsonschema.validate(json.loads(json.dumps(as_json(good))), schemas.load("check.v1"))


def test_weights_alone_that_lack_a_value_are_not_green(project, tmp_path, model):
    np.savez(tmp_path / "w.npz", coef=model[1].coef_)
    report = checked(project, tmp_path / "w.npz")
    assert (Verdict.FAILED, 2) == (report.verdict, report.exit_code)
    assert 1 == report.files[0].identical
    assert "could not be compared whole" in terminal.render(report)


def test_a_second_model_in_a_folder_is_not_hidden_behind_the_first(project, tmp_path, model):
    folder(model, tmp_path / "served")
    (tmp_path / "served" / "other.npz").write_bytes(b"")
    np.savez(tmp_path / "served" / "other.npz", w=np.ones(3))
    report = checked(project, tmp_path / "served")
    assert Verdict.FAILED is report.verdict
    assert ("other.npz",) == report.unmatched


def test_what_mlmodel_loads_is_compared_whatever_it_is_called(project, tmp_path, model):
    folder(model, tmp_path / "served")
    (tmp_path / "served" / "MLmodel").write_text(
        "flavors:\n  python_function:\n    env:\n      conda: conda.yaml\n    model_path: notes.txt\n"
    )
    (tmp_path / "served" / "notes.txt").write_text("a model in disguise\n")
    report = checked(project, tmp_path / "served")
    assert Verdict.FAILED is report.verdict
    assert ("notes.txt",) == report.unmatched


def test_the_earlier_commit_whose_model_is_deployed_is_named(project, tmp_path, model):
    root = tmp_path
    old = commit(root)
    served = written(root, "skops", model)
    joblib.dump(changed(model), root / "out" / "model.joblib")
    accepted(root, "out/model.joblib")
    new = commit(root)
    report = checked(project, served)
    assert (Verdict.DRIFTED, new, old, 1) == (
        report.verdict, report.commit, report.earlier.commit, report.earlier.ago,
    )  # fmt: skip
    assert Verdict.REPRODUCED is checked(project, served, against=old).verdict
    text = terminal.render(report)
    assert f"not trained here: compared with the baseline of commit {new[:12]}" in text.splitlines()[0]
    assert f"it is the model of commit {old[:12]}, 1 baseline ago" in text
    assert f"it is the model of commit `{old[:12]}`" in markdown.render(report)


def test_without_a_baseline_there_is_nothing_to_say(project, tmp_path):
    report = checked(project, tmp_path / "out" / "model.joblib", platform="aarch64-linux")
    assert (Verdict.NO_BASELINE, 3) == (report.verdict, report.exit_code)
    project.config.baseline_path.unlink()
    assert 3 == checked(project, tmp_path / "out" / "model.joblib").exit_code


def test_several_candidates_are_named(tmp_path, model):
    (tmp_path / "out").mkdir()
    for name in ("a", "b"):
        joblib.dump({"w": np.ones(3), "name": name}, tmp_path / "out" / f"{name}.joblib")
    project = accepted(tmp_path, "out/a.joblib", "out/b.joblib")
    np.savez(tmp_path / "served.npz", w=np.ones(3))
    with pytest.raises(NotAnOutput, match=r"out/a\.joblib, out/b\.joblib"):
        checked(project, tmp_path / "served.npz")
    report = checked(project, tmp_path / "served.npz", product="out/b.joblib")
    assert (Verdict.REPRODUCED, FoundBy.NAMED) == (report.verdict, report.files[0].found_by)


def test_a_folded_baseline_decides_in_the_same_language_and_needs_the_file_for_another(tmp_path):
    (tmp_path / "out").mkdir()
    layers = {f"layer{place}": {"w": np.full(3, float(place))} for place in range(300)}
    joblib.dump(layers, tmp_path / "out" / "m.joblib")
    project = accepted(tmp_path, "out/m.joblib")
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(layers))
    np.savez(tmp_path / "m.npz", **{f"{name}.w": layer["w"] for name, layer in layers.items()})
    assert Verdict.REPRODUCED is checked(project, tmp_path / "m.pkl").verdict
    assert Verdict.REPRODUCED is checked(project, tmp_path / "m.npz").verdict
    archive, baseline = open_archive(project.config), project.baseline()
    archive.keep(tmp_path, baseline.platforms["x86_64-v3"])
    (tmp_path / "out" / "m.joblib").unlink()
    assert Verdict.REPRODUCED is checked(project, tmp_path / "m.npz").verdict
    shutil.rmtree(project.config.state / "archive")
    report = checked(project, tmp_path / "m.npz")
    assert (Verdict.FAILED, True) == (report.verdict, report.files[0].folded)
    joblib.dump({**layers, "layer7": {"w": np.zeros(3)}}, tmp_path / "out" / "m.joblib")
    assert (
        Verdict.FAILED is checked(project, tmp_path / "m.npz").verdict
    )  # a copy that is not the accepted one


def test_a_damaged_file_is_not_green_and_says_why(project, tmp_path, model):
    served = written(tmp_path, "joblib", model)
    served.write_bytes(served.read_bytes()[:-40])
    report = checked(project, served)
    assert Verdict.FAILED is report.verdict
    assert report.files[0].reason in terminal.render(report)


def test_a_folder_that_was_accepted_as_one_is_compared_as_one(tmp_path, model):
    folder(model, tmp_path / "m")
    project = accepted(tmp_path, "m")
    folder(model, tmp_path / "served")
    assert Verdict.REPRODUCED is checked(project, tmp_path / "served").verdict
    (tmp_path / "served" / "requirements.txt").write_text("scikit-learn==0.1")
    assert Verdict.DRIFTED is checked(project, tmp_path / "served").verdict


def test_of_several_classes_the_best_match_answers(project, tmp_path, model):
    here = project.baseline().platforms["x86_64-v3"].products
    joblib.dump(changed(model), tmp_path / "out" / "model.joblib")
    other = accepted(tmp_path, "out/model.joblib", platform="aarch64-linux")
    there = other.baseline().platforms["aarch64-linux"].products
    write_baseline(project, {"aarch64-linux": there, "x86_64-v3": here})
    report = checked(project, written(tmp_path, "skops", model))
    assert ("x86_64-v3", Verdict.REPRODUCED) == (report.platform, report.verdict)
    assert "aarch64-linux drifted" in terminal.render(report)
    assert 1 == checked(project, written(tmp_path, "skops", model), platform="aarch64-linux").exit_code


@pytest.mark.parametrize("kind", ["skops", "npz"])
def test_a_tolerance_holds_across_containers(project, tmp_path, model, kind):
    rule = '[artifacts."out/model.joblib"]\nrtol = 1e-9\n'
    tolerant = accepted(tmp_path, "out/model.joblib", extra=rule)
    (tmp_path / "served").mkdir()
    report = checked(tolerant, written(tmp_path / "served", kind, changed(model)))
    assert (Verdict.EQUIVALENT, 0) == (report.verdict, report.exit_code)
    assert "inside the tolerance" in terminal.render(report)


def test_a_class_without_such_an_output_does_not_keep_the_others_from_answering(project, tmp_path, model):
    here = project.baseline().platforms["x86_64-v3"].products
    write_baseline(project, {"aarch64-linux": {}, "x86_64-v3": here})
    report = checked(project, written(tmp_path, "skops", model))
    assert ("x86_64-v3", Verdict.REPRODUCED) == (report.platform, report.verdict)


def test_the_block_of_a_serving_platform_is_for_one_file_that_passed(project, tmp_path, model):
    served = written(tmp_path, "skops", model)
    good = checked(project, served)
    assert f'verification:\n  digest: "{good.sha256}"\n' in verification_block(good)
    folder(model, tmp_path / "dir")
    assert "" == verification_block(checked(project, tmp_path / "dir"))
    joblib.dump(changed(model), served)
    assert "" == verification_block(checked(project, served))
    assert [] == [path.name for path in project.store.folder.glob("check-*")]
