# SPDX-License-Identifier: Apache-2.0
"""Write a network with Keras 3.15.1 and KERAS_BACKEND=torch: `write_keras.py FILE`."""

import sys

import keras

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
model.compile(optimizer="sgd", loss="mse")
model.save(sys.argv[1])
