# SPDX-License-Identifier: Apache-2.0
"""Models of PyTorch, TensorFlow, Keras and JAX."""

from __future__ import annotations

from formats.case import Case

CASES = (
    Case(
        name="spacy",
        title="spaCy folder",
        format="folder",
        changed=("textcat/model['params'][7]['W']",),
        rules=("spacy-speed",),
        slack=0.1,
    ),
    Case(
        name="keras",
        title="Keras `.keras`",
        format="zip",
        changed=("model.weights.h5/layers/dense/vars/0",),
        rules=("keras-date-saved", "keras-object-ids"),
        slack=0.05,
        verbatim=True,
    ),
    Case(
        name="keras-h5",
        title="Keras `.h5`",
        format="hdf5",
        changed=("model_weights/dense/sequential/dense/kernel",),
        slack=0.85,
        verbatim=True,
    ),
    Case(
        name="keras-weights",
        title="Keras `.weights.h5`",
        format="hdf5",
        changed=("layers/dense/vars/0",),
        slack=0.97,
        verbatim=True,
    ),
    Case(
        name="tensorflow-saved-model",
        title="TensorFlow SavedModel",
        format="folder",
        changed=("variables/variables['w/.ATTRIBUTES/VARIABLE_VALUE']",),
        rules=("tensorflow-fingerprint", "tensorflow-function-ids"),
        slack=0.05,
    ),
    Case(
        name="tensorflow-checkpoint",
        title="TensorFlow checkpoint",
        format="folder",
        changed=("ckpt-1['w/.ATTRIBUTES/VARIABLE_VALUE']",),
        slack=0.15,
    ),
    Case(
        name="torch-state",
        title="PyTorch state",
        format="torch",
        changed=("['w']",),
        slack=0.65,
        verbatim=True,
    ),
    Case(
        name="torch-module",
        title="PyTorch module",
        format="torch",
        changed=("_modules['0']._parameters['weight']",),
        slack=0.5,
        verbatim=True,
    ),
    Case(
        name="torch-legacy",
        title="PyTorch before 1.6",
        format="torch",
        changed=("['w']",),
        slack=0.2,
        verbatim=True,
    ),
    Case(
        name="torchscript",
        title="TorchScript",
        format="torch",
        changed=("module.__dict__['0'].weight.data",),
        rules=("torchscript-debug",),
        slack=0.65,
        verbatim=True,
    ),
    Case(
        name="hugging-face",
        title="Hugging Face folder, sharded safetensors",
        format="folder",
        changed=("model.safetensors['a.weight']",),
        slack=0.05,
    ),
    Case(
        name="flax-msgpack",
        title="Flax MessagePack",
        format="msgpack",
        changed=("['params']['dense']['kernel']",),
        verbatim=True,
    ),
)
