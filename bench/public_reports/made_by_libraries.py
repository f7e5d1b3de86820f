# SPDX-License-Identifier: Apache-2.0
"""Reports of files that differ while what they hold does not: times, ids and addresses of libraries."""

from __future__ import annotations

from bench.public_reports.model import Answer, PublicReport, Right


def _same(*rules: str) -> Right:
    return Right(answer=Answer.REPRODUCED, cause=rules)


MADE_BY_LIBRARIES = (
    PublicReport(
        name="catboost_seed",
        issue="catboost/catboost#88",
        says="other results in different runs; the model files have ids and times",
        needs=("catboost",),
        outputs=("out/model.cbm", "out/model.json", "out/predicted.npy"),
        right=_same("catboost-stamps"),
    ),
    PublicReport(
        name="keras_saved",
        issue="tensorflow/tensorflow#30532",
        says="the hash of a saved model changes each time it is saved",
        needs=("keras", "tensorflow"),
        outputs=("out/model.keras", "out/model.weights.h5"),
        right=_same("keras-date-saved", "keras-object-ids"),
    ),
    PublicReport(
        name="torch_saved",
        issue="pytorch/pytorch#42163",
        says="torch.save writes other bytes for the same tensors",
        needs=("torch",),
        outputs=("out/state.pt", "out/whole.pt"),
        right=_same(),
    ),
    PublicReport(
        name="torch_pickled",
        issue="pytorch/pytorch#39383",
        says="a pickled tensor has other bytes each time",
        needs=("torch",),
        outputs=("out/net.pkl", "out/state.joblib"),
        right=_same(),
    ),
    PublicReport(
        name="trainer_state",
        issue="huggingface/transformers#14647",
        says="two trainings with the same seed differ",
        needs=("transformers", "accelerate"),
        outputs=("out/run",),
        right=_same("trainer-times"),
    ),
    PublicReport(
        name="mlflow_model",
        issue="mlflow/mlflow#5149",
        says="each model that is saved gets an id of its own",
        needs=("mlflow", "sklearn"),
        outputs=("out/model",),
        right=_same("mlflow-stamps"),
    ),
    PublicReport(
        name="onnx_forest",
        issue="onnx/sklearn-onnx#1001",
        says="the same forest gives other ONNX files",
        needs=("skl2onnx",),
        outputs=("out/model.onnx",),
        right=_same("onnx-graph-id"),
    ),
    PublicReport(
        name="optuna_seeded",
        issue="optuna/optuna#2540",
        says="a search with a seed is not reproducible",
        needs=("optuna", "joblib"),
        outputs=("out/study.pkl", "out/best.json"),
        right=_same("optuna-times"),
    ),
    PublicReport(
        name="gensim_one_worker",
        issue="piskvorky/gensim#546",
        says="a seed does not suffice; with one worker it does",
        needs=("gensim",),
        outputs=("out/vectors.model",),
        right=_same("gensim-lifecycle"),
    ),
    PublicReport(
        name="spacy_seeded",
        issue="explosion/spaCy#3182",
        says="trainings differ after fix_random_seed",
        needs=("spacy",),
        outputs=("out/model",),
        right=_same(),
    ),
    PublicReport(
        name="datasets_fingerprint",
        issue="huggingface/datasets#2775",
        says="fingerprints of a table are another one in each run",
        needs=("datasets",),
        outputs=("out/table",),
        right=_same("datasets-fingerprint"),
    ),
    PublicReport(
        name="sentencepiece_model",
        issue="marian-nmt/marian-dev#657",
        says="pieces learned from the same lines seem to differ each time",
        needs=("sentencepiece",),
        outputs=("out/pieces.model", "out/pieces.vocab"),
        right=_same(),
    ),
    PublicReport(
        name="statsmodels_summary",
        issue="statsmodels/statsmodels#1401",
        says="a summary holds the time at which it was printed",
        needs=("statsmodels",),
        outputs=("out/summary.txt", "out/params.npy"),
        right=Right(answer=Answer.FLAKY, cause=("time-value",), remedy="leave it out"),
    ),
    PublicReport(
        name="matplotlib_svg",
        issue="matplotlib/matplotlib#23693",
        says="the same code draws another SVG each time",
        needs=("matplotlib",),
        outputs=("out/loss.svg",),
        right=_same("svg-date", "svg-ids"),
    ),
    PublicReport(
        name="plotly_page",
        issue="plotly/plotly.py#3393",
        says="the same figure is written with another id each time",
        needs=("plotly", "pandas"),
        outputs=("out/figure.html", "out/table.html"),
        right=_same("html-ids"),
    ),
    PublicReport(
        name="matplotlib_pdf",
        issue="matplotlib/matplotlib#6317",
        says="the same code draws another PDF each time",
        needs=("matplotlib",),
        outputs=("out/loss.pdf",),
        right=_same(),
    ),
    PublicReport(
        name="pandas_gzip",
        issue="pandas-dev/pandas#28103",
        says="a compressed table holds the time",
        needs=("pandas",),
        outputs=("out/table.csv.gz",),
        right=_same(),
    ),
    PublicReport(
        name="gzip_compress",
        issue="python/cpython#125260",
        says="gzip.compress writes the time",
        outputs=("out/predictions.json.gz",),
        right=_same(),
    ),
    PublicReport(
        name="openpyxl_report",
        issue="jmcnamara/XlsxWriter#494",
        says="a workbook with the same cells has other bytes",
        needs=("openpyxl",),
        outputs=("out/figures.xlsx",),
        right=_same("office-times"),
    ),
    PublicReport(
        name="parquet_table",
        issue="apache/arrow#39399",
        says="Parquet files of the same table differ",
        needs=("pandas", "pyarrow"),
        outputs=("out/table.parquet",),
        right=_same(),
    ),
)
