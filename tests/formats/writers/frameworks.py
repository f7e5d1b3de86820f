# SPDX-License-Identifier: Apache-2.0
"""Models of PyTorch, TensorFlow, Keras and JAX."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
from driver import main, second, writes
from models import weights

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def keras_model(change):
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)])
    model.layers[0].set_weights([weights(change), np.zeros(4, "f4")])
    return model


@writes("keras", "model.keras")
def _(path, change):
    keras_model(change).save(path)


@writes("keras-h5", "model.h5")
def _(path, change):
    keras_model(change).save(path)


@writes("keras-weights", "model.weights.h5")
def _(path, change):
    keras_model(change).save_weights(path)


@writes("tensorflow-saved-model", "saved")
def _(path, change):
    import tensorflow as tf

    class Module(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable(weights(change), name="w")

        @tf.function(input_signature=[tf.TensorSpec([None, 3])])
        def __call__(self, x):
            return x @ self.w

    module = Module()
    if second():
        # Functions are numbered in the order in which a process makes them.
        tf.function(lambda x: x + 1)(1)
    tf.saved_model.save(module, str(path))


@writes("tensorflow-checkpoint", "checkpoint")
def _(path, change):
    import tensorflow as tf

    path.mkdir()
    tf.train.Checkpoint(w=tf.Variable(weights(change)), step=tf.Variable(3)).save(str(path / "ckpt"))


@writes("torch-state", "model.pt")
def _(path, change):
    import torch

    torch.save({"w": torch.from_numpy(weights(change)), "b": torch.zeros(2)}, path)


def torch_module(change):
    import torch

    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
    if change:
        with torch.no_grad():
            model[0].weight[1, 2] = torch.nextafter(model[0].weight[1, 2], torch.tensor(9.0))
    return model


@writes("torch-module", "module.pt")
def _(path, change):
    import torch

    torch.save(torch_module(change), path)


def without_paths(path, torch):
    """Put another folder of the same length where the debug members say in which one PyTorch is installed."""
    folder = str(Path(torch.__file__).parents[1]).encode()
    with zipfile.ZipFile(path) as archive:
        members = [(info, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in members:
            archive.writestr(info.filename, data.replace(folder, b"/opt".ljust(len(folder), b"x")))


@writes("torchscript", "script.pt")
def _(path, change):
    import torch

    torch.jit.script(torch_module(change)).save(str(path))
    without_paths(path, torch)


@writes("torch-legacy", "legacy.pt")
def _(path, change):
    import torch

    state = {"w": torch.from_numpy(weights(change)), "b": torch.zeros(2)}
    torch.save(state, path, _use_new_zipfile_serialization=False)


@writes("hugging-face", "repository")
def _(path, change):
    import json

    from safetensors.numpy import save_file

    path.mkdir()
    tensors = {"a.weight": weights(change), "b.weight": weights(False)}
    # The same tensors in two shards, or in three.
    shards = [{"a.weight": tensors["a.weight"]}, {"b.weight": tensors["b.weight"]}]
    shards = [*shards, {}] if second() else shards
    names = [f"model-{number + 1:05}-of-{len(shards):05}.safetensors" for number in range(len(shards))]
    where = {}
    for name, shard in zip(names, shards, strict=True):
        if shard:
            save_file(shard, path / name, metadata={"format": "pt"})
        where |= dict.fromkeys(shard, name)
    size = sum(array.nbytes for array in tensors.values())
    index = {"metadata": {"total_size": size}, "weight_map": where}
    (path / "model.safetensors.index.json").write_text(json.dumps(index))
    (path / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_size": 4}))


if __name__ == "__main__":
    main()
