# SPDX-License-Identifier: Apache-2.0
"""Models of libraries that are not PyTorch, TensorFlow or JAX."""

from __future__ import annotations

import json
import math
import pickle
import re

import numpy as np
from driver import main, second, writes


def data():
    generator = np.random.default_rng(0)
    x = generator.random((60, 3))
    return x, x @ [1.0, -2.0, 0.5] + 0.1


def weights(change, dtype="f4"):
    array = np.linspace(-1, 1, 12, dtype=dtype).reshape(3, 4)
    if change:
        array[1, 2] = np.nextafter(array[1, 2], np.array(2, dtype))
    return array


def booster(change):
    import xgboost

    x, y = data()
    model = xgboost.train({"max_depth": 2, "seed": 1, "nthread": 1}, xgboost.DMatrix(x, y), 3)
    if change:
        tree = json.loads(model.save_raw("json"))
        found = tree["learner"]["gradient_booster"]["model"]["trees"][1]["base_weights"]
        found[2] = float(np.nextafter(np.float32(found[2]), np.float32(9)))
        model = xgboost.Booster()
        model.load_model(bytearray(json.dumps(tree).encode()))
    return model


@writes("xgboost-ubj", "model.ubj")
def _(path, change):
    booster(change).save_model(path)


@writes("xgboost-json", "model.json")
def _(path, change):
    booster(change).save_model(path)


@writes("xgboost-binary", "model.deprecated")
def _(path, change):
    # XGBoost before 3.1 writes it.
    booster(change).save_model(path)


@writes("lightgbm", "model.txt")
def _(path, change):
    import lightgbm

    x, y = data()
    options = {"num_leaves": 4, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1, "seed": 1}
    options["output_model"] = str(path)
    model = lightgbm.train(options, lightgbm.Dataset(x, y), 3)
    text = model.model_to_string()
    if change:
        found = re.search(r"Tree=2\n(?:.*\n)*?leaf_value=(\S+) ", text)
        other = repr(math.nextafter(float(found[1]), 9))
        text = text[: found.start(1)] + other + text[found.end(1) :]
        model = lightgbm.Booster(model_str=text)
    model.save_model(path)


@writes("gguf", "model.gguf")
def _(path, change):
    import gguf

    writer = gguf.GGUFWriter(path, "llama")
    if second():
        writer.add_custom_alignment(64)
    writer.add_block_count(2)
    writer.add_token_list(["a", "b", "c"])
    writer.add_float32("general.scale", 0.5)
    writer.add_tensor("blk.0.weight", weights(change))
    writer.add_tensor("blk.1.weight", weights(False, "f2"))
    quantized = gguf.quants.quantize(np.ones((2, 64), "f4"), gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("q", quantized, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@writes("hdf5", "model.h5")
def _(path, change):
    import h5py

    options = {"compression": "gzip", "chunks": (2, 3), "shuffle": True} if second() else {}
    with h5py.File(path, "w", **({"libver": "latest"} if second() else {})) as file:
        names = ["kernel", "bias"]
        for name in reversed(names) if second() else names:
            dataset = file.create_dataset(
                f"dense/{name}", data=weights(change and name == "kernel"), track_times=True, **options
            )
            dataset.attrs["units"] = 4
        file["dense"].attrs["weight_names"] = names
        file.attrs["version"] = "1.0"


@writes("hdf5-latest", "log.h5")
def _(path, change):
    import h5py

    # Datasets that can grow have another index of their chunks than those that cannot, in new files alone.
    values = np.random.default_rng(5).normal(size=(300, 2))
    if change:
        values[250, 1] = math.nextafter(values[250, 1], 9)
    options = {"chunks": (5, 2)} if second() else {"maxshape": (None, 4), "chunks": (1, 2)}
    with h5py.File(path, "w", libver="latest") as file:
        file.create_dataset("loss", data=values, **options)
        file.create_dataset("steps", data=np.arange(4).reshape(2, 2), maxshape=(9, 6), chunks=(1, 1))


@writes("hdf5-filters", "log.h5")
def _(path, change):
    import h5py
    import hdf5plugin

    values = np.random.default_rng(5).normal(size=300).cumsum().reshape(150, 2)
    if change:
        values[120, 1] = math.nextafter(values[120, 1], 99)
    ways = {
        "lzf": {"compression": "lzf", "shuffle": True, "fletcher32": True},
        "blosc": hdf5plugin.Blosc(cname="blosclz", shuffle=hdf5plugin.Blosc.BITSHUFFLE),
        "lz4": hdf5plugin.LZ4(),
        "bzip2": hdf5plugin.BZip2(),
    }
    with h5py.File(path, "w") as file:
        for name, way in ways.items():
            options = {} if second() else {"chunks": (50, 2), **way}
            file.create_dataset(name, data=values if name == "lzf" else values.round(1), **options)


@writes("netcdf", "grid.nc")
def _(path, change):
    import h5netcdf

    with h5netcdf.File(path, "w") as file:
        file.dimensions = {"x": 3, "y": 4}
        options = {"compression": "gzip"} if second() else {}
        variable = file.create_variable("t", ("x", "y"), "f4", **options)
        variable[...] = weights(change)
        variable.attrs["units"] = "K"


@writes("numpy", "weights.npy")
def _(path, change):
    np.save(path, weights(change))


@writes("numpy-zip", "weights.npz")
def _(path, change):
    save = np.savez_compressed if second() else np.savez
    save(path, kernel=weights(change), bias=weights(False))


@writes("safetensors", "model.safetensors")
def _(path, change):
    from safetensors.numpy import save_file

    tensors = {"a": weights(False), "b": weights(change)}
    save_file(dict(reversed(tensors.items())) if second() else tensors, path)


def estimator(change):
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), Ridge()).fit(*data())
    if change:
        model[1].coef_[1] = math.nextafter(model[1].coef_[1], 9)
    return model


