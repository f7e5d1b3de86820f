# SPDX-License-Identifier: Apache-2.0
"""A regression whose summary says when it was printed."""
from pathlib import Path

import numpy as np
import statsmodels.api as sm

rng = np.random.default_rng(0)
rows = sm.add_constant(rng.normal(size=(60, 2)))
fitted = sm.OLS(rows @ [1, 2, 3] + rng.normal(size=60), rows).fit()
Path("out").mkdir(exist_ok=True)
Path("out/summary.txt").write_text(str(fitted.summary()))
np.save("out/params.npy", fitted.params)
