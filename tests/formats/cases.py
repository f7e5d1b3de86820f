# SPDX-License-Identifier: Apache-2.0
"""The formats that the suite runs: what each file is read as, what a change of it names, what is left out."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One format or dialect.

    Attributes:
        name: of the folder with its files.
        title: in the table.
        format: the reader that is expected.
        changed: the leaves that differ where one value was changed, and no other.
        rules: of the accidental parts that are left out.
        slack: share of flipped bits at most that leave the leaves as they are, being the container's.
        magnitude: whether the change is one unit in the last place of one element.
        needs: the module of an extra without which the format is read as bytes.
    """

    name: str
    title: str
    format: str
    changed: tuple[str, ...]
    rules: tuple[str, ...] = ()
    slack: float = 0.0
    magnitude: bool = True
    needs: str = ""

    @property
    def ready(self) -> bool:
        """Whether what it needs is installed."""
        return not self.needs or importlib.util.find_spec(self.needs) is not None

    @property
    def files(self) -> tuple[Path, Path, Path]:
        """The file as written once, again, and with the change."""
        found = [next((DATA / self.name / folder).iterdir()) for folder in ("one", "two", "changed")]
        return found[0], found[1], found[2]


def parts(path: Path) -> Iterator[Path]:
    """Yield the file, or the files of a folder."""
    if path.is_file():
        yield path
    else:
        yield from (below for below in sorted(path.rglob("*")) if below.is_file())


