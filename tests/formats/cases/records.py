# SPDX-License-Identifier: Apache-2.0
"""Records: configuration, notebooks, journals, logs of trainings."""

from __future__ import annotations

from formats.case import Case

CASES = (
    Case(name="yaml", title="YAML", format="yaml", changed=("['model']['loss']",), slack=0.05),
    Case(name="toml", title="TOML", format="toml", changed=("['model']['loss']",), slack=0.05),
    Case(name="json", title="JSON", format="json", changed=("['loss']",), slack=0.05),
    Case(name="json-lines", title="JSON lines", format="json lines", changed=("[3]['loss']",), slack=0.05),
    Case(name="text", title="text", format="text", changed=("",), magnitude=False, verbatim=True),
    Case(
        name="junit",
        title="JUnit XML (pytest)",
        format="xml",
        changed=tuple(
            f"testsuites[0].testsuite[0].testcase[{case}].failure[0].{part}"
            for case in range(2)
            for part in ("@message", "text")
        ),
        rules=("junit-times",),
        slack=0.1,
        magnitude=False,
    ),
    Case(
        name="pmml",
        title="PMML (nyoka)",
        format="xml",
        changed=("PMML[0].RegressionModel[0].RegressionTable[0].NumericPredictor[1].@coefficient",),
        rules=("pmml-timestamp",),
        magnitude=False,
        slack=0.1,
    ),
    Case(
        name="notebook",
        title="Jupyter `.ipynb`",
        format="notebook",
        changed=("cells[1].outputs[0].data['text/plain']",),
        rules=("notebook-addresses", "notebook-runs"),
        slack=0.1,
    ),
    Case(
        name="optuna-journal",
        title="Optuna's journal",
        format="optuna-journal",
        changed=("[6]['values']",),
        rules=("optuna-journal",),
        slack=0.4,
    ),
    Case(
        name="tensorboard",
        title="TensorBoard events",
        format="tensorboard",
        changed=("['loss'].value",),
        rules=("tensorboard-times",),
        slack=0.4,
    ),
    Case(
        name="optuna-database",
        title="Optuna's database",
        format="optuna",
        changed=("studies['s'].trials[1].values",),
        rules=("optuna-derived", "optuna-ids", "optuna-times"),
        slack=0.97,
        flips=200,
    ),
    Case(
        name="mlflow-database",
        title="MLflow's database",
        format="mlflow",
        changed=("experiments['wine'].runs['depth 4'].metrics['loss']",),
        rules=("mlflow-derived", "mlflow-ids", "mlflow-names", "mlflow-source", "mlflow-times"),
        slack=0.9,
        flips=48,
    ),
    Case(
        name="mlflow-files",
        title="MLflow file store",
        format="mlflow",
        changed=("experiments['wine'].runs['depth 4'].metrics['loss']",),
        rules=("mlflow-ids", "mlflow-names", "mlflow-source", "mlflow-times"),
        slack=0.8,
    ),
    Case(
        name="wandb",
        title="W&B offline run",
        format="wandb",
        changed=("history['loss']",),
        rules=("wandb-byproducts",),
        slack=0.55,
    ),
)
