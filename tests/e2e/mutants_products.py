# SPDX-License-Identifier: Apache-2.0
"""Mutants that change what comes out: values, dtypes, leaves, or only the bytes around them."""

from __future__ import annotations

import shutil

from e2e.mutant import Edit, Material, Mutant, Place, chain, config, swap

from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

TRAIN = (Material(Kind.CODE, "train.py"),)
MODEL = "out/model.pkl"
ARCHIVE = "out/weights.npz"
SAVE = 'np.savez("out/weights.npz", weights=weights, intercept=intercept)'
PICKLE = 'Path("out/model.pkl").write_bytes(pickle.dumps(model, protocol=5))'
RULE = '[artifacts."out/*"]\nmax_ulp = 0\n'

ZIP_WITH_TIMES = """import io, time, zipfile
    with zipfile.ZipFile("out/weights.npz", "w") as archive:
        for name, value in (("weights", weights), ("intercept", np.float64(intercept))):
            buffer = io.BytesIO()
            np.save(buffer, value)
            year = 1980 + time.time_ns() // 1000 % 100
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (year, 1, 1, 0, 0, 0)), buffer.getvalue())
"""

HOSTILE = """class Trap:
        def __reduce__(self):
            return Path.touch, (Path("EXECUTED"),)

    model["trap"] = Trap()
    """


def saved(new: str) -> Edit:
    """Save the archive in another way."""
    return swap("train.py", SAVE, new)


def pickled(new: str) -> Edit:
    """Save the pickle in another way."""
    return swap("train.py", PICKLE, new)


def rule(text: str) -> Edit:
    """Declare a rule for products."""
    return config(RULE, text)


_VALUES = [
    Mutant(
        name="leaf-one-ulp",
        why="The smallest difference there is, in one element, is a difference.",
        after=saved(f"weights[0] = np.nextafter(weights[0], 9.0)\n    {SAVE}"),
        expected=Verdict.CHANGED,
        materials=TRAIN,
        places=(Place(ARCHIVE, "['weights']"),),
        step="train",
    ),
    Mutant(
        name="leaf-negative-zero",
        why="0.0 == -0.0, but their bits and their quotients differ.",
        before=saved('np.savez("out/weights.npz", weights=weights, intercept=intercept, zero=np.zeros(2))'),
        after=swap("train.py", "zero=np.zeros(2)", "zero=-np.zeros(2)"),
        expected=Verdict.CHANGED,
        materials=TRAIN,
        places=(Place(ARCHIVE, "['zero']"),),
        step="train",
    ),
    Mutant(
        name="leaf-float32",
        why="A lost half of the digits is named as a dtype, not only as other values.",
        after=saved(SAVE.replace("weights=weights", "weights=weights.astype(np.float32)")),
        expected=Verdict.CHANGED,
        materials=TRAIN,
        places=(Place(ARCHIVE, "['weights']"),),
        step="train",
    ),
    Mutant(
        name="leaf-reshaped",
        why="The same bytes in another shape predict something else.",
        after=pickled(f'model["weights"] = weights.reshape(-1, 1)\n    {PICKLE}'),
        expected=Verdict.CHANGED,
        materials=TRAIN,
        places=(Place(MODEL, "['weights']"),),
        step="train",
    ),
    Mutant(
        name="leaf-extra",
        why="A value that nobody accepted is a difference.",
        after=saved(SAVE.replace("intercept=intercept", "intercept=intercept, extra=np.arange(3)")),
        expected=Verdict.CHANGED,
        materials=TRAIN,
        places=(Place(ARCHIVE, "['extra']"),),
        step="train",
    ),
    Mutant(
        name="leaf-missing",
        why="A value that is gone is a difference, never a pass.",
        after=pickled(f'del model["features"]\n    {PICKLE}'),
        expected=Verdict.CHANGED,
        materials=TRAIN,
        places=(Place(MODEL, "['features']"),),
        step="train",
    ),
    Mutant(
        name="leaf-renamed",
        why="Loaders look a value up by its name.",
        after=pickled(f'model["bias"] = model.pop("intercept")\n    {PICKLE}'),
        expected=Verdict.CHANGED,
        materials=TRAIN,
        places=(Place(MODEL, "['bias']"), Place(MODEL, "['intercept']")),
        step="train",
    ),
    Mutant(
        name="pickle-dict-order",
        why="Programs iterate over a dict: the layers of a network are one.",
        after=pickled(PICKLE.replace("(model,", "(dict(reversed(model.items())),")),
        expected=Verdict.CHANGED,
        materials=TRAIN,
        places=(Place(MODEL),),
        step="train",
    ),
    Mutant(
        name="artifact-truncated",
        why="A file that cannot be read is compared as bytes and never green.",
        after=pickled('Path("out/model.pkl").write_bytes(pickle.dumps(model, protocol=5)[:-8])'),
        expected=Verdict.CHANGED,
        acceptable=frozenset({Verdict.FAILED}),
        materials=TRAIN,
        places=(Place(MODEL),),
        step="train",
        doubt="whether an unreadable product ends the run.",
    ),
    Mutant(
        name="artifact-hostile",
        why="Comparing a pickle from a pull request must not run what is in it.",
        after=pickled(HOSTILE + PICKLE),
        expected=Verdict.CHANGED,
        materials=TRAIN,
        places=(Place(MODEL, "['trap']"),),
        step="train",
        never=("EXECUTED", "out/EXECUTED"),
    ),
    Mutant(
        name="scalar-inside-tolerance",
        why="A declared tolerance is kept, and the difference is still shown.",
        before=rule(f'{RULE}\n[artifacts."out/model.pkl"]\natol = 1e-9\n'),
        after=pickled(f'model["intercept"] += 1e-12\n    {PICKLE}'),
        expected=Verdict.EQUIVALENT,
        materials=TRAIN,
        places=(Place(MODEL, "['intercept']"),),
        step="train",
    ),
    Mutant(
        name="scalar-outside-tolerance",
        why="A tolerance has an end.",
        before=rule(f'{RULE}\n[artifacts."out/model.pkl"]\natol = 1e-9\n'),
        after=pickled(f'model["intercept"] += 1e-6\n    {PICKLE}'),
        expected=Verdict.CHANGED,
        materials=TRAIN,
        places=(Place(MODEL, "['intercept']"),),
        step="train",
    ),
    Mutant(
        name="array-inside-tolerance",
        why="Elements are judged against the accepted file, which `accept` keeps in .repro/.",
        before=rule(f'{RULE}\n[artifacts."{MODEL}"]\nmax_ulp = 4\n'),
        after=pickled(f'model["weights"] = np.nextafter(weights, 9.0)\n    {PICKLE}'),
        expected=Verdict.EQUIVALENT,
        materials=TRAIN,
        places=(Place(MODEL, "['weights']"),),
        step="train",
    ),
    Mutant(
        name="array-inside-tolerance-in-a-clone",
        why="Without the accepted file elements cannot be compared, and what cannot be compared is not green.",
        before=rule(f'{RULE}\n[artifacts."{MODEL}"]\nmax_ulp = 4\n'),
        after=chain(
            pickled(f'model["weights"] = np.nextafter(weights, 9.0)\n    {PICKLE}'),
            lambda root: shutil.rmtree(root / ".repro", ignore_errors=True),
        ),
        expected=Verdict.CHANGED,
        acceptable=frozenset({Verdict.EQUIVALENT}),
        materials=TRAIN,
        places=(Place(MODEL, "['weights']"),),
        step="train",
        doubt="`equivalent` where the statistics in the baseline prove that every element lies inside.",
    ),
    Mutant(
        name="leaf-declared-byproduct",
        why="A leaf that a rule leaves out may differ in every run, visibly.",
        before=chain(
            rule(RULE + '\n[artifacts."out/model.pkl"]\nbyproducts = ["[\'trained_at\']"]\n'),
            swap("train.py", "import pickle\n", "import pickle\nimport time\n"),
            pickled(f'model["trained_at"] = time.time_ns()\n    {PICKLE}'),
        ),
        expected=Verdict.REPRODUCED,
    ),
]

