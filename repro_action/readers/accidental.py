# SPDX-License-Identifier: Apache-2.0
"""The table of accidental parts: what readers leave out of what libraries save, and why.

Each rule is bound to a type or a file format and to the reader's own value; what it leaves out stands in
each report. docs/reports.md shows this table.
"""

from __future__ import annotations

from repro_action.readers.accidental_part import AccidentalPart
from repro_action.readers.documents.notebook_parts import NOTEBOOK
from repro_action.readers.documents.printed_parts import PRINTED

_SKLEARN = "https://github.com/scikit-learn/scikit-learn/blob/main/sklearn/"
_CATBOOST = "https://github.com/catboost/catboost/blob/master/catboost/libs/model/model.cpp"
_KERAS = "https://github.com/keras-team/keras/blob/master/keras/src/saving/"
_MATPLOTLIB = "https://github.com/matplotlib/matplotlib/blob/main/lib/matplotlib/backends/backend_svg.py"
_MLFLOW = "https://github.com/mlflow/mlflow/blob/master/mlflow/"
_OPTUNA = "https://github.com/optuna/optuna/blob/master/optuna/storages/_rdb/models.py"
_LIGHTGBM = "https://github.com/microsoft/LightGBM/blob/master/src/boosting/gbdt_model_text.cpp"
_TENSORFLOW = "https://github.com/tensorflow/tensorflow/blob/master/tensorflow/"

