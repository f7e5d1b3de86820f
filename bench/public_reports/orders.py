# SPDX-License-Identifier: Apache-2.0
"""Reports of orders that nothing fixes: of sets, hashes, folders, groups."""

from __future__ import annotations

from bench.public_reports.model import Answer, PublicReport, Right

_FOLDERS = {f"data/{name}/rows.txt": f"{size}.5 {size + 1}.25\n" for size, name in enumerate("dbeacgfh")}
_FILES = {
    f"data/{name}.txt": f"{size}.5 {size * size}.25 {size % 3}\n" for size, name in enumerate("dbeacgfh")
}


def _depends(variation: str, remedy: str) -> Right:
    return Right(answer=Answer.DEPENDS, cause=("line",), kinds=frozenset({variation}), remedy=remedy)


ORDERS = (
    PublicReport(
        name="hash_as_seed",
        issue="princeton-nlp/HELMET#11",
        says="data is prepared with the builtin hash, which is another one in each process",
        outputs=("out/shots.json",),
        right=_depends("hash-seed", "digest|hashlib"),
    ),
    PublicReport(
        name="counter_vocabulary",
        issue="ufal/neuralmonkey#719",
        says="words that are equally frequent are cut off in random order",
        outputs=("out/vocabulary.json",),
        right=_depends("hash-seed", "sorted"),
    ),
    PublicReport(
        name="louvain_of_sets",
        issue="networkx/networkx#6655",
        says="communities differ though there is a seed: the order of nodes is not the same",
        needs=("networkx",),
        outputs=("out/communities.json",),
        right=_depends("hash-seed", "sorted"),
    ),
    PublicReport(
        name="listdir_images",
        issue="pytorch/vision#193",
        says="the order of samples is that of os.listdir, which differs from machine to machine",
        needs=("numpy",),
        outputs=("out/weights.npy",),
        data=_FILES,
        right=_depends("file-order", "sorted"),
    ),
    PublicReport(
        name="glob_folders",
        issue="huggingface/datasets#3857",
        says="the order of a dataset changes with glob",
        outputs=("out/means.json",),
        data=_FOLDERS,
        right=_depends("file-order", "sorted"),
    ),
    PublicReport(
        name="polars_groups",
        issue="pola-rs/polars#22720",
        says="the order of groups changes from time to time",
        needs=("polars",),
        outputs=("out/weights.npy",),
        verifies=3,
        right=Right(answer=Answer.FLAKY, cause=("line",), remedy="maintain_order"),
    ),
    PublicReport(
        name="tokenizers_wordpiece",
        issue="huggingface/tokenizers#1794",
        says="pieces learned from the same lines differ, and there is no seed to set",
        needs=("tokenizers",),
        outputs=("out/tokenizer.json",),
        verifies=3,
        right=Right(answer=Answer.FLAKY, cause=("line",), remedy="[Nn]o seed"),
    ),
    PublicReport(
        name="dill_set",
        issue="uqfoundation/dill#19",
        says="pickles of the same set have other bytes",
        outputs=("out/vocabulary.pkl",),
        profile="off",
        right=Right(answer=Answer.REPRODUCED),
    ),
    PublicReport(
        name="cloudpickle_function",
        issue="cloudpipe/cloudpickle#453",
        says="pickles of the same function have other bytes",
        needs=("cloudpickle",),
        outputs=("out/features.pkl",),
        profile="off",
        right=Right(answer=Answer.REPRODUCED),
    ),
    PublicReport(
        name="sklearn_tfidf",
        issue="scikit-learn/scikit-learn#18669",
        says="a pickled vectorizer has other bytes each time",
        needs=("sklearn", "joblib"),
        outputs=("out/model.joblib",),
        right=Right(answer=Answer.REPRODUCED, cause=("object-addresses",)),
    ),
)
