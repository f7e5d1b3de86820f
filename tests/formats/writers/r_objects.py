# SPDX-License-Identifier: Apache-2.0
"""What R saves; `Rscript` must be on PATH."""

from __future__ import annotations

import subprocess

from driver import main, second, writes

VALUES = """
weights <- c(1.5, NA, Inf, 2)
%s
frame <- data.frame(age = 1:20, name = as.character(1:20), group = factor(rep(c("a", "b"), 10)))
step <- function(x, rate = 0.5) x - rate * x
%s
model <- list(weights = weights, frame = frame, kernel = matrix(1:6 / 7, 2), texts = c("x", NA, "\\u00e9"),
              flags = c(TRUE, NA), none = NULL, fit = lm(dist ~ speed, cars), step = step, day = as.Date("2026-01-31"))
%s
"""


def run(path, change, how):
    moved = "weights[1] <- weights[1] + .Machine$double.eps" if change else ""
    # What was compiled is the same function.
    compiled = "step <- compiler::cmpfun(step)" if second() else ""
    script = VALUES % (moved, compiled, how % f'"{path}"')
    subprocess.run(["Rscript", "--vanilla", "-e", script], check=True)


@writes("rds", "model.rds")
def _(path, change):
    run(path, change, "saveRDS(model, %s" + (", version = 2, compress = 'xz')" if second() else ")"))


@writes("rds-text", "model.rds")
def _(path, change):
    native = "writing <- gzfile(%s, 'wb'); serialize(model, writing, xdr = FALSE); close(writing)"
    run(path, change, native if second() else "saveRDS(model, %s, ascii = NA)")


@writes("rdata", "model.RData")
def _(path, change):
    run(path, change, "save(weights, model, file = %s" + (", compress = 'bzip2')" if second() else ")"))


if __name__ == "__main__":
    main()