@writes("pickle", "model.pkl")
def _(path, change):
    path.write_bytes(pickle.dumps(estimator(change), protocol=5 if second() else 4))


@writes("joblib", "model.joblib")
def _(path, change):
    import joblib

    joblib.dump(estimator(change), path, compress=3 if second() else 0)


@writes("skops", "model.skops")
def _(path, change):
    from skops import io

    io.dump(estimator(change), path)


def catboost(change):
    from catboost import CatBoostRegressor

    x, y = data()
    if change:
        y[0] += 0.5
    model = CatBoostRegressor(
        iterations=3, depth=2, thread_count=1, random_seed=1, verbose=0, allow_writing_files=False
    )
    return model.fit(x, y)


@writes("catboost", "model.cbm")
def _(path, change):
    catboost(change).save_model(path)


@writes("catboost-json", "model.json")
def _(path, change):
    catboost(False).save_model(path, format="json")
    if change:
        table = json.loads(path.read_text())
        values = table["oblivious_trees"][1]["leaf_values"]
        values[0] = math.nextafter(values[0], 9)
        path.write_text(json.dumps(table, indent=0))


@writes("onnx", "model.onnx")
def _(path, change):
    import uuid

    import onnx
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        uuid.uuid4().hex,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 4])],
        [numpy_helper.from_array(weights(change), "w")],
    )
    onnx.save(helper.make_model(graph, producer_name="skl2onnx"), path)


@writes("gensim", "vectors.model")
def _(path, change):
    from gensim.models import Word2Vec

    model = Word2Vec(
        [["a", "b", "c"], ["b", "c", "d"]], vector_size=4, min_count=1, workers=1, seed=1, hashfxn=len
    )
    if change:
        model.wv.vectors[1, 2] = np.nextafter(model.wv.vectors[1, 2], np.float32(9))
    model.save(str(path))


@writes("statsmodels", "results.pickle")
def _(path, change):
    import statsmodels.api as sm

    x, y = data()
    model = sm.OLS(y, x).fit()
    if change:
        model._results.params[1] = math.nextafter(model._results.params[1], 9)
    model.save(str(path))


if __name__ == "__main__":
    main()
