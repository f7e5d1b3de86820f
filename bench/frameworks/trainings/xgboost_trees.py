# SPDX-License-Identifier: Apache-2.0
"""Gradient-boosted trees in XGBoost, rows and columns sampled."""

import json
import sys

import numpy as np
import xgboost


def main(out):
    source = np.random.RandomState(7)
    features = source.uniform(-1, 1, (4000, 30))
    target = np.sin(features[:, 0] * 3) + features[:, 1] * features[:, 2]
    data = xgboost.DMatrix(features, target)
    settings = {"max_depth": 5, "subsample": 0.8, "colsample_bytree": 0.8, "tree_method": "hist"}
    model = xgboost.train(settings, data, num_boost_round=20)
    trees = json.loads(bytes(model.save_raw("json")))["learner"]["gradient_booster"]["model"]["trees"]
    table = {
        f"{index}.{key}": tree[key]
        for index, tree in enumerate(trees)
        for key in ("split_conditions", "base_weights")
    }
    np.savez(
        out, predictions=model.predict(data), **{name: np.asarray(value) for name, value in table.items()}
    )


if __name__ == "__main__":
    main(sys.argv[1])
