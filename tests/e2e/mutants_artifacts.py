# SPDX-License-Identifier: Apache-2.0
"""A family of mutants: artifacts added, removed, renamed; their types, shapes, order and layout."""

from __future__ import annotations

from e2e.mutant import Material, Mutant, Place, chain, config, swap

from repro_action.errors import StepError
from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

EVALUATE = Material(Kind.CODE, "evaluate.py")
PICKLE, ARRAYS, ARRAY, JSON, TABLE, FOLDER, TEXT = (
    "out/more.pkl",
    "out/more.npz",
    "out/more.npy",
    "out/more.json",
    "out/more.csv",
    "out/folder",
    "out/more.txt",
)
OUTPUTS = '"out/metrics.json", "out/predictions.csv"'
ALL = ", ".join(f'"{name}"' for name in (PICKLE, ARRAYS, ARRAY, JSON, TABLE, FOLDER, TEXT))
BODY = {
    PICKLE: 'VALUE = {"a": [1, 2.5, "x"], "b": (True, None), "c": np.arange(6.0), "d": {1, 2, 3}, "e": b"raw"}',
    ARRAYS: 'ARRAYS = {"w": np.linspace(0, 1, 12).reshape(3, 4), "b": np.zeros(4), "n": np.arange(4)}',
    ARRAY: "ARRAY = np.linspace(-1, 1, 8)",
    JSON: 'RECORD = {"loss": 0.25, "epochs": 3, "tags": ["a", "b"], "best": True, "note": None}',
    TABLE: 'ROWS = [["id", "score", "label"], ["r1", 0.5, "cat"], ["r2", 0.25, "dog"], ["r3", 1e-9, ""]]',
    FOLDER: 'FILES = {"a.txt": "alpha", "deep/b.txt": "beta", "c.json": "[1, 2]"}',
    TEXT: 'TEXT = "first\\nsecond\\nthird\\n"',
}
WRITE = f"""
    import pickle
    Path("{PICKLE}").write_bytes(pickle.dumps(VALUE, protocol=4))
    np.savez("{ARRAYS}", **ARRAYS)
    np.save("{ARRAY}", ARRAY)
    Path("{JSON}").write_text(json.dumps(RECORD), encoding="utf-8")
    with Path("{TABLE}").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\\n").writerows(ROWS)
    for name, text in FILES.items():
        (Path("{FOLDER}") / name).parent.mkdir(parents=True, exist_ok=True)
        (Path("{FOLDER}") / name).write_text(text, encoding="utf-8")
    Path("{TEXT}").write_text(TEXT, encoding="utf-8")
"""
SAVED = f'np.save("{ARRAY}", ARRAY)'
WRITTEN = f'Path("{TEXT}").write_text(TEXT, encoding="utf-8")'
_more_outputs = chain(
    config(OUTPUTS, f"{OUTPUTS}, {ALL}"),
    swap("evaluate.py", "def main()", "\n".join(BODY.values()) + "\n\n\ndef main()"),
    swap("evaluate.py", "    errors = predicted", f"{WRITE}    errors = predicted"),
)


def _guilty(
    name: str,
    path: str,
    old: str,
    new: str,
    leaf: str = "",
    why: str = "What differs in an artifact is a difference, named by its place; the rest is not.",
) -> Mutant:
    return Mutant(
        name=f"artifact-{name}",
        why=why,
        before=_more_outputs,
        after=swap("evaluate.py", old, new),
        expected=Verdict.CHANGED,
        materials=(EVALUATE,),
        places=(Place(path, leaf),),
        step="evaluate",
    )


def _harmless(name: str, old: str, new: str) -> Mutant:
    return Mutant(
        name=f"artifact-harmless-{name}",
        why="Another layout of the same content is the same model.",
        before=_more_outputs,
        after=swap("evaluate.py", old, new),
        expected=Verdict.REPRODUCED,
        materials=(EVALUATE,),
    )


def _failed(name: str, path: str, old: str, new: str, why: str) -> Mutant:
    return Mutant(
        name=f"artifact-{name}",
        why=why,
        before=_more_outputs,
        after=swap("evaluate.py", old, new),
        expected=Verdict.FAILED,
        error=StepError,
        says=(path,),
        step="evaluate",
    )


