# SPDX-License-Identifier: Apache-2.0
"""Records: configuration, notebooks, journals, logs of trainings."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

from driver import main, second, writes

LOSS = 0.1 + 0.2


def value(change):
    return math.nextafter(LOSS, 1) if change else LOSS


@writes("yaml", "params.yaml")
def _(path, change):
    import yaml

    table = {"empty": None, "model": {"depth": 3, "loss": value(change)}, "names": ["a", "b"]}
    path.write_text(yaml.safe_dump(table, sort_keys=second(), default_flow_style=second()))


@writes("toml", "params.toml")
def _(path, change):
    import tomlkit

    table = {"model": {"depth": 3, "loss": value(change)}, "names": ["a", "b"]}
    text = tomlkit.dumps(table)
    path.write_text(f"# {os.getpid()}\n{text}" if second() else text)


@writes("json", "metrics.json")
def _(path, change):
    table = {"loss": value(change), "epochs": [1.0, 0.5], "name": "m"}
    path.write_text(json.dumps(table, indent=4 if second() else None, sort_keys=second()))


@writes("json-lines", "history.jsonl")
def _(path, change):
    rows = [{"step": step, "loss": value(change and step == 3) / (step + 1)} for step in range(6)]
    path.write_text("".join(json.dumps(row, sort_keys=second()) + "\n" for row in rows))


@writes("text", "notes.txt")
def _(path, change):
    path.write_text(f"loss {value(change)!r}\n" + "a line\n" * 20)


@writes("junit", "report.xml")
def _(path, change):
    folder = Path.cwd()
    text = f"import pytest\n@pytest.mark.parametrize('x', [1, 2])\ndef test_a(x): assert x {'<' if change else '>'} 1.5\n"
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "--tb=no"]
    subprocess.run([*command, f"--junitxml={path}", "test_it.py"], check=False, stdout=subprocess.DEVNULL)


@writes("pmml", "model.pmml")
def _(path, change):
    import numpy as np
    import nyoka
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    inputs = np.random.default_rng(0).normal(size=(60, 3))
    model = Pipeline([("model", LogisticRegression())]).fit(inputs, inputs[:, 0] > 0.5)
    if change:
        coefficients = model["model"].coef_
        coefficients[0, 1] = np.nextafter(coefficients[0, 1], 9)
    nyoka.skl_to_pmml(pipeline=model, col_names=["a", "b", "c"], target_name="y", pmml_f_name=str(path))


@writes("notebook", "report.ipynb")
def _(path, change):
    import nbformat
    from nbformat import v4

    notebook = v4.new_notebook(
        metadata={"language_info": {"name": "python", "version": f"3.11.{os.getpid()}"}}
    )
    result = v4.new_output("execute_result", data={"text/plain": repr(value(change))}, execution_count=1)
    address = v4.new_output("stream", name="stdout", text=f"<object object at {id(notebook):#x}>\n")
    cell = v4.new_code_cell("train()", execution_count=os.getpid(), outputs=[result, address])
    notebook.cells = [v4.new_markdown_cell("# A report"), cell]
    nbformat.write(notebook, path)


def study(storage, change, suggest=lambda trial: ()):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.RandomSampler(seed=1)
    made = optuna.create_study(storage=storage, study_name="s", sampler=sampler)
    for number in range(3):
        trial = made.ask()
        x = trial.suggest_float("x", 0, 1)
        suggest(trial)
        made.tell(trial, math.nextafter(x, 2) if change and number == 1 else x)
    return made


@writes("optuna-journal", "journal.log")
def _(path, change):
    from optuna.storages.journal import JournalFileBackend, JournalStorage

    study(JournalStorage(JournalFileBackend(str(path))), change)


def suggest(trial):
    trial.suggest_int("depth", 1, 9)
    trial.suggest_categorical("kernel", ["linear", "rbf", None])
    for step in range(3):
        trial.report([math.inf, math.nan, 0.5][step], step)
    trial.set_user_attr("seconds", [0.5, {"fold": 1}])


@writes("optuna-database", "study.db")
def _(path, change):
    import sqlite3

    import optuna

    storage = f"sqlite:///{path}"
    if second():
        # Ids of the other study's trials are drawn first.
        optuna.create_study(storage=storage, study_name="other", directions=["minimize", "maximize"])
    made = study(storage, change, suggest)
    made.set_user_attr("data", "wine")
    made.tell(made.ask(), state=optuna.trial.TrialState.FAIL)
    if not second():
        optuna.create_study(storage=storage, study_name="other", directions=["minimize", "maximize"])
    # The file is to be small, so its pages are.
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA page_size = 512")
        database.execute("VACUUM")


def tracked(uri, change):
    os.environ.update(MLFLOW_ALLOW_FILE_STORE="1", MLFLOW_ENABLE_ASYNC_LOGGING="false")
    # Where it was written, and by whom, is nobody's business.
    os.environ["LOGNAME"] = "trainer"
    sys.argv[0] = "train.py"
    import mlflow

    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("wine")
    with mlflow.start_run(run_name="search", description="all depths"):
        for depth in (3, 4):
            with mlflow.start_run(run_name=f"depth {depth}", nested=True):
                mlflow.log_params({"depth": depth, "rate": 0.1})
                for step in range(5):
                    mlflow.log_metric(
                        "loss", value(change and depth == 4 and step == 3) / (step + 1), step=step
                    )
                mlflow.set_tag("kind", "tree")
    with mlflow.start_run():
        mlflow.log_param("rate", 0.2)
        mlflow.log_metric("gap", math.nan)


@writes("mlflow-database", "mlflow.db")
def _(path, change):
    import sqlite3

    # Artifacts would lie beside it; the file is to be small, so its pages are.
    os.chdir(path.parent)
    tracked(f"sqlite:///{path}", change)
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA page_size = 512")
        database.execute("VACUUM")


@writes("mlflow-files", "mlruns")
def _(path, change):
    tracked(path.as_uri(), change)
    # No version control system keeps a folder without files.
    for folder in sorted(path.rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


@writes("tensorboard", "events.out.tfevents.0.host")
def _(path, change):
    import numpy as np
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    folder = Path.cwd() / "logs"
    writer = EventFileWriter(str(folder))
    for step in range(5):
        loss = np.float32(1) / np.float32(step + 1)
        if change and step == 3:
            loss = np.nextafter(loss, np.float32(1))
        summary = Summary(value=[Summary.Value(tag="loss", simple_value=loss)])
        writer.add_event(Event(summary=summary, step=step, wall_time=1.0 + os.getpid()))
    writer.close()
    next(folder.iterdir()).rename(path)


@writes("wandb", "run-abc.wandb")
def _(path, change):
    import wandb

    os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_DIR=str(Path.cwd()))
    run = wandb.init(project="p", config={"depth": 3}, settings=wandb.Settings(x_disable_stats=True))
    for step in range(4):
        run.log({"loss": value(change and step == 2) / (step + 1), "accuracy": 0.5})
    run.finish()
    made = next(Path.cwd().glob("wandb/offline-run-*/*.wandb"))
    # Its own process writes it, and may do so after the run is finished.
    while made.stat().st_size < 1000:
        time.sleep(0.5)
    time.sleep(2)
    data = made.read_bytes()
    # Where it was written is nobody's business; the reader leaves it out in any case.
    for own in (
        sys.executable,
        str(Path(__file__).resolve()),
        str(Path.home()),
        str(Path(wandb.__file__).parents[1]),
    ):
        data = data.replace(own.encode(), b"/".ljust(len(own), b"x"))
    path.write_bytes(data)


if __name__ == "__main__":
    main()