TREES = "['learner']['gradient_booster']['model']['trees'][1]['base_weights']"
DATA_SOURCE = (
    "figures[0]['id-2']['roots'][0]['attributes']['renderers'][0]['attributes']['data_source']"
    "['attributes']['data']['entries'][1][1]"
)
COEF = "steps[1][1].coef_"
CASES = (
    Case(name="numpy", title="NumPy `.npy`", format="npy", changed=("",), slack=0.1),
    Case(name="numpy-zip", title="NumPy `.npz`", format="npz", changed=("['kernel']",), slack=0.4),
    Case(name="safetensors", title="safetensors", format="safetensors", changed=("['b']",)),
    Case(name="pickle", title="pickle (scikit-learn)", format="pickle", changed=(COEF,), slack=0.1),
    Case(name="joblib", title="joblib (scikit-learn)", format="joblib", changed=(COEF,), slack=0.25),
    Case(name="skops", title="skops (scikit-learn)", format="skops", changed=(COEF,), slack=0.2),
    Case(name="statsmodels", title="statsmodels", format="pickle", changed=("_results.params",), slack=0.1),
    Case(
        name="gensim",
        title="Gensim",
        format="pickle",
        changed=("wv.vectors",),
        rules=("gensim-lifecycle",),
        slack=0.6,
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
        name="lightgbm",
        title="LightGBM text",
        format="lightgbm",
        changed=("tree[2].leaf_value",),
        rules=("lightgbm-paths", "lightgbm-version"),
        slack=0.1,
    ),
    Case(
        name="catboost",
        title="CatBoost `.cbm`",
        format="catboost",
        changed=("info['training']", "model"),
        rules=("catboost-stamps",),
        magnitude=False,
        slack=0.1,
    ),
    Case(
        name="onnx",
        title="ONNX",
        format="onnx",
        changed=("graph.initializer[0]['w']",),
        rules=("onnx-graph-id",),
        slack=0.2,
    ),
    Case(name="gguf", title="GGUF", format="gguf", changed=("tensors['blk.0.weight']",), slack=0.3),
    Case(name="hdf5", title="HDF5 (h5py)", format="hdf5", changed=("dense/kernel[()]",), slack=1.0),
    Case(name="netcdf", title="NetCDF 4", format="hdf5", changed=("t[()]",), slack=0.9),
    Case(name="yaml", title="YAML", format="yaml", changed=("['model']['loss']",), slack=0.1),
    Case(name="toml", title="TOML", format="toml", changed=("['model']['loss']",), slack=0.1),
    Case(name="json", title="JSON", format="json", changed=("['loss']",), slack=0.05),
    Case(name="json-lines", title="JSON lines", format="json lines", changed=("[3]['loss']",), slack=0.05),
    Case(name="text", title="text", format="text", changed=("",), magnitude=False),
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
        slack=0.2,
        magnitude=False,
    ),
    Case(
        name="notebook",
        title="Jupyter `.ipynb`",
        format="notebook",
        changed=("cells[1].outputs[0].data['text/plain']",),
        rules=("notebook-addresses", "notebook-runs"),
        slack=0.3,
        magnitude=False,
    ),
    Case(
        name="optuna-journal",
        title="Optuna's journal",
        format="optuna-journal",
        changed=("[6]['values']",),
        rules=("optuna-journal",),
        slack=0.5,
    ),
    Case(name="csv", title="CSV", format="table", changed=("loss",)),
    Case(name="tsv", title="TSV", format="table", changed=("loss",)),
    Case(name="csv-gzip", title="CSV in gzip", format="gz of table", changed=("loss",), slack=0.1),
    Case(name="csv-bzip2", title="CSV in bzip2", format="bz2 of table", changed=("loss",), slack=0.1),
    Case(name="csv-xz", title="CSV in xz", format="xz of table", changed=("loss",), slack=0.1),
    Case(
        name="excel",
        title="Excel `.xlsx` (openpyxl)",
        format="excel",
        changed=("Sheet/loss",),
        rules=("excel-look", "office-times"),
        magnitude=False,
        slack=0.7,
    ),
    Case(name="sqlite", title="SQLite", format="sqlite", changed=("people/loss",), slack=0.7),
    Case(name="png", title="PNG", format="png", changed=("pixels",), magnitude=False, slack=0.2),
    Case(
        name="jpeg",
        title="JPEG",
        format="jpeg",
        changed=("pixels",),
        rules=("picture-metadata",),
        magnitude=False,
        slack=0.9,
    ),
    Case(
        name="webp",
        title="WebP",
        format="webp",
        changed=("pixels",),
        rules=("picture-metadata",),
        magnitude=False,
        slack=0.2,
    ),
    Case(
        name="gif",
        title="GIF",
        format="gif",
        changed=("frames[0]",),
        rules=("picture-metadata",),
        magnitude=False,
        slack=0.1,
    ),
    Case(
        name="tiff",
        title="TIFF",
        format="tiff",
        changed=("pixels",),
        rules=("picture-metadata",),
        magnitude=False,
        slack=0.3,
    ),
    Case(
        name="bmp",
        title="BMP",
        format="bmp",
        changed=("pixels",),
        rules=("picture-metadata",),
        magnitude=False,
        slack=0.1,
    ),
    Case(
        name="matplotlib-svg",
        title="SVG (Matplotlib)",
        format="svg",
        changed=("text",),
        rules=("svg-date", "svg-ids"),
        magnitude=False,
        slack=0.1,
    ),
    Case(
        name="matplotlib-pdf",
        title="PDF (Matplotlib)",
        format="pdf",
        changed=("object[9].stream",),
        rules=("pdf-dates",),
        magnitude=False,
        slack=0.3,
    ),
    Case(
        name="matplotlib-png",
        title="PNG (Matplotlib)",
        format="png",
        changed=("pixels",),
        rules=("png-metadata",),
        magnitude=False,
        slack=0.2,
    ),
    Case(
        name="pillow-pdf",
        title="PDF (Pillow)",
        format="pdf",
        changed=("object[5].stream",),
        rules=("pdf-dates",),
        magnitude=False,
        slack=0.5,
    ),
    Case(
        name="plotly",
        title="Plotly HTML",
        format="html",
        changed=("figures[0]['data'][0]['y']",),
        rules=("html-ids",),
        magnitude=False,
        slack=0.1,
    ),
    Case(
        name="bokeh",
        title="Bokeh HTML",
        format="html",
        changed=(DATA_SOURCE,),
        rules=("html-ids",),
        magnitude=False,
        slack=0.2,
    ),
    Case(
        name="parquet",
        title="Parquet (pyarrow)",
        format="arrow",
        changed=("loss",),
        needs="pyarrow",
        slack=0.5,
    ),
    Case(
        name="parquet-pandas",
        title="Parquet (pandas)",
        format="arrow",
        changed=("loss",),
        needs="pyarrow",
        slack=0.7,
    ),
    Case(name="feather", title="Feather", format="arrow", changed=("loss",), needs="pyarrow", slack=0.5),
    Case(
        name="arrow-stream",
        title="Arrow stream",
        format="arrow",
        changed=("loss",),
        needs="pyarrow",
        slack=0.5,
    ),
    Case(
        name="keras",
        title="Keras `.keras`",
        format="zip",
        changed=("model.weights.h5/layers/dense/vars/0",),
        rules=("keras-date-saved", "keras-object-ids"),
        slack=0.5,
    ),
    Case(
        name="keras-h5",
        title="Keras `.h5`",
        format="hdf5",
        changed=("model_weights/dense/sequential/dense/kernel",),
        slack=1.0,
    ),
    Case(
        name="keras-weights",
        title="Keras `.weights.h5`",
        format="hdf5",
        changed=("layers/dense/vars/0",),
        slack=1.0,
    ),
    Case(
        name="tensorflow-saved-model",
        title="TensorFlow SavedModel",
        format="folder",
        changed=("variables/variables['w/.ATTRIBUTES/VARIABLE_VALUE']",),
        rules=("tensorflow-fingerprint", "tensorflow-function-ids"),
        slack=0.2,
    ),
    Case(
        name="tensorflow-checkpoint",
        title="TensorFlow checkpoint",
        format="folder",
        changed=("ckpt-1['w/.ATTRIBUTES/VARIABLE_VALUE']",),
        slack=0.3,
    ),
    Case(name="torch-state", title="PyTorch state", format="torch", changed=("['w']",), slack=0.8),
    Case(
        name="torch-module",
        title="PyTorch module",
        format="torch",
        changed=("_modules['0']._parameters['weight']",),
        slack=0.5,
    ),
    Case(name="torch-legacy", title="PyTorch before 1.6", format="torch", changed=("['w']",), slack=0.2),
    Case(
        name="torchscript",
        title="TorchScript",
        format="torch",
        changed=("module.__dict__['0'].weight.data",),
        rules=("torchscript-debug",),
        slack=0.7,
    ),
    Case(
        name="hugging-face",
        title="Hugging Face folder, sharded safetensors",
        format="folder",
        changed=("model.safetensors['a.weight']",),
        slack=0.2,
    ),
    Case(
        name="flax-msgpack",
        title="Flax MessagePack",
        format="msgpack",
        changed=("['params']['dense']['kernel']",),
    ),
    Case(
        name="tensorboard",
        title="TensorBoard events",
        format="tensorboard",
        changed=("['loss'].value",),
        rules=("tensorboard-times",),
        slack=0.6,
    ),
    Case(
        name="optuna-database",
        title="Optuna's database",
        format="sqlite",
        changed=("trial_values/value",),
        rules=("optuna-times",),
        slack=1.0,
    ),
    Case(
        name="wandb",
        title="W&B offline run",
        format="wandb",
        changed=("history['loss']",),
        rules=("wandb-byproducts",),
        slack=0.9,
    ),
)
