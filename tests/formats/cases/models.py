# SPDX-License-Identifier: Apache-2.0
"""Models and arrays of libraries that are not PyTorch, TensorFlow or JAX."""

from __future__ import annotations

from formats.case import Case

TREES = "['learner']['gradient_booster']['model']['trees'][1]['base_weights']"
COEF = "steps[1][1].coef_"
CASES = (
    Case(
        name="rds",
        title="R `.rds`",
        format="gz of rds",
        changed=("['weights']",),
        slack=0.1,
    ),
    Case(
        name="rdata",
        title="R `.RData`",
        format="gz of rds",
        changed=("['model']['weights']", "['weights']"),
        slack=0.1,
    ),
    Case(name="numpy", title="NumPy `.npy`", format="npy", changed=("",), slack=0.1, verbatim=True),
    Case(
        name="numpy-zip",
        title="NumPy `.npz`",
        format="npz",
        changed=("['kernel']",),
        slack=0.3,
        verbatim=True,
    ),
    Case(name="safetensors", title="safetensors", format="safetensors", changed=("['b']",), verbatim=True),
    Case(
        name="pickle",
        title="pickle (scikit-learn)",
        format="pickle",
        changed=(COEF,),
        slack=0.05,
        verbatim=True,
    ),
    Case(
        name="joblib",
        title="joblib (scikit-learn)",
        format="joblib",
        changed=(COEF,),
        slack=0.2,
        verbatim=True,
    ),
    Case(
        name="skops", title="skops (scikit-learn)", format="skops", changed=(COEF,), slack=0.05, verbatim=True
    ),
    Case(
        name="statsmodels",
        title="statsmodels",
        format="pickle",
        changed=("_results.params",),
        slack=0.05,
        verbatim=True,
    ),
    Case(
        name="gensim",
        title="Gensim",
        format="pickle",
        changed=("wv.vectors",),
        rules=("gensim-lifecycle",),
        slack=0.5,
        verbatim=True,
    ),
    Case(name="xgboost-ubj", title="XGBoost `.ubj`", format="ubj", changed=(TREES,), slack=0.05),
    Case(
        name="xgboost-json",
        title="XGBoost `.json`",
        format="json",
        changed=(TREES,),
        slack=0.05,
        magnitude=False,
    ),
    Case(
        name="xgboost-binary",
        title="XGBoost's old binary",
        format="xgboost-binary",
        changed=("['trees'][1]['base_weights']",),
        slack=0.6,
    ),
    Case(
        name="lightgbm",
        title="LightGBM text",
        format="lightgbm",
        changed=("tree[2].leaf_value",),
        rules=("lightgbm-paths", "lightgbm-version"),
        slack=0.05,
    ),
    Case(
        name="catboost",
        title="CatBoost `.cbm`",
        format="catboost",
        changed=("info['training']", "model"),
        rules=("catboost-stamps",),
        magnitude=False,
        slack=0.05,
        verbatim=True,
    ),
    Case(
        name="catboost-json",
        title="CatBoost `.json`",
        format="json",
        changed=("['oblivious_trees'][1]['leaf_values']",),
        rules=("catboost-stamps",),
        slack=0.05,
    ),
    Case(
        name="onnx",
        title="ONNX",
        format="onnx",
        changed=("graph.initializer[0]['w']",),
        rules=("onnx-graph-id",),
        slack=0.1,
        verbatim=True,
    ),
    Case(
        name="gguf",
        title="GGUF",
        format="gguf",
        changed=("tensors['blk.0.weight']",),
        slack=0.25,
        verbatim=True,
    ),
    Case(
        name="hdf5",
        title="HDF5 (h5py)",
        format="hdf5",
        changed=("dense/kernel[()]",),
        slack=0.97,
        verbatim=True,
    ),
    Case(name="netcdf", title="NetCDF 4", format="hdf5", changed=("t[()]",), slack=0.9, verbatim=True),
)
