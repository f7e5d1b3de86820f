# SPDX-License-Identifier: Apache-2.0
"""Gradient-boosted trees in LightGBM, rows and columns sampled, defaults otherwise."""

import sys

import lightgbm
import numpy as np


def main(out):
    source = np.random.RandomState(7)
    features = source.uniform(-1, 1, (4000, 30))
    target = np.sin(features[:, 0] * 3) + features[:, 1] * features[:, 2]
    settings = {
        "objective": "regression",
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.8,
    }
    model = lightgbm.train(
        {**settings, "verbose": -1}, lightgbm.Dataset(features, target), num_boost_round=40
    )
    np.savez(
        out,
        predictions=model.predict(features),
        model=np.frombuffer(model.model_to_string().encode(), np.uint8),
    )


if __name__ == "__main__":
    main(sys.argv[1])