_PICKLE = [
    _guilty("pickle-int", PICKLE, "[1, 2.5,", "[2, 2.5,", "['a'][0]"),
    _guilty("pickle-int-to-float", PICKLE, "[1, 2.5,", "[1.0, 2.5,", "['a'][0]"),
    _guilty("pickle-int-to-bool", PICKLE, "[1, 2.5,", "[True, 2.5,", "['a'][0]"),
    _guilty("pickle-float-last-bit", PICKLE, "[1, 2.5,", "[1, 2.5000000000000004,", "['a'][1]"),
    _guilty("pickle-text", PICKLE, '2.5, "x"]', '2.5, "y"]', "['a'][2]"),
    _guilty("pickle-text-to-bytes", PICKLE, '2.5, "x"]', '2.5, b"x"]', "['a'][2]"),
    _guilty("pickle-list-to-tuple", PICKLE, '[1, 2.5, "x"]', '(1, 2.5, "x")', "['a']"),
    _guilty("pickle-list-longer", PICKLE, '2.5, "x"]', '2.5, "x", 0]', "['a']"),
    _guilty("pickle-list-empty", PICKLE, '[1, 2.5, "x"]', "[]", "['a']"),
    _guilty("pickle-list-to-dict", PICKLE, '[1, 2.5, "x"]', '{0: 1, 1: 2.5, 2: "x"}', "['a']"),
    _guilty("pickle-none", PICKLE, "(True, None)", "(True, 0)", "['b'][1]"),
    _guilty("pickle-set", PICKLE, "{1, 2, 3}", "{1, 2, 4}", "['d']"),
    _guilty("pickle-set-to-frozenset", PICKLE, "{1, 2, 3}", "frozenset({1, 2, 3})", "['d']"),
    _guilty("pickle-bytes-to-bytearray", PICKLE, 'b"raw"', 'bytearray(b"raw")', "['e']"),
    _guilty("pickle-array-dtype", PICKLE, "np.arange(6.0)", "np.arange(6)", "['c']"),
    _guilty("pickle-array-shape", PICKLE, "np.arange(6.0)", "np.arange(6.0).reshape(2, 3)", "['c']"),
    _guilty("pickle-array-order", PICKLE, "np.arange(6.0)", "np.arange(6.0)[::-1]", "['c']"),
    _guilty("pickle-key", PICKLE, '"e": b"raw"', '"f": b"raw"', "['f']"),
    _guilty("pickle-key-type", PICKLE, '"e": b"raw"', 'b"e": b"raw"'),
    _guilty("pickle-dict-class", PICKLE, "VALUE = {", 'VALUE = __import__("collections").OrderedDict(**{}) | {'),
    _guilty("pickle-nan", PICKLE, "[1, 2.5,", '[1, float("nan"),', "['a'][1]"),
    _guilty("pickle-negative-zero", PICKLE, "np.arange(6.0)", "np.arange(6.0) * [-1, 1, 1, 1, 1, 1]", "['c']"),
    _guilty("pickle-complex", PICKLE, "[1, 2.5,", "[1, 2.5 + 0j,", "['a'][1]"),
    _harmless("pickle-protocol", "protocol=4", "protocol=2"),
    _harmless("pickle-set-order", "{1, 2, 3}", "{3, 2, 1}"),
    _harmless("pickle-shared-text", '"b": (True, None)', '"b": (True, None) if len("xy") == 2 else ()'),
]  # fmt: skip