TABLE = (
    AccidentalPart(
        rule="fit-times",
        library="scikit-learn",
        what="`refit_time_` and the times in `cv_results_` of a search",
        why="seconds that a fit took",
        source=f"{_SKLEARN}model_selection/_search.py",
    ),
    AccidentalPart(
        rule="object-addresses",
        library="scikit-learn",
        what="`_stop_words_id` of a vectorizer",
        why="the address of a list in memory",
        source=f"{_SKLEARN}feature_extraction/text.py",
    ),
    AccidentalPart(
        rule="numba-dispatcher-ids",
        library="Numba, and UMAP and pynndescent with it",
        what="`uuid` of a compiled function in a pickle",
        why="drawn anew in each process",
        source="https://github.com/numba/numba/blob/main/numba/core/dispatcher.py",
    ),
    AccidentalPart(
        rule="trainer-times",
        library="Transformers",
        what="`*_runtime` and `*_per_second` in `trainer_state.json` and `*_results.json`",
        why="seconds that training or evaluation took",
        source="https://github.com/huggingface/transformers/blob/main/src/transformers/trainer_utils.py",
    ),
    AccidentalPart(
        rule="catboost-stamps",
        library="CatBoost",
        what="`model_guid` and `train_finish_time` of a model, in `.cbm` and JSON",
        why="an id drawn for each model, and the clock",
        source=_CATBOOST,
    ),
    AccidentalPart(
        rule="keras-date-saved",
        library="Keras",
        what="`date_saved` in `metadata.json` of a `.keras` file",
        why="the clock",
        source=f"{_KERAS}saving_lib.py",
    ),
    AccidentalPart(
        rule="keras-object-ids",
        library="Keras",
        what="`shared_object_id` in a configuration, which is numbered in order instead",
        why="an address in memory; which objects are shared stays content",
        source=f"{_KERAS}serialization_lib.py",
    ),
    AccidentalPart(
        rule="mlflow-stamps",
        library="MLflow",
        what="`model_uuid`, `model_id`, `run_id`, `utc_time_created`, and an `artifact_path` with the id of"
        " the model, in a file `MLmodel`",
        why="ids drawn for each model and run, and the clock",
        source="https://github.com/mlflow/mlflow/blob/master/mlflow/models/model.py",
    ),
    AccidentalPart(
        rule="mlflow-ids",
        library="MLflow",
        what="ids of experiments and runs and places of artifacts in `mlflow.db` and `mlruns/`, and"
        " ids and times in the history of logged models; which refers to which is content",
        why="random for each one, and the location of the store",
        source=f"{_MLFLOW}store/tracking/dbmodels/models.py",
    ),
    AccidentalPart(
        rule="mlflow-times",
        library="MLflow",
        what="times of experiments, runs and points of metrics in `mlflow.db` and `mlruns/`; their"
        " order is content",
        why="the clock",
        source=f"{_MLFLOW}store/tracking/dbmodels/models.py",
    ),
    AccidentalPart(
        rule="mlflow-source",
        library="MLflow",
        what="user, script, entry point, branch and commit of a run in `mlflow.db` and `mlruns/`; who created"
        " and changed an entry",
        why="who started it, and from where",
        source=f"{_MLFLOW}utils/mlflow_tags.py",
    ),
    AccidentalPart(
        rule="mlflow-names",
        library="MLflow",
        what="a run's name of the form `adjective-noun-123` in `mlflow.db` and `mlruns/`",
        why="generated where no name is given",
        source=f"{_MLFLOW}utils/name_utils.py",
    ),
    AccidentalPart(
        rule="mlflow-derived",
        library="MLflow",
        what="the schema and its version in `mlflow.db`, and `latest_metrics` where it agrees with `metrics`",
        why="the layout of the store, and copies of other rows",
        source=f"{_MLFLOW}store/db_migrations/README.md",
    ),
    AccidentalPart(
        rule="optuna-times",
        library="Optuna",
        what="`datetime_start`, `datetime_complete` and heartbeats of a trial in a pickle or database",
        why="the clock",
        source="https://github.com/optuna/optuna/blob/master/optuna/trial/_frozen.py",
    ),
    AccidentalPart(
        rule="optuna-ids",
        library="Optuna",
        what="ids of studies, trials and their parts in a database; names and numbers tell them apart",
        why="numbered in the order in which processes write",
        source=_OPTUNA,
    ),
    AccidentalPart(
        rule="optuna-derived",
        library="Optuna",
        what="the schema, its version and that of the library in a database",
        why="the layout of the store",
        source=_OPTUNA,
    ),
    AccidentalPart(
        rule="gensim-lifecycle",
        library="Gensim",
        what="`lifecycle_events` and `total_train_time` of a model or dictionary",
        why="a log of what was done when, and on which platform; seconds that training took",
        source="https://github.com/piskvorky/gensim/blob/develop/gensim/utils.py",
    ),
    AccidentalPart(
        rule="onnx-graph-id",
        library="skl2onnx",
        what="the name of the graph in a `.onnx` file, where it is a UUID",
        why="drawn anew for each conversion",
        source="https://github.com/onnx/sklearn-onnx/blob/main/skl2onnx/convert.py",
    ),
    AccidentalPart(
        rule="svg-ids",
        library="Matplotlib",
        what="ids of clip paths, markers and hatches in an SVG, which are numbered in order instead",
        why="a hash with a salt drawn for each figure; set `svg.hashsalt` to fix it",
        source=_MATPLOTLIB,
    ),
    AccidentalPart(
        rule="svg-date",
        library="Matplotlib",
        what="the date in the metadata of an SVG",
        why="the clock",
        source=_MATPLOTLIB,
    ),
    AccidentalPart(
        rule="html-ids",
        library="Plotly, Folium, pandas' Styler, Bokeh and Altair",
        what="ids of plots, maps and tables in an HTML page, which are numbered in order instead",
        why="drawn anew for each page",
        source="https://github.com/plotly/plotly.py/blob/main/plotly/io/_html.py",
    ),
    AccidentalPart(
        rule="datasets-fingerprint",
        library="Hugging Face's Datasets",
        what="`_fingerprint` in the `state.json` of a table",
        why="drawn at random where a transform cannot be hashed; the table itself is compared",
        source="https://github.com/huggingface/datasets/blob/main/src/datasets/fingerprint.py",
    ),
    AccidentalPart(
        rule="tensorflow-function-ids",
        library="TensorFlow",
        what="numbers at the end of the names of functions in `saved_model.pb`, which are numbered in order",
        why="a counter of the process",
        source=f"{_TENSORFLOW}python/eager/polymorphic_function/function_type_utils.py",
    ),
    AccidentalPart(
        rule="tensorflow-fingerprint",
        library="TensorFlow",
        what="the hashes and the id in `fingerprint.pb` of a SavedModel",
        why="hashes of a file that is compared itself, and an id drawn anew",
        source=f"{_TENSORFLOW}core/protobuf/fingerprint.proto",
    ),
    AccidentalPart(
        rule="torchscript-debug",
        library="PyTorch",
        what="`.debug_pkl` members of a TorchScript file",
        why="lines and paths of the Python code that it was made from",
        source="https://github.com/pytorch/pytorch/blob/main/torch/csrc/jit/docs/serialization.md",
    ),
    AccidentalPart(
        rule="spacy-speed",
        library="spaCy",
        what="`speed` in the `performance` of a pipeline's `meta.json`",
        why="words per second, measured during its evaluation",
        source="https://github.com/explosion/spaCy/blob/master/spacy/scorer.py",
    ),
    AccidentalPart(
        rule="r-source",
        library="R",
        what="`srcref`, `srcfile` and `wholeSrcref` of a function in a `.rds` or `.RData` file",
        why="where its source file was, and when it was written; the function itself is compared",
        source="https://cran.r-project.org/doc/manuals/r-release/R-ints.html#Attributes",
    ),
    AccidentalPart(
        rule="zarr-copies",
        library="Zarr",
        what="`consolidated_metadata` of a group's `zarr.json`, and `metadata` of `.zmetadata`",
        why="copies of the metadata of each array, which is itself compared",
        source="https://zarr.readthedocs.io/en/stable/user-guide/consolidated_metadata/",
    ),
    AccidentalPart(
        rule="orbax-stamps",
        library="Orbax",
        what="times in `_CHECKPOINT_METADATA`, and the path in `commit_success.txt`",
        why="the clock, and where the checkpoint was written",
        source="https://github.com/google/orbax/blob/main/checkpoint/orbax/checkpoint/_src/metadata/checkpoint.py",
    ),
    AccidentalPart(
        rule="tensorboard-times",
        library="TensorBoard",
        what="`wall_time` of each event",
        why="the clock",
        source=f"{_TENSORFLOW}core/util/event.proto",
    ),
    AccidentalPart(
        rule="wandb-byproducts",
        library="W&B",
        what="in a `.wandb` file: id, host, times and exit of the run, telemetry, system figures, output,"
        " and the keys `_timestamp`, `_runtime`, `_step` and `_wandb`",
        why="drawn for each run, the clock and the machine; steps are kept",
        source="https://github.com/wandb/wandb/blob/main/wandb/proto/wandb_internal.proto",
    ),
    AccidentalPart(
        rule="ray-byproducts",
        library="Ray Tune",
        what="in the folder of an experiment: names of trials' folders, `trial_id`, times, process and"
        " machine of each report, and the state of the session (`experiment_state-….json`, `tuner.pkl`"
        " and others)",
        why="drawn for each experiment, the clock, the machine; parameters, reports, checkpoints are kept",
        source="https://github.com/ray-project/ray/blob/master/python/ray/tune/execution/tune_controller.py",
    ),
    AccidentalPart(
        rule="pdf-dates",
        library="Matplotlib and others",
        what="`CreationDate` and `ModDate` of a PDF, and times in its XMP metadata",
        why="the clock",
        source="https://github.com/matplotlib/matplotlib/blob/main/lib/matplotlib/backends/backend_pdf.py",
    ),
    AccidentalPart(
        rule="pdf-ids",
        library="any",
        what="`ID` in the trailer of a PDF",
        why="drawn from the clock and the path",
        source="https://pdfa.org/resource/iso-32000-2/",
    ),
    AccidentalPart(
        rule="excel-look",
        library="openpyxl and others",
        what="styles, themes, the order of calculation and `docProps/app.xml` of a workbook",
        why="they change no value",
        source="https://ecma-international.org/publications-and-standards/standards/ecma-376/",
    ),
    AccidentalPart(
        rule="picture-metadata",
        library="any",
        what="EXIF, XMP, comments and resolution of a JPEG, WebP, GIF, TIFF or BMP",
        why="they change no pixel",
        source="https://pillow.readthedocs.io/en/stable/handbook/image-file-formats.html",
    ),
    AccidentalPart(
        rule="lightgbm-paths",
        library="LightGBM",
        what="parameters of a model file that are paths: `data`, `valid`, `input_model` and the like",
        why="where files lay when it was trained",
        source=_LIGHTGBM,
    ),
    AccidentalPart(
        rule="lightgbm-version",
        library="LightGBM",
        what="`version` and `tree_sizes` of a model file",
        why="the layout of the file, and lengths of the text of its trees",
        source=_LIGHTGBM,
    ),
    *NOTEBOOK,
    AccidentalPart(
        rule="optuna-journal",
        library="Optuna",
        what="`worker_id`, `datetime_start` and `datetime_complete` in a journal",
        why="random for each process and thread, and the clock",
        source="https://github.com/optuna/optuna/blob/master/optuna/storages/journal/_storage.py",
    ),
    AccidentalPart(
        rule="junit-times",
        library="pytest and others",
        what="`time`, `timestamp` and `hostname` of suites and cases in a report of JUnit's form",
        why="the clock, and the machine",
        source="https://docs.pytest.org/en/stable/how-to/output.html",
    ),
    AccidentalPart(
        rule="pmml-timestamp",
        library="sklearn2pmml and others",
        what="`Timestamp` in the header of a PMML file",
        why="the clock",
        source="https://dmg.org/pmml/v4-4-1/Header.html",
    ),
    AccidentalPart(
        rule="office-times",
        library="python-docx, openpyxl and others",
        what="`created` and `modified` in the core properties of an Office file",
        why="the clock",
        source="https://ecma-international.org/publications-and-standards/standards/ecma-376/",
    ),
    AccidentalPart(
        rule="png-metadata",
        library="any",
        what="chunks of a PNG that only tell about the picture: texts, time, size in metres",
        why="they change no pixel",
        source="https://www.w3.org/TR/png-3/",
    ),
    *PRINTED,
)


def document() -> str:
    """Return the table as Markdown."""
    rows = [
        f"| `{part.rule}` | [{part.library}]({part.source}) | {part.what} | {part.why} |" for part in TABLE
    ]
    return "\n".join(["| rule | library | what | why |", "| --- | --- | --- | --- |", *rows]) + "\n"
