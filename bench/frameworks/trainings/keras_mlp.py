# SPDX-License-Identifier: Apache-2.0
"""A multilayer perceptron in Keras on TensorFlow, with dropout and shuffling."""

import sys

import keras
import numpy as np


def main(out):
    source = np.random.RandomState(7)
    features = source.uniform(-1, 1, (512, 40)).astype(np.float32)
    labels = (features[:, :20].sum(axis=1) > features[:, 20:].sum(axis=1)).astype(np.int64)
    model = keras.Sequential(
        [
            keras.layers.Dense(64, activation="tanh"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(features, labels, batch_size=32, epochs=2, verbose=0)
    np.savez(out, **{f"w{index}": value for index, value in enumerate(model.get_weights())})


if __name__ == "__main__":
    main(sys.argv[1])
