# SPDX-License-Identifier: Apache-2.0
"""A family of mutants: data edited cell by cell, in a table, an array and a JSON file, each pinned again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from e2e.mutant import Edit, Material, Mutant, Place, chain, config, lines, repin, swap

from repro_action.digest import digest_bytes
from repro_action.errors import GraphError, PinError, StepError
from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

TABLE, ARRAY, RECORDS = "data/points.csv", "data/gains.npy", "data/options.json"
WEIGHTS = Place("out/weights.npz", "['weights']")
OPTIONS = {"scale": 1.0, "skip": [3, 7], "note": "as measured", "unused": {"deep": [1, None, True]}}


def _more_data(root: Path) -> None:
    """Let the training read an array and a JSON file, each pinned, besides the table."""
    np.save(root / ARRAY, np.array([1.0, 1.0, 1.0, 0.5]))
    (root / RECORDS).write_text(json.dumps(OPTIONS, indent=1), encoding="utf-8")
    pins = "".join(
        f'[[data]]\npath = "{path}"\ndigest = "{digest_bytes("blake3", (root / path).read_bytes())}"\n\n'
        for path in (ARRAY, RECORDS)
    )
    chain(
        config('[[steps]]\nname = "train"\n', f'{pins}[[steps]]\nname = "train"\n'),
        config(
            'inputs = ["train.py", "ridge.py", "data/points.csv"]',
            f'inputs = ["train.py", "ridge.py", "data/points.csv", "{ARRAY}", "{RECORDS}"]',
        ),
        swap(
            "train.py",
            "    weights, intercept = fit(",
            f'    gains = np.load("{ARRAY}")\n'
            f'    options = __import__("json").loads(Path("{RECORDS}").read_text(encoding="utf-8"))\n'
            '    inputs = inputs * gains[:3] * options["scale"]\n'
            '    train = np.setdiff1d(train, options["skip"])\n'
            "    weights, intercept = fit(",
        ),
    )(root)


def _saved(change: Callable[[np.ndarray], np.ndarray]) -> Edit:
    return lambda root: np.save(root / ARRAY, change(np.load(root / ARRAY)))


def _options(change: Callable[[dict], object], **how: object) -> Edit:
    def edit(root: Path) -> None:
        path = root / RECORDS
        value = json.loads(path.read_text(encoding="utf-8"))
        value = change(value) or value
        path.write_text(json.dumps(value, **{"indent": 1, **how}), encoding="utf-8")

    return edit


def _table(change: Callable[[list[str]], list[str]]) -> Edit:
    return lines(TABLE, change)


def _cell(row: int, column: int, value: str) -> Edit:
    def change(rows: list[str]) -> list[str]:
        cells = rows[row].rstrip("\n").split(",")
        cells[column] = value
        return [*rows[:row], ",".join(cells) + "\n", *rows[row + 1 :]]

    return _table(change)


def _guilty(name: str, file: str, edit: Edit, **more: object) -> Mutant:
    return Mutant(
        name=f"data-{name}",
        why="Data that was edited and pinned again is named as the cause, not the code that reads it.",
        before=_more_data,
        after=chain(edit, repin(file)),
        expected=Verdict.CHANGED,
        materials=(Material(Kind.DATA, file),),
        places=(WEIGHTS,),
        step="train",
        **more,
    )


def _harmless(name: str, file: str, edit: Edit) -> Mutant:
    return Mutant(
        name=f"data-harmless-{name}",
        why="Data whose bytes changed and whose use did not is listed, and turns nothing red.",
        before=_more_data,
        after=chain(edit, repin(file)),
        expected=Verdict.REPRODUCED,
        materials=(Material(Kind.DATA, file),),
    )


def _unpinned(name: str, file: str, edit: Edit) -> Mutant:
    return Mutant(
        name=f"data-unpinned-{name}",
        why="Data that is not what its pin says trains nothing, however small the difference.",
        before=_more_data,
        after=edit,
        expected=Verdict.FAILED,
        error=PinError,
        says=(file,),
    )


def _breaks(name: str, file: str, edit: Edit, *words: str) -> Mutant:
    return Mutant(
        name=f"data-breaks-{name}",
        why="Data that the step cannot read ends it with the step's own words.",
        before=_more_data,
        after=chain(edit, repin(file)),
        expected=Verdict.FAILED,
        error=StepError,
        says=("train", *words),
        step="train",
    )


def _raw(file: str, change: Callable[[bytes], bytes]) -> Edit:
    return lambda root: (root / file).write_bytes(change((root / file).read_bytes()))


def _newer_header(root: Path) -> None:
    with (root / ARRAY).open("wb") as file:
        np.lib.format.write_array(file, np.array([1.0, 1.0, 1.0, 0.5]), version=(2, 0))


def _fields(row: str) -> list[str]:
    return row.rstrip("\n").split(",")


_TABLE = [
    _guilty("cell", TABLE, _cell(1, 1, "1.028")),
    _guilty("cell-tenth-digit", TABLE, _cell(1, 2, "1.642000001")),
    _guilty("cell-sign", TABLE, _cell(1, 3, "-1.147")),
    _guilty("cell-zero", TABLE, _cell(1, 4, "0")),
    _guilty("cell-outlier", TABLE, _cell(12, 4, "1e6")),
    _guilty("cell-not-a-number", TABLE, _cell(12, 1, "nan")),
    _guilty("cell-infinite", TABLE, _cell(12, 4, "inf")),
    _guilty("first-row-gone", TABLE, _table(lambda rows: [rows[0], *rows[2:]])),
    _guilty("row-twice", TABLE, _table(lambda rows: [*rows, rows[-1]])),
    _guilty("rows-reversed", TABLE, _table(lambda rows: [rows[0], *reversed(rows[1:])])),
    _guilty("rows-sorted", TABLE, _table(lambda rows: [rows[0], *sorted(rows[1:], key=lambda row: _fields(row)[1])])),
    _guilty("column-names-swapped", TABLE, _table(lambda rows: ["id,x2,x1,x3,y\n", *rows[1:]])),
    _guilty("target-column-swapped", TABLE, _table(lambda rows: ["id,x1,x2,y,x3\n", *rows[1:]])),
    _guilty("unit-of-a-column", TABLE, _table(lambda rows: [rows[0], *(",".join([_fields(row)[0], f"{float(_fields(row)[1]) * 100:g}", *_fields(row)[2:]]) + "\n" for row in rows[1:])])),
    _guilty("digits-cut", TABLE, _table(lambda rows: [rows[0], *(",".join([_fields(row)[0], *(f"{float(cell):.1f}" for cell in _fields(row)[1:])]) + "\n" for row in rows[1:])])),
    _guilty("half-of-it", TABLE, _table(lambda rows: rows[: len(rows) // 2])),
    _harmless("last-line-end-gone", TABLE, _table(lambda rows: [*rows[:-1], rows[-1].rstrip("\n")])),
    _harmless("extra-column", TABLE, _table(lambda rows: [row.rstrip("\n") + (",z\n" if not at else ",9\n") for at, row in enumerate(rows)])),
    _harmless("columns-in-another-order", TABLE, _table(lambda rows: [",".join(reversed(_fields(row))) + "\n" for row in rows])),
    _harmless("quoted", TABLE, _table(lambda rows: [",".join(f'"{cell}"' for cell in _fields(row)) + "\n" for row in rows])),
    _harmless("zeros-at-the-end", TABLE, _cell(1, 1, "1.02900")),
    _harmless("exponent", TABLE, _cell(1, 1, "1029e-3")),
    _harmless("spaces", TABLE, _cell(1, 1, " 1.029 ")),
    _harmless("blank-line", TABLE, _table(lambda rows: [*rows, "\n"])),
    _harmless("old-line-ends", TABLE, _raw(TABLE, lambda raw: raw.replace(b"\n", b"\r"))),
    _harmless("name-of-a-row", TABLE, _cell(7, 0, "renamed")),
    _unpinned("cell", TABLE, _cell(1, 1, "1.028")),
    _unpinned("line-ends", TABLE, _raw(TABLE, lambda raw: raw.replace(b"\n", b"\r\n"))),
    _unpinned("byte-order-mark", TABLE, _raw(TABLE, lambda raw: b"\xef\xbb\xbf" + raw)),
    _unpinned("empty", TABLE, _raw(TABLE, lambda _: b"")),
    _unpinned("cut", TABLE, _raw(TABLE, lambda raw: raw[:-1])),
    _unpinned("rows-in-another-order", TABLE, _table(lambda rows: [rows[0], *reversed(rows[1:])])),
    _breaks("text-in-a-cell", TABLE, _cell(4, 1, "many"), "ValueError", "many"),
    _breaks("empty-cell", TABLE, _cell(4, 1, ""), "ValueError"),
    _breaks("header-gone", TABLE, _table(lambda rows: rows[1:]), "KeyError"),
    _breaks("utf-16", TABLE, _raw(TABLE, lambda raw: raw.decode().encode("utf-16")), "UnicodeDecodeError"),
    _breaks("byte-order-mark", TABLE, _raw(TABLE, lambda raw: b"\xef\xbb\xbf" + raw.replace(b"id,x1", b"x1,id")), "KeyError"),
    _breaks("other-separator", TABLE, _raw(TABLE, lambda raw: raw.replace(b",", b";")), "KeyError"),
    _breaks("no-rows", TABLE, _table(lambda rows: rows[:1])),
]  # fmt: skip

_ARRAY = [
    _guilty("array-element", ARRAY, _saved(lambda a: a * [1, 2, 1, 1])),
    _guilty("array-last-bit", ARRAY, _saved(lambda a: np.array([np.nextafter(a[0], 2), *a[1:]]))),
    _guilty("array-zero", ARRAY, _saved(lambda a: a * [0, 1, 1, 1])),
    _guilty("array-half-precision", ARRAY, _saved(lambda a: (a * [1.1, 1, 1, 1]).astype(np.float16))),
    _guilty("array-reordered", ARRAY, _saved(lambda a: a[::-1].copy())),
    _harmless("array-unused-element", ARRAY, _saved(lambda a: np.array([*a[:3], 9.0]))),
    _harmless("array-longer", ARRAY, _saved(lambda a: np.append(a, 4.0))),
    _harmless("array-big-endian", ARRAY, _saved(lambda a: a.astype(">f8"))),
    _harmless("array-of-integers", ARRAY, _saved(lambda a: np.array([1, 1, 1, 2]))),
    _harmless("array-newer-header", ARRAY, _newer_header),
    _unpinned("array-bit", ARRAY, _raw(ARRAY, lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]))),
    _unpinned("array-padding", ARRAY, _raw(ARRAY, lambda raw: raw + b"\0")),
    _breaks("array-cut", ARRAY, _raw(ARRAY, lambda raw: raw[:-3]), "ValueError"),
    _breaks("array-of-objects", ARRAY, lambda root: np.save(root / ARRAY, np.array([1.0, "a"], object), allow_pickle=True), "allow_pickle"),
    _breaks("array-shorter", ARRAY, _saved(lambda a: a[:2]), "broadcast"),
]  # fmt: skip

_RECORDS = [
    _guilty("json-number", RECORDS, _options(lambda value: value.update(scale=1.25))),
    _guilty("json-list-longer", RECORDS, _options(lambda value: value["skip"].append(0))),
    _guilty("json-list-shorter", RECORDS, _options(lambda value: value.update(skip=[3]))),
    _guilty("json-list-element", RECORDS, _options(lambda value: value.update(skip=[3, 6]))),
    _guilty("json-true-for-one", RECORDS, _options(lambda value: value.update(skip=[True, 7]))),
    _harmless("json-integer", RECORDS, _options(lambda value: value.update(scale=1))),
    _harmless("json-order-of-a-set", RECORDS, _options(lambda value: value.update(skip=[7, 3, 3]))),
    _harmless("json-text", RECORDS, _options(lambda value: value.update(note="Größe, 模型"))),
    _harmless("json-key-added", RECORDS, _options(lambda value: value.update(more=1))),
    _harmless("json-unused-gone", RECORDS, _options(lambda value: value.pop("unused") and value)),
    _harmless("json-key-order", RECORDS, _options(lambda value: dict(reversed(value.items())))),
    _harmless("json-layout", RECORDS, _options(lambda value: value, indent=None)),
    _harmless("json-key-twice", RECORDS, _raw(RECORDS, lambda raw: raw.replace(b"{", b'{"scale": 5.0,', 1))),
    _unpinned("json-layout", RECORDS, _options(lambda value: value, indent=None)),
    _breaks("json-key-gone", RECORDS, _options(lambda value: value.pop("skip") and value), "KeyError"),
    _breaks("json-comment", RECORDS, _raw(RECORDS, lambda raw: b"// scales\n" + raw), "JSONDecodeError"),
]  # fmt: skip


_FILES = [
    Mutant(
        name="data-added-and-unused",
        why="A pin that no step reads is listed, and changes nothing.",
        before=_more_data,
        after=chain(
            lambda root: (root / "data" / "spare.csv").write_text("a\n1\n"),
            config(
                '[[data]]\npath = "data/points.csv"',
                f'[[data]]\npath = "data/spare.csv"\ndigest = "{digest_bytes("blake3", b"a" + chr(10).encode() + b"1" + chr(10).encode())}"\n\n'
                '[[data]]\npath = "data/points.csv"',
            ),
        ),
        expected=Verdict.REPRODUCED,
        materials=(Material(Kind.DATA, "data/spare.csv"),),
    ),
    Mutant(
        name="data-renamed",
        why="A file of another name is another input of the step, and the same model.",
        before=_more_data,
        after=chain(
            lambda root: (root / ARRAY).rename(root / "data" / "factors.npy"),
            lambda root: (root / "repro.toml").write_text(
                (root / "repro.toml").read_text().replace(ARRAY, "data/factors.npy")
            ),
            swap("train.py", ARRAY, "data/factors.npy"),
        ),
        expected=Verdict.REPRODUCED,
        materials=(
            Material(Kind.CODE, "train.py"),
            Material(Kind.DATA, ARRAY),
            Material(Kind.DATA, "data/factors.npy"),
        ),
    ),
    Mutant(
        name="data-folder-instead",
        why="A folder where a file was pinned is no such data.",
        before=_more_data,
        after=chain(lambda root: (root / ARRAY).unlink(), lambda root: (root / ARRAY).mkdir()),
        expected=Verdict.FAILED,
        error=PinError,
        says=(ARRAY,),
    ),
    Mutant(
        name="data-input-undeclared",
        why="An input that no file matches is a mistake of the commit, found before anything runs.",
        before=_more_data,
        after=config(f'"{RECORDS}"]', f'"{RECORDS}", "data/none.csv"]'),
        expected=Verdict.FAILED,
        error=GraphError,
        says=("data/none.csv",),
    ),
]  # fmt: skip

CELLS = [*_TABLE, *_ARRAY, *_RECORDS, *_FILES]