_BYTES_ONLY = [
    Mutant(
        name="pickle-protocol",
        why="Another protocol holds the same model.",
        after=swap("train.py", "protocol=5", "protocol=4"),
        expected=Verdict.REPRODUCED,
        materials=TRAIN,
    ),
    Mutant(
        name="array-fortran-order",
        why="The layout in memory is not content.",
        before=pickled(f'model["gram"] = np.outer(weights, weights + 1)\n    {PICKLE}'),
        after=swap(
            "train.py", "np.outer(weights, weights + 1)", "np.asfortranarray(np.outer(weights, weights + 1))"
        ),
        expected=Verdict.REPRODUCED,
        materials=TRAIN,
    ),
    Mutant(
        name="npz-compressed",
        why="Compression is not content.",
        after=saved(SAVE.replace("np.savez(", "np.savez_compressed(")),
        expected=Verdict.REPRODUCED,
        materials=TRAIN,
    ),
    Mutant(
        name="npz-times",
        why="Zip times differ in every run though the arrays agree: the reason to compare leaves.",
        before=saved(ZIP_WITH_TIMES),
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="json-key-order",
        why="The keys of a JSON object have no order.",
        after=swap("evaluate.py", "sort_keys=True", "sort_keys=False"),
        expected=Verdict.REPRODUCED,
        materials=(Material(Kind.CODE, "evaluate.py"),),
    ),
    Mutant(
        name="csv-column-order",
        why="Programs read columns by their place as often as by their name.",
        after=chain(
            swap("evaluate.py", '["row", "truth", "prediction"]', '["row", "prediction", "truth"]'),
            swap(
                "evaluate.py",
                "zip(test.tolist(), truth[test].tolist(), predicted.tolist()",
                "zip(test.tolist(), predicted.tolist(), truth[test].tolist()",
            ),
        ),
        expected=Verdict.CHANGED,
        materials=(Material(Kind.CODE, "evaluate.py"),),
        places=(Place("out/predictions.csv"),),
        step="evaluate",
    ),
]

PRODUCTS = [*_VALUES, *_BYTES_ONLY]
