"""A newcomer's project saves its model in thirty formats: it reproduces, and each planted change is named."""

import json
from pathlib import Path

import pytest
from e2e.project import copy, repro

NEWCOMER = Path(__file__).parent / "newcomer"

ACCIDENTAL = {
    "out/bundle.tar": "info.mtime = info.uid",
    "out/bundle.zip": "date_time=(1980",
    "out/history.csv.gz": "mtime=0",
    "out/plot.jpg": 'exif=b""',
    "out/plot.pdf": "creationDate=",
    "out/plot.png": "pnginfo",
    "out/report.ipynb": "record_timing=False",
}
"""Artifact whose bytes differ from run to run, and part of the line that ends it."""

COLUMN, SCORE, PIXELS = ("loss", 1, "[3]"), ("['model']['accuracy']", 1, ""), ("pixels", None, "[2, 3, 0]")
PLANTED = {
    "out/bundle.tar": ("weights.csv/loss", 1, "[3]"),
    "out/bundle.zip": ("weights.csv/loss", 1, "[3]"),
    **dict.fromkeys(
        [f"out/history.{ending}" for ending in ("csv", "csv.bz2", "csv.gz", "csv.xz", "tsv")], COLUMN
    ),
    "out/history.jsonl": ("[3]['loss']", 1, ""),
    "out/history.sqlite": ("history/loss", 1, "[3]"),
    "out/junit.xml": ("testsuites[0].testsuite[0].testcase[0].failure[0].@message", 1, ""),
    "out/model.joblib": ("steps[1][1].coef_", 1, "[3]"),
    "out/model.pkl": ("['weights']", 1, "[3]"),
    "out/model.skops": ("steps[1][1].coef_", 1, "[3]"),
    "out/notes.txt": ("", None, "line 2"),
    **dict.fromkeys([f"out/plot.{ending}" for ending in ("bmp", "gif", "png", "tiff", "webp")], PIXELS),
    "out/plot.jpg": ("pixels", None, "[0, 0, 0]"),  # its neighbours change as well
    "out/plot.pdf": ("object[5].stream", None, None),
    "out/record.json": ("['scores']['accuracy']", 1, ""),
    "out/report.ipynb": ("cells[0].outputs[0].data['text/plain']", 1, ""),
    "out/settings.toml": SCORE,
    "out/settings.yaml": SCORE,
    "out/weights.npy": ("", 1, "[3]"),
    "out/weights.npz": ("['weights']", 1, "[3]"),
    "out/weights.safetensors": ("['weights']", 1, "[3]"),
    "stdout/train.txt": ("['loss']", 1, "[1]"),
}
"""Artifact → the one leaf in which the planted change is, its distance in ULP, and where in it."""


def verified(root, *arguments):
    repro(root, "verify", "-q", *arguments)
    return json.loads((root / ".repro" / "report.json").read_text())


def leaves(artifact):
    """Return path, largest distance and first place of each leaf that differs."""
    found = [(leaf["path"], leaf["magnitude"] or {}) for leaf in artifact["leaves"]]
    places = [(path, size.get("max_ulp"), size.get("first")) for path, size in found]
    return [(path, ulp, None if (first or "").startswith("byte") else first) for path, ulp, first in places]


@pytest.mark.slow
def test_thirty_formats_reproduce_without_a_false_difference_and_each_planted_change_is_named(tmp_path):
    root = copy(NEWCOMER, tmp_path / "newcomer")
    assert 0 == repro(root, "init").status
    config = (root / "repro.toml").read_text()
    # What `init` cannot know: that a database is written, and that what is printed is wanted beside files.
    (root / "repro.toml").write_text(
        config.replace("outputs = [", 'outputs = [\n  "stdout",\n  "out/history.sqlite",')
    )
    assert "no_baseline" == verified(root, "--no-repeat")["verdict"]
    assert 0 == repro(root, "accept", "--force").status

    again = verified(root)
    assert ("reproduced", "bytes_only") == (again["verdict"], again["flavour"])
    claim = again["claim"]
    assert {"bytes_only"} == {one["state"] for one in claim["artifacts"]}
    assert len(PLANTED) == claim["unchanged"]["artifacts"]
    hints = {hint["where"]: hint["cure"] for hint in again["hints"]}
    assert all(where.startswith("train.py:") for where in hints)
    differing = {one["path"] for one in claim["artifacts"]}
    for path, line in ACCIDENTAL.items():
        assert path in differing
        assert any(line in remedy for remedy in hints.values()), path
    assert set() == {path for path in differing if path.endswith((".npy", ".npz", ".safetensors", ".joblib"))}

    (root / "params.json").write_text((root / "params.json").read_text().replace("false", "true"))
    changed = verified(root, "--no-repeat")
    assert "changed" == changed["verdict"]
    assert any("change" in cause["text"] for cause in changed["causes"])
    found = {one["path"]: leaves(one) for one in changed["claim"]["artifacts"]}
    assert {path: [leaf] for path, leaf in PLANTED.items()} == found
    (metric,) = [row for row in changed["claim"]["metrics"] if row["state"] == "differs"]
    assert ("accuracy", 1) == (metric["name"], metric["ulp"])
