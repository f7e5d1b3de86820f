# SPDX-License-Identifier: Apache-2.0
"""Models as MLflow logs them by default, of the same trainings twice: `python -m bench.mlflow_models`.

For each of ten models of scikit-learn: whether both logged the same bytes, and whether `repro` reads the same
leaves. It needs `make tools`, and takes minutes: MLflow loads each model once more to see what it requires.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.scale import ROOT
from repro_action.readers import read_artifact

PYTHON = ROOT / ".venv-tools" / "bin" / "python"

MODELS = (
    "linear_model.LogisticRegression(max_iter=50)",
    "linear_model.Ridge()",
    "svm.SVC(random_state=1)",
    "linear_model.SGDClassifier(random_state=1)",
    "naive_bayes.GaussianNB()",
    "linear_model.Lasso()",
    "decomposition.PCA(2)",
    "discriminant_analysis.LinearDiscriminantAnalysis()",
    "preprocessing.StandardScaler()",
    "cluster.KMeans(3, random_state=1)",
)
"""What is trained, in a module of scikit-learn: what MLflow's default format takes without being told to."""

TRAINING = """\
import importlib, sys, warnings
warnings.simplefilter("ignore")
import mlflow.sklearn
from sklearn.datasets import load_wine
data, target = load_wine(return_X_y=True)
mlflow.set_tracking_uri("sqlite:///mlflow.db")
for number, made in enumerate(sys.argv[1:]):
    module, _, call = made.partition(".")
    model = eval(call, vars(importlib.import_module(f"sklearn.{module}")))
    with mlflow.start_run():
        logged = mlflow.sklearn.log_model(model.fit(data, target), name="model")
    mlflow.artifacts.download_artifacts(logged.model_uri, dst_path=f"logged/{number}")
"""


def main() -> int:
    """Print a line a model; the exit status is 1 unless all have the same leaves."""
    with tempfile.TemporaryDirectory() as folder:
        sides = [_logged(Path(folder, name)) for name in ("one", "two")]
        found = [(_bytes(*pair), _leaves(*pair)) for pair in zip(*sides, strict=True)]
    print(f"{'model':70} {'bytes':8} leaves")
    for model, same in zip(MODELS, found, strict=True):
        print(f"{model:70} {_word(same[0]):8} {_word(same[1])}")
    counts = [sum(column) for column in zip(*found, strict=True)]
    print(f"bytes equal {counts[0]} of {len(MODELS)}, leaves equal {counts[1]} of {len(MODELS)}")
    return 0 if counts[1] == len(MODELS) else 1


def _logged(folder: Path) -> list[Path]:
    folder.mkdir()
    environ = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "OMP_NUM_THREADS": "1"}
    command = [PYTHON, "-c", TRAINING, *MODELS]
    done = subprocess.run(command, cwd=folder, env=environ, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return [folder / "logged" / str(number) for number in range(len(MODELS))]


def _bytes(one: Path, two: Path) -> bool:
    return _digests(one) == _digests(two)


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _leaves(one: Path, two: Path) -> bool:
    return read_artifact(one).root.digest == read_artifact(two).root.digest


def _word(same: bool) -> str:
    return "equal" if same else "differ"


if __name__ == "__main__":
    sys.exit(main())
