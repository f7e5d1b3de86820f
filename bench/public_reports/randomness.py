# SPDX-License-Identifier: Apache-2.0
"""Reports of randomness that no seed fixes, of clocks, and of materials that changed."""

from __future__ import annotations

from bench.public_reports.model import Answer, PublicReport, Right

_LINE = ("line",)

RANDOMNESS = (
    PublicReport(
        name="sklearn_kmeans_no_state",
        issue="scikit-learn/scikit-learn#9646",
        says="labels of KMeans change in every run; no random_state is given",
        needs=("sklearn", "joblib"),
        outputs=("out/clusters.joblib",),
        right=Right(answer=Answer.REPRODUCED, cause=_LINE, kinds=frozenset({"seed"}), remedy="random_state"),
    ),
    PublicReport(
        name="torch_loader_no_seed",
        issue="pytorch/pytorch#11278",
        says="training differs; a loader and weights that nothing seeds",
        needs=("torch",),
        outputs=("out/net.pt",),
        right=Right(answer=Answer.REPRODUCED, cause=_LINE, kinds=frozenset({"seed"}), remedy="seed"),
    ),
    PublicReport(
        name="torch_workers",
        issue="pytorch/pytorch#7882",
        says="random.uniform in the loader's workers differs though everything is seeded (no longer so)",
        needs=("torch",),
        outputs=("out/batches.npy",),
        right=Right(answer=Answer.REPRODUCED),
    ),
    PublicReport(
        name="implicit_no_state",
        issue="benfred/implicit#36",
        says="other factors each time, since they start at random",
        needs=("implicit",),
        outputs=("out/items.npy",),
        right=Right(answer=Answer.FLAKY, cause=_LINE, remedy="seed"),
    ),
    PublicReport(
        name="optuna_no_seed",
        issue="pyannote/pyannote-pipeline#43",
        says="the sampler of the search is made without a seed",
        needs=("optuna",),
        outputs=("out/best.json",),
        right=Right(answer=Answer.FLAKY, cause=_LINE, remedy="seed"),
    ),
    PublicReport(
        name="umap_no_state",
        issue="lmcinnes/umap#466",
        says="each call gives another map of the same rows",
        needs=("umap",),
        outputs=("out/places.npy",),
        right=Right(answer=Answer.REPRODUCED, cause=_LINE, kinds=frozenset({"seed"}), remedy="random_state"),
    ),
    PublicReport(
        name="jax_key_from_clock",
        issue="Qazalbash/jaxampler#5",
        says="the key is made from the time",
        needs=("jax",),
        outputs=("out/outputs.npy",),
        right=Right(answer=Answer.FLAKY, cause=_LINE, kinds=frozenset({"clock"}), remedy="time|clock"),
    ),
    PublicReport(
        name="time_budget",
        issue="microsoft/FLAML#151",
        says="with a budget of time, how much is tried depends on how fast the machine is",
        outputs=("out/best.json",),
        right=Right(answer=Answer.FLAKY, cause=_LINE, kinds=frozenset({"clock"}), remedy="number of|rounds"),
    ),
    PublicReport(
        name="model_card_time",
        issue="mlflow/mlflow#5215",
        says="the time of creation is written beside the model",
        needs=("numpy",),
        outputs=("out/weights.npy", "out/card.json"),
        right=Right(answer=Answer.FLAKY, cause=("time-value",), remedy="leave it out"),
    ),
    PublicReport(
        name="numpy_empty",
        issue="numpy/numpy#12661",
        says="np.empty is not empty: it holds whatever was in memory",
        needs=("numpy",),
        outputs=("out/sums.npy",),
        right=Right(answer=Answer.FLAKY, cause=_LINE, remedy="zeros"),
    ),
    PublicReport(
        name="sklearn_split_changed",
        issue="dmlc/xgboost#7458",
        says="other results with the same settings; in the end the partition of the data was another",
        needs=("sklearn", "joblib"),
        outputs=("out/model.joblib",),
        edit=("train.py", "share = 0.2", "share = 0.3"),
        right=Right(answer=Answer.CHANGED, cause=("code:train.py",), remedy=r"0\.2 → 0\.3"),
    ),
    PublicReport(
        name="lightgbm_new_rows",
        issue="lightgbm-org/LightGBM#2448",
        says="other scores whenever the features are made anew; the data is not the same",
        needs=("lightgbm",),
        outputs=("out/model.txt",),
        data={
            "data/rows.csv": "a,b,y\n"
            + "".join(f"{row % 7},{row * row % 11},{row % 7 + row % 3}\n" for row in range(60))
        },
        edit=("data/rows.csv", "3,9,3", "3,9,4"),
        right=Right(answer=Answer.CHANGED, cause=("data:data/rows.csv",), remedy="rows.csv"),
    ),
)
