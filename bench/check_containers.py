# SPDX-License-Identifier: Apache-2.0
"""One fitted model in every container it may be served in: `python -m bench.check_containers`.

For each: what `repro check` says of the same model, and of one whose weight differs by one unit in the last
place; and what a comparison of bytes says of both. Exit status 1 unless each is right.
"""

from __future__ import annotations

import copy
import hashlib
import io
import pickle
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import joblib
import numpy as np
import safetensors.numpy
import skops.io
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from repro_action.verdict import Verdict

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from checked import accepted, checked


def fitted():
    data, target = load_wine(return_X_y=True)
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=200)).fit(data, target)


def changed(model):
    other = copy.deepcopy(model)
    other[1].coef_[0, 0] = np.nextafter(other[1].coef_[0, 0], 9)
    return other


def arrays(model) -> Mapping[str, np.ndarray]:
    return {
        # safetensors writes the memory of an array in Fortran order as if it were in C order.
        f"steps.{place}.1.{name}": np.array(value, order="C")
        for place, step in enumerate(model)
        for name, value in vars(step).items()
        if isinstance(value, np.ndarray | np.generic | float | int) and not isinstance(value, bool)
    }


def mlflow(model, path: Path) -> None:
    path.mkdir()
    (path / "MLmodel").write_text(
        "flavors:\n  python_function:\n    env:\n      conda: conda.yaml\n    model_path: model.skops\n"
        "  sklearn:\n    pickled_model: model.skops\n"
    )
    (path / "conda.yaml").write_text("dependencies: [scikit-learn]\n")
    skops.io.dump(model, path / "model.skops")


def layer(model, path: Path) -> None:
    data = pickle.dumps(model)
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("models/model.pkl")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))


CONTAINERS: Mapping[str, tuple[str, Callable[[object, Path], object]]] = {
    "joblib": ("model.joblib", joblib.dump),
    "joblib, compressed": ("model.joblib", lambda model, path: joblib.dump(model, path, compress=3)),
    "skops": ("model.skops", skops.io.dump),
    **{
        f"pickle {protocol}": (
            "model.pkl",
            lambda model, path, protocol=protocol: path.write_bytes(pickle.dumps(model, protocol)),
        )
        for protocol in (2, 3, 4, 5)
    },
    "npz": ("model.npz", lambda model, path: np.savez(path, **arrays(model))),
    "safetensors": (
        "model.safetensors",
        lambda model, path: safetensors.numpy.save_file(dict(arrays(model)), path),
    ),
    "MLflow folder": ("model", mlflow),
    "OCI layer": ("layer.tar.gz", layer),
}


def bytes_answer(one: Path, other: Path) -> str:
    if one.is_dir():
        return "no such file"
    same = len({hashlib.sha256(path.read_bytes()).digest() for path in (one, other)}) == 1
    return "same" if same else "another"


def main() -> int:
    """Print a line a container; the exit status is 1 unless each answer is right."""
    model, wrong = fitted(), 0
    print(f"{'container':20} {'same model':12} {'1 ULP':12} {'leaf':20} bytes say")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "out").mkdir()
        joblib.dump(model, root / "out" / "model.joblib")
        project = accepted(root, "out/model.joblib")
        for name, (file, write) in CONTAINERS.items():
            found = []
            for side, one in (("good", model), ("bad", changed(model))):
                place = root / side / name
                place.mkdir(parents=True)
                write(one, place / file)
                found.append(checked(project, place / file))
            good, bad = found
            difference = bad.comparison.artifacts[0].leaves if bad.comparison is not None else ()
            leaf = difference[0].path if len(difference) == 1 else "?"
            right = (good.verdict, bad.verdict, leaf) == (
                Verdict.REPRODUCED,
                Verdict.DRIFTED,
                "steps[1][1].coef_",
            )
            wrong += not right
            answers = " / ".join(
                bytes_answer(root / side / name / file, root / "out" / "model.joblib")
                for side in ("good", "bad")
            )
            print(f"{name:20} {good.verdict.value:12} {bad.verdict.value:12} {leaf:20} {answers}")
    print(f"{len(CONTAINERS) - wrong} of {len(CONTAINERS)} right")
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
