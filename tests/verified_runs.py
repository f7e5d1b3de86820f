# SPDX-License-Identifier: Apache-2.0
"""A verified run from a few words, for tests of what is made from one."""

from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from factories import digest_of, make_fingerprint, make_leaf, make_product
from golden.report.parts import report

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, fingerprint_id
from repro_action.digest import Digest
from repro_action.evidence.pack.contents import PackSources
from repro_action.evidence.verified_run import GitSource, MatchLevel, ModelFile, StepFiles, VerifiedRun
from repro_action.fingerprint import MaterialKind
from repro_action.report.json.report import dump as dump_report
from repro_action.signing.own_keys import PrivateKey
from repro_action.tree import Kind
from repro_action.verdict import Verdict

GOLDEN = Path(__file__).parent / "golden" / "evidence"
MODEL = make_leaf("", kind=Kind.OBJECT, dtype="sklearn.pipeline.Pipeline", shape=(), stats=None)


def sha256_of(text: str) -> Digest:
    return digest_of(text, "sha256")


def make_run(**changes) -> VerifiedRun:
    """Return a verified run of two steps; `changes` are of its fields."""
    fingerprint = make_fingerprint(
        steps=("prepare", "train"),
        materials={
            MaterialKind.CODE: {
                "prepare.py": str(digest_of("one", "blake3")),
                "train.py": str(digest_of("two", "blake3")),
            },
            MaterialKind.DATA: {"data/wine.csv": str(digest_of("data", "blake3"))},
            MaterialKind.PARAMS: {"params.toml: C": 1.0, "params.toml: solver": "lbfgs"},
            MaterialKind.SEED: {"seed": 42},
            MaterialKind.DETERMINISM: {"OMP_NUM_THREADS": "1", "profile": "portable"},
            MaterialKind.ENVIRONMENT: {"backend": "venv", "python": "3.11.7"},
            MaterialKind.PACKAGES: {"numpy": "2.4.6 record:0123456789ab", "own": "0.1 editable"},
        },
        products={
            "out/train.csv": make_product(step="prepare", format="table"),
            "out/model.joblib": make_product({"": MODEL, "coef_": make_leaf()}, step="train"),
        },
        metrics={"out/metrics.json": {"accuracy": 0.9, "loss": 1e-07, "note": "fine"}},
    )
    identifier = fingerprint_id(fingerprint)
    values = {
        "report": replace(report(Verdict.REPRODUCED, "all is identical"), fingerprint=identifier),
        "fingerprint": fingerprint,
        "fingerprint_id": identifier,
        "level": MatchLevel.BIT_IDENTICAL,
        "source": GitSource(
            commit="1a2b3c4d" * 5,
            repository="https://code.example/org/wine",
            project="models",
            committed="2026-11-30T12:00:00Z",
        ),
        "config": "repro.toml",
        "config_sha256": sha256_of("config"),
        "baseline": "repro.baseline.json",
        "baseline_sha256": sha256_of("baseline"),
        "files": (
            ModelFile(
                path="out/model.joblib", product="out/model.joblib", size=2048, sha256=sha256_of("model")
            ),
            ModelFile(path="out/train.csv", product="out/train.csv", size=100, sha256=sha256_of("table")),
        ),
        "commands": {"prepare": ("python", "prepare.py"), "train": ("python", "train.py", "--fast")},
        "data": {"data/wine.csv": digest_of("data", "blake3")},
        "step_files": {
            "prepare": StepFiles(inputs=("prepare.py", "data/*.csv"), outputs=("out/train.csv",)),
            "train": StepFiles(
                inputs=("train.py", "out/train.csv"),
                params=("params.toml",),
                outputs=("out/model.joblib", "out/metrics.json"),
            ),
        },
        "locked": {"numpy": (sha256_of("wheel"), sha256_of("source"))},
    }
    return VerifiedRun(**{**values, **changes})


def make_sources(**changes) -> PackSources:
    """Return what a pack is made from; `changes` are of its fields."""
    run = changes.pop("run", None) or make_run()
    record = dump(Baseline(name=run.name).accept(run.fingerprint)).encode()
    values = {
        "run": run,
        "report": dump_report(run.report).encode(),
        "record": record,
        "baseline": record,
        "config": b'version = 1\nname = "wine"\n',
        "locks": {"requirements.lock": b"numpy==2.4.6\n"},
        "logs": {"prepare": b"", "train": b"epoch 1\n"},
    }
    return PackSources(**{**values, **changes})


KEY, OTHER_KEY = (
    PrivateKey(key=ec.derive_private_key(number, ec.SECP256R1())) for number in (0x5EED, 0xFEED)
)
"""Keys that sign in tests: the same ones each time."""
