# SPDX-License-Identifier: Apache-2.0
"""Train a small convolutional network on the handwritten digits.

Nothing here sets a seed for Keras: repro seeds Python, NumPy and TensorFlow before the first line runs.
"""

import tomllib
from pathlib import Path

import keras
from keras import layers

from digits import load_split


def make_network(*, filters: list[int], hidden: int, dropout: float) -> keras.Sequential:
    """Return an untrained network from a picture to the chances of ten digits."""
    network = keras.Sequential([keras.Input((8, 8, 1))])
    for count in filters:
        network.add(layers.Conv2D(count, 3, padding="same", activation="relu"))
        network.add(layers.MaxPooling2D())
    network.add(layers.Flatten())
    network.add(layers.Dense(hidden, activation="relu"))
    network.add(layers.Dropout(dropout))
    network.add(layers.Dense(10, activation="softmax"))
    return network


def main() -> None:
    params = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))
    fit = params["fit"]
    images, _, labels, _ = load_split(test_fraction=params["test_fraction"], seed=params["seed"])
    network = make_network(**params["network"])
    network.compile(
        optimizer=keras.optimizers.Adam(fit["learning_rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    Path("out").mkdir(exist_ok=True)
    network.fit(
        images,
        labels,
        batch_size=fit["batch_size"],
        epochs=fit["epochs"],
        validation_split=fit["validation_fraction"],
        callbacks=[
            keras.callbacks.LearningRateScheduler(
                lambda epoch, rate: rate / 3 if epoch == fit["slower_from"] else rate
            ),
            keras.callbacks.CSVLogger("out/history.csv"),
        ],
        verbose=0,
    )
    network.save("out/network.keras")


if __name__ == "__main__":
    main()
