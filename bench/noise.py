# SPDX-License-Identifier: Apache-2.0
"""Does the rule of two sigma hold, and what does a calibration cost?

`python -m bench.noise` makes 200 null changes: pairs of a real training (a small forest and a small network
on scikit-learn's digits) that differ in their seed alone, each held to a noise record of 20 other seeds.
Ten records, 20 changes each: the coverage of one record depends on its luck.
`python -m bench.noise --cost` calibrates examples/wine with 20 seeds, and runs its seeded steps 20 times in a
shell beside it, in CPU seconds of all processes.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from repro_action.noise.margin import allowed_change
from repro_action.noise.record import metric_noise

RECORDS, CHANGES, SEEDS = 10, 20, 20
WINE = Path(__file__).parents[1] / "examples" / "wine"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def trainings() -> Mapping[str, Callable[[int], dict[str, float]]]:
    """Return name of a model → what trains it with a seed and returns its metrics on a held-out third."""
    from sklearn.datasets import load_digits
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import accuracy_score, f1_score, log_loss
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier

    pixels, labels = load_digits(return_X_y=True)
    split = train_test_split(pixels[:900] / 16, labels[:900], test_size=1 / 3, random_state=0)
    train_x, test_x, train_y, test_y = split

    def metrics(model: RandomForestClassifier | MLPClassifier) -> dict[str, float]:
        model.fit(train_x, train_y)
        guesses = model.predict(test_x)
        return {
            "accuracy": float(accuracy_score(test_y, guesses)),
            "macro_f1": float(f1_score(test_y, guesses, average="macro")),
            "log_loss": float(log_loss(test_y, model.predict_proba(test_x))),
        }

    return {
        "forest": lambda seed: metrics(RandomForestClassifier(n_estimators=20, random_state=seed)),
        "network": lambda seed: metrics(
            MLPClassifier(hidden_layer_sizes=(16,), max_iter=20, random_state=seed)
        ),
    }


def coverage(train: Callable[[int], dict[str, float]]) -> dict[str, list[bool]]:
    """Return metric → whether each null change lay within two sigma."""
    seeds = count(1)
    found: dict[str, list[bool]] = {}
    for _ in range(RECORDS):
        drawn = {seed: train(seed) for seed in (next(seeds) for _ in range(SEEDS))}
        pairs = [(train(next(seeds)), train(next(seeds))) for _ in range(CHANGES)]
        for name in pairs[0][0]:
            noise = metric_noise({seed: values[name] for seed, values in drawn.items()})
            bound = allowed_change(noise, 2.0) or 0.0
            found.setdefault(name, []).extend(abs(head[name] - base[name]) <= bound for base, head in pairs)
    return found


def cpu_seconds(action: Callable[[], object]) -> float:
    """Return user and system seconds of all processes that an action starts and waits for."""

    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = used()
    action()
    return used() - before


def cost(seeds: int) -> None:
    """Print what a calibration of the wine example takes beside its seeded steps."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "wine"
        shutil.copytree(WINE, root, ignore=shutil.ignore_patterns(".repro", "out", "*.baseline.json"))
        config = root / "repro.toml"
        text = re.sub(r"^lock = .*\n", "", config.read_text(encoding="utf-8"), flags=re.MULTILINE)
        config.write_text(text.replace('backend = "venv"', 'backend = "current"'), encoding="utf-8")
        for command in ("verify", "accept"):
            _repro(root, command, "--json")
        bare = cpu_seconds(lambda: _bare(root, seeds))
        calibrated = cpu_seconds(
            lambda: _repro(root, "calibrate", "--seeds", str(seeds), "--quiet", "--json")
        )
        verified = cpu_seconds(lambda: _repro(root, "verify", "--json"))
    print(f"{seeds} times the seeded steps of wine in a shell: {bare:.1f} s of CPU")
    print(f"repro calibrate --seeds {seeds}: {calibrated:.1f} s of CPU, {calibrated / bare:.2f} times that")
    print(f"repro verify once: {verified:.1f} s of CPU; {seeds} of them: {seeds * verified:.1f} s")


def _bare(root: Path, seeds: int) -> None:
    steps = tomllib.loads((root / "repro.toml").read_text(encoding="utf-8"))["steps"]
    params = root / "params.toml"
    text = params.read_text(encoding="utf-8")
    for seed in range(43, 43 + seeds):
        params.write_text(text.replace("seed = 42", f"seed = {seed}"), encoding="utf-8")
        for step in steps:
            words = [sys.executable, *step["run"][1:]]
            subprocess.run(words, cwd=root, env={**os.environ, **ONE_THREAD}, check=True)
    params.write_text(text, encoding="utf-8")


def _repro(root: Path, *words: str) -> None:
    command = [sys.executable, "-m", "repro_action", *words]
    subprocess.run(command, cwd=root, check=False, stdout=subprocess.DEVNULL)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cost", action="store_true", help="what a calibration costs, instead of coverage")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="trainings of a calibration, for --cost")
    options = parser.parse_args()
    if options.cost:
        cost(options.seeds)
        return
    for model, train in trainings().items():
        for metric, inside in coverage(train).items():
            by_record = [
                sum(inside[start : start + CHANGES]) / CHANGES for start in range(0, len(inside), CHANGES)
            ]
            print(
                f"{model} {metric}: {sum(inside)} of {len(inside)} null changes within 2 sigma "
                f"({sum(inside) / len(inside):.1%}); by record {min(by_record):.0%} to {max(by_record):.0%}, "
                f"median {statistics.median(by_record):.0%}"
            )


if __name__ == "__main__":
    main()