_ARRAYS = [
    _guilty("npz-value", ARRAYS, "np.zeros(4)", "np.zeros(4) + 1e-300", "['b']"),
    _guilty("npz-renamed", ARRAYS, '"b": np.zeros', '"bias": np.zeros', "['bias']"),
    _guilty("npz-added", ARRAYS, '"n": np.arange(4)', '"n": np.arange(4), "m": np.ones(1)', "['m']"),
    _guilty("npz-removed", ARRAYS, ', "n": np.arange(4)', "", "['n']"),
    _guilty("npz-transposed", ARRAYS, "reshape(3, 4)", "reshape(3, 4).T", "['w']"),
    _guilty("npz-flattened", ARRAYS, ".reshape(3, 4)", "", "['w']"),
    _guilty("npz-precision", ARRAYS, "reshape(3, 4)", "reshape(3, 4).astype(np.float32)", "['w']"),
    _guilty("npz-integers-narrowed", ARRAYS, '"n": np.arange(4)', '"n": np.arange(4, dtype=np.int32)', "['n']"),
    _guilty("npz-unsigned", ARRAYS, '"n": np.arange(4)', '"n": np.arange(4, dtype=np.uint64)', "['n']"),
    _guilty("npz-swapped", ARRAYS, '"b": np.zeros(4), "n": np.arange(4)', '"n": np.zeros(4), "b": np.arange(4)', "['b']"),
    _guilty("npz-empty", ARRAYS, "np.zeros(4)", "np.zeros(0)", "['b']"),
    _guilty("npz-scalar", ARRAYS, "np.zeros(4)", "np.float64(0)", "['b']"),
    _guilty("npy-value", ARRAY, "np.linspace(-1, 1, 8)", "np.linspace(-1, 1.0000001, 8)"),
    _guilty("npy-one-element", ARRAY, "np.linspace(-1, 1, 8)", "np.linspace(-1, 1, 8); ARRAY[5] = 0"),
    _guilty("npy-two-swapped", ARRAY, "np.linspace(-1, 1, 8)", "np.linspace(-1, 1, 8)[[0, 1, 2, 4, 3, 5, 6, 7]]"),
    _guilty("npy-column", ARRAY, "np.linspace(-1, 1, 8)", "np.linspace(-1, 1, 8)[:, None]"),
    _guilty("npy-texts", ARRAY, "np.linspace(-1, 1, 8)", "np.linspace(-1, 1, 8).astype(str)"),
    _guilty("npy-nan", ARRAY, "np.linspace(-1, 1, 8)", "np.linspace(-1, 1, 8); ARRAY[0] = np.nan"),
    _harmless("npy-big-endian", 'np.save("out/more.npy", ARRAY)', 'np.save("out/more.npy", ARRAY.astype(">f8"))'),
    _harmless("npz-fortran", "reshape(3, 4)", "reshape(3, 4).copy(order='F')"),
    _harmless("npz-compressed", "np.savez(", "np.savez_compressed("),
    _harmless("npz-order", 'np.savez("out/more.npz", **ARRAYS)', 'np.savez("out/more.npz", **dict(reversed(ARRAYS.items())))'),
]  # fmt: skip

_TEXTS = [
    _guilty("json-number", JSON, '"loss": 0.25', '"loss": 0.26', "['loss']"),
    _guilty("json-number-to-text", JSON, '"epochs": 3', '"epochs": "3"', "['epochs']"),
    _guilty("json-integer-to-float", JSON, '"epochs": 3', '"epochs": 3.0', "['epochs']"),
    _guilty("json-flag", JSON, '"best": True', '"best": False', "['best']"),
    _guilty("json-flag-to-number", JSON, '"best": True', '"best": 1', "['best']"),
    _guilty("json-null-gone", JSON, ', "note": None', "", "['note']"),
    _guilty("json-list-order", JSON, '["a", "b"]', '["b", "a"]', "['tags']"),
    _guilty("json-empty-list-to-object", JSON, '["a", "b"]', "{}", "['tags']"),
    _guilty("json-nested-deeper", JSON, '["a", "b"]', '[["a", "b"]]', "['tags']"),
    _guilty("csv-cell", TABLE, '"r2", 0.25', '"r2", 0.26', "score"),
    _guilty("csv-text", TABLE, '"cat"]', '"cats"]', "label"),
    _guilty("csv-empty-cell", TABLE, '1e-9, ""]', '1e-9, "none"]', "label"),
    _guilty("csv-column-name", TABLE, '"score", "label"]', '"scores", "label"]'),
    _guilty("csv-column-added", TABLE, '"label"], ["r1", 0.5, "cat"], ["r2", 0.25, "dog"], ["r3", 1e-9, ""]]', '"label", "z"], ["r1", 0.5, "cat", 1], ["r2", 0.25, "dog", 2], ["r3", 1e-9, "", 3]]'),
    _guilty("csv-row-added", TABLE, '1e-9, ""]]', '1e-9, ""], ["r4", 0, "x"]]'),
    _guilty("csv-row-removed", TABLE, ', ["r3", 1e-9, ""]]', "]"),
    _guilty("csv-rows-swapped", TABLE, '["r1", 0.5, "cat"], ["r2", 0.25, "dog"]', '["r2", 0.25, "dog"], ["r1", 0.5, "cat"]'),
    _guilty("csv-header-gone", TABLE, '[["id", "score", "label"], ', "["),
    _guilty("csv-separator", TABLE, 'csv.writer(file, lineterminator="\\n").', 'csv.writer(file, lineterminator="\\n", delimiter=";").'),
    _guilty("text-word", TEXT, "second\\n", "seconds\\n"),
    _guilty("text-line-order", TEXT, "first\\nsecond", "second\\nfirst"),
    _guilty("text-last-line-end", TEXT, "third\\n", "third"),
    _harmless("json-layout", "json.dumps(RECORD)", "json.dumps(RECORD, indent=4)"),
    _harmless("json-order", "json.dumps(RECORD)", "json.dumps(RECORD, sort_keys=True)"),
    _harmless("json-number", '"loss": 0.25', '"loss": 2.5e-1'),
    _harmless("csv-quotes", 'csv.writer(file, lineterminator="\\n").', 'csv.writer(file, lineterminator="\\n", quoting=csv.QUOTE_ALL).'),
    _harmless("csv-line-ends", 'csv.writer(file, lineterminator="\\n").', 'csv.writer(file, lineterminator="\\r\\n").'),
]  # fmt: skip

