# SPDX-License-Identifier: Apache-2.0
"""Reports of threads and tasks that race, though there is a seed."""

from __future__ import annotations

from bench.public_reports.model import Answer, PublicReport, Right

_ONE = r"one (thread|worker)|n_jobs=1|num_threads=1|workers=1|threads?=1|nthread=1"


def _raced(remedy: str) -> Right:
    return Right(answer=Answer.FLAKY, cause=("line",), remedy=remedy)


RACES = (
    PublicReport(
        name="sklearn_forest_jobs",
        issue="scikit-learn/scikit-learn#11137",
        says="predictions of a forest differ with n_jobs, though random_state is set",
        needs=("sklearn",),
        outputs=("out/predicted.json",),
        verifies=8,
        right=_raced(_ONE),
    ),
    PublicReport(
        name="submitted_members",
        issue="pySTEPS/pysteps#347",
        says="members of an ensemble stand in another order each time",
        needs=("numpy",),
        outputs=("out/members.npy",),
        verifies=4,
        right=_raced("order of submission"),
    ),
    PublicReport(
        name="threads_one_generator",
        issue="rl-institut/simbev#23",
        says="with more than one worker the order of random draws differs",
        needs=("numpy",),
        outputs=("out/drawn.npy",),
        verifies=4,
        right=_raced("generator of its own"),
    ),
    PublicReport(
        name="dask_delayed_random",
        issue="dask/dask#3417",
        says="seeded random numbers differ under the threaded scheduler",
        needs=("dask",),
        outputs=("out/members.npy",),
        verifies=4,
        right=_raced("generator of its own"),
    ),
    PublicReport(
        name="gensim_workers",
        issue="piskvorky/gensim#641",
        says="word vectors differ with four workers, though there is a seed",
        needs=("gensim",),
        outputs=("out/vectors.npy",),
        verifies=4,
        right=_raced(_ONE),
    ),
    PublicReport(
        name="xgboost_linear",
        issue="dmlc/xgboost#2249",
        says="a linear booster predicts otherwise each time; with one thread it does not",
        needs=("xgboost",),
        outputs=("out/predicted.npy",),
        verifies=4,
        profile="off",
        right=_raced(_ONE),
    ),
    PublicReport(
        name="implicit_bpr_threads",
        issue="benfred/implicit#710",
        says="factors differ with more than one thread, though random_state is set",
        needs=("implicit",),
        outputs=("out/items.npy",),
        verifies=4,
        right=_raced(_ONE),
    ),
    PublicReport(
        name="faiss_hnsw_threads",
        issue="facebookresearch/faiss#2854",
        says="an index that several threads fill answers slightly otherwise (no longer so)",
        needs=("faiss",),
        outputs=("out/near.npy",),
        right=Right(answer=Answer.REPRODUCED),
    ),
    PublicReport(
        name="optuna_jobs",
        issue="optuna/optuna#4412",
        says="a seeded sampler suggests other values with n_jobs above 1",
        needs=("optuna",),
        outputs=("out/best.json",),
        verifies=2,
        right=_raced(_ONE),
    ),
    PublicReport(
        name="tensorflow_map",
        issue="tensorflow/tensorflow#34909",
        says="parallel calls of a map draw from one generator in any order",
        needs=("tensorflow",),
        outputs=("out/rows.npy",),
        verifies=3,
        profile="off",
        right=_raced(r"num_parallel_calls|generator of its own|stateless|one thread"),
    ),
)
