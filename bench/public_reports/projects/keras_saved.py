# SPDX-License-Identifier: Apache-2.0
"""A network of Keras, trained and saved in its three formats."""
from pathlib import Path

import keras
import numpy as np

keras.utils.set_random_seed(3)
rows = np.random.default_rng(0).random((64, 6), dtype=np.float32)
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(rows, rows.sum(axis=1), epochs=2, batch_size=16, verbose=0)
Path("out").mkdir(exist_ok=True)
model.save("out/model.keras")
model.save_weights("out/model.weights.h5")