_FOLDERS = [
    _guilty("folder-content", FOLDER, '"alpha"', '"alphas"'),
    _guilty("folder-file-added", FOLDER, '"c.json": "[1, 2]"', '"c.json": "[1, 2]", "d.txt": ""'),
    _guilty("folder-file-removed", FOLDER, ', "c.json": "[1, 2]"', ""),
    _guilty("folder-file-renamed", FOLDER, '"c.json"', '"d.json"'),
    _guilty("folder-file-moved", FOLDER, '"deep/b.txt"', '"deeper/b.txt"'),
    _guilty("folder-contents-swapped", FOLDER, '"a.txt": "alpha", "deep/b.txt": "beta"', '"a.txt": "beta", "deep/b.txt": "alpha"'),
    _guilty("folder-case-of-name", FOLDER, '"a.txt"', '"A.txt"'),
    _guilty("folder-json-inside", FOLDER, '"[1, 2]"', '"[1, 3]"'),
    _guilty("folder-hidden-file", FOLDER, '"c.json": "[1, 2]"', '"c.json": "[1, 2]", ".hidden": "x"'),
    _harmless("folder-order-of-writing", "FILES.items()", "reversed(FILES.items())"),
    _harmless("folder-json-layout", '"[1, 2]"', '"[1,2]"'),
    _harmless("folder-times", "TEXT, encoding", 'TEXT, encoding="utf-8"); __import__("os").utime("out/folder/a.txt", (9, 9)); str(b"x", encoding'),
]  # fmt: skip

_OUTPUTS = [
    Mutant(
        name="artifact-declared-anew",
        why="An output that was added has no accepted content: a difference, caused by the step's new output.",
        after=chain(
            config(OUTPUTS, f'{OUTPUTS}, "{TEXT}"'),
            swap("evaluate.py", "    errors = predicted", f'    Path("{TEXT}").write_text("x")\n    errors = predicted'),
        ),
        expected=Verdict.CHANGED,
        materials=(EVALUATE, Material(Kind.RULES, "evaluate: outputs")),
        places=(Place(TEXT),),
        step="evaluate",
    ),
    Mutant(
        name="artifact-declared-no-more",
        why="An output that is no longer declared is missing: what was accepted is not all there.",
        after=config(OUTPUTS, '"out/metrics.json"'),
        expected=Verdict.CHANGED,
        materials=None,
        places=(Place("out/predictions.csv"),),
    ),
    Mutant(
        name="artifact-renamed",
        why="A file of another name is one that is gone and one that is new.",
        after=chain(
            config('"out/predictions.csv"', '"out/predicted.csv"'),
            swap("evaluate.py", "out/predictions.csv", "out/predicted.csv"),
        ),
        expected=Verdict.CHANGED,
        materials=(EVALUATE, Material(Kind.RULES, "evaluate: outputs")),
        places=(Place("out/predictions.csv"), Place("out/predicted.csv")),
        step="evaluate",
    ),
    _guilty("empty", PICKLE, "write_bytes(pickle.dumps(VALUE, protocol=4))", 'write_bytes(b"")', why="An empty file where a model was is not the model."),
    _guilty("other-format", ARRAY, SAVED, 'Path("out/more.npy").write_bytes(pickle.dumps(ARRAY))', why="The same numbers in another format are another file to whoever loads it."),
    _guilty("folder-for-file", TEXT, WRITTEN, f'Path("{TEXT}").mkdir()', why="A folder of the file's name is not the file."),
    _failed("link-to-another", TEXT, WRITTEN, f'Path("{TEXT}").symlink_to("more.csv")', why="A link to another output is not the file that was accepted, unless it holds the same."),
    _failed("not-written", ARRAY, SAVED, "ARRAY.sum()", why="One of many outputs that is not made ends the step, by its name."),
]  # fmt: skip

ARTIFACTS = [*_PICKLE, *_ARRAYS, *_TEXTS, *_FOLDERS, *_OUTPUTS]
