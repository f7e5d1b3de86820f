# SPDX-License-Identifier: Apache-2.0
"""A family of mutants: parameters of every type, in TOML, JSON and YAML, each named by its key."""

from __future__ import annotations

import json
from pathlib import Path

from e2e.mutant import Edit, Material, Mutant, Place, append, chain, config, prepend, remove, swap

from repro_action.errors import ReproError
from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

TOML, JSON, YAML = "more.toml", "more.json", "more.yaml"
SEEN = Place("out/model.pkl", "['knobs']")
_TOML = """\
count = 3
rate = 0.1
tiny = 1e-300
text = "relu"
empty = ""
flag = true
day = 2024-02-29
moment = 2024-02-29T12:00:00Z
sizes = [32, 16]
mixed = ["a", 1, 2.5, false]
none = []

[deep.er]
value = 1

[["layer"]]
units = 8

[["layer"]]
units = 4
"""
_JSON = {
    "depth": 5,
    "nothing": None,
    "ratio": 0.3,
    "grid": {"C": [0.1, 1.0, 10.0]},
    "name": "größe",
    "a.b": 1,
}
_YAML = """\
optimizer: sgd
momentum: 0.9
steps: [1, 2, 3]
schedule:
  warm: true
  until: 12
"""


def _more_parameters(root: Path) -> None:
    """Give the training three more parameter files, of which it writes all but `unused` into the model."""
    (root / TOML).write_text(_TOML, encoding="utf-8")
    (root / JSON).write_text(json.dumps(_JSON, indent=1), encoding="utf-8")
    (root / YAML).write_text(_YAML, encoding="utf-8")
    chain(
        config(
            'params = ["params.toml"]\noutputs = ["out/model.pkl"',
            f'params = ["params.toml", "{TOML}", "{JSON}", "{YAML}"]\noutputs = ["out/model.pkl"',
        ),
        swap(
            "train.py",
            '    Path("out").mkdir',
            f'    more = tomllib.loads(Path("{TOML}").read_text(encoding="utf-8"))\n'
            '    more.pop("unused", None)\n'
            f'    knobs = [more, __import__("json").loads(Path("{JSON}").read_text(encoding="utf-8"))]\n'
            f'    knobs.append([line.split("#")[0].strip() for line in Path("{YAML}").read_text().splitlines()])\n'
            '    model["knobs"] = [repr(sorted(knobs[0].items())), repr(sorted(knobs[1].items())), repr(knobs[2])]\n'
            '    Path("out").mkdir',
        ),
    )(root)


def _guilty(name: str, file: str, old: str, new: str, *keys: str) -> Mutant:
    return Mutant(
        name=f"param-{name}",
        why="A parameter that changed is named by file and key, and nothing else is.",
        before=_more_parameters,
        after=swap(file, old, new),
        expected=Verdict.CHANGED,
        materials=tuple(Material(Kind.PARAMS, f"{file}: {key}") for key in keys),
        places=(SEEN,),
        step="train",
    )


def _harmless(name: str, edit: Edit, *materials: str) -> Mutant:
    return Mutant(
        name=f"param-harmless-{name}",
        why="A file that was laid out anew holds the same parameters; nothing of it is listed.",
        before=_more_parameters,
        after=edit,
        expected=Verdict.REPRODUCED,
        materials=tuple(Material(Kind.PARAMS, name) for name in materials),
    )


def _broken(name: str, edit: Edit, *words: str) -> Mutant:
    return Mutant(
        name=f"param-broken-{name}",
        why="A parameter file that cannot be read is told before any step runs, by its name.",
        before=_more_parameters,
        after=edit,
        expected=Verdict.FAILED,
        error=ReproError,
        says=words,
    )


_GUILTY = [
    _guilty("integer", TOML, "count = 3", "count = 4", "count"),
    _guilty("integer-large", TOML, "count = 3", "count = 9007199254740993", "count"),
    _guilty("integer-negative", TOML, "count = 3", "count = -3", "count"),
    _guilty("integer-to-text", TOML, "count = 3", 'count = "3"', "count"),
    _guilty("float", TOML, "rate = 0.1", "rate = 0.01", "rate"),
    _guilty("float-last-bit", TOML, "rate = 0.1", "rate = 0.10000000000000002", "rate"),
    _guilty("float-tiny", TOML, "1e-300", "1.0000000000000002e-300", "tiny"),
    _guilty("float-nan", TOML, "rate = 0.1", "rate = nan", "rate"),
    _guilty("float-infinite", TOML, "rate = 0.1", "rate = inf", "rate"),
    _guilty("text", TOML, '"relu"', '"tanh"', "text"),
    _guilty("text-case", TOML, '"relu"', '"ReLU"', "text"),
    _guilty("text-space", TOML, '"relu"', '"relu "', "text"),
    _guilty("text-from-empty", TOML, 'empty = ""', 'empty = "0"', "empty"),
    _guilty("flag", TOML, "flag = true", "flag = false", "flag"),
    _guilty("flag-to-number", TOML, "flag = true", "flag = 0", "flag"),
    _guilty("date", TOML, "day = 2024-02-29", "day = 2024-03-01", "day"),
    _guilty("moment", TOML, "T12:00:00Z", "T12:00:01Z", "moment"),
    _guilty("moment-zone", TOML, "T12:00:00Z", "T12:00:00+01:00", "moment"),
    _guilty("list-element", TOML, "[32, 16]", "[32, 17]", "sizes[1]"),
    _guilty("list-longer", TOML, "[32, 16]", "[32, 16, 8]", "sizes[2]"),
    _guilty("list-shorter", TOML, "[32, 16]", "[32]", "sizes[1]"),
    _guilty("list-order", TOML, "[32, 16]", "[16, 32]", "sizes[0]", "sizes[1]"),
    _guilty("list-mixed", TOML, "2.5, false", "2.5, true", "mixed[3]"),
    _guilty("list-filled", TOML, "none = []", "none = [1]", "none*", "none[[]0]"),
    _guilty("toml-nested", TOML, "value = 1", "value = 2", "deep.er.value"),
    _guilty("table-of-tables", TOML, "units = 4", "units = 5", "layer[1].units"),
    _guilty("removed", TOML, "count = 3\n", "", "count"),
    _guilty("added", TOML, "count = 3\n", "count = 3\nnew = 1\n", "new"),
    _guilty("renamed", TOML, "count = 3\n", "number = 3\n", "count", "number"),
    _guilty("json-integer", JSON, '"depth": 5', '"depth": 7', "depth"),
    _guilty("json-null", JSON, '"nothing": null', '"nothing": 0', "nothing"),
    _guilty("json-null-to-text", JSON, '"nothing": null', '"nothing": "null"', "nothing"),
    _guilty("json-nested", JSON, "10.0", "100.0", "grid.C[2]"),
    _guilty("json-text", JSON, "gr\\u00f6\\u00dfe", "gr\\u00f6\\u00df e", "name"),
    _guilty("json-key-with-a-dot", JSON, '"a.b": 1', '"a.b": 2', "*a.b*"),
    _guilty("yaml-text", YAML, "sgd", "adam", "optimizer"),
    _guilty("yaml-number", YAML, "0.9", "0.95", "momentum"),
    _guilty("yaml-nested", YAML, "until: 12", "until: 13", "schedule.until"),
    _guilty("yaml-flag", YAML, "warm: true", "warm: false", "schedule.warm"),
    _guilty("yaml-list", YAML, "[1, 2, 3]", "[1, 2, 4]", "steps[2]"),
]  # fmt: skip

_HARMLESS = [
    _harmless("toml-comment", append(TOML, "# Chosen by hand.\n")),
    _harmless("toml-order", chain(swap(TOML, "count = 3\n", ""), swap(TOML, "rate = 0.1\n", "rate = 0.1\ncount = 3\n"))),
    _harmless("toml-quotes", swap(TOML, '"relu"', "'relu'")),
    _harmless("toml-digits", swap(TOML, "rate = 0.1", "rate = 1e-1")),
    _harmless("toml-underscore", swap(TOML, "[32, 16]", "[3_2, 0x10]")),
    _harmless("toml-inline-table", swap(TOML, "[deep.er]\nvalue = 1", "[deep]\ner = { value = 1 }")),
    _harmless("toml-line-ends", lambda root: (root / TOML).write_bytes((root / TOML).read_bytes().replace(b"\n", b"\r\n"))),
    _harmless("toml-unused", prepend(TOML, "unused = 1\n"), f"{TOML}: unused"),
    _harmless("json-layout", lambda root: (root / JSON).write_text(json.dumps(_JSON))),
    _harmless("json-order", lambda root: (root / JSON).write_text(json.dumps(dict(reversed(_JSON.items()))))),
    _harmless("json-letters", lambda root: (root / JSON).write_text(json.dumps(_JSON, ensure_ascii=False), encoding="utf-8")),
    _harmless("yaml-comment", swap(YAML, "momentum: 0.9", "momentum: 0.9  # as in the paper")),
]  # fmt: skip

_BROKEN = [
    _broken("toml", append(TOML, "count = [\n"), TOML),
    _broken("json", append(JSON, "}"), JSON),
    _broken("yaml", append(YAML, "a: [\n"), YAML),
    _broken("missing", remove(JSON), JSON),
    _broken("bytes", lambda root: (root / TOML).write_bytes(b"\xff\xfe"), TOML),
    _broken("yaml-object", append(YAML, 'x: !!python/object/apply:os.system ["touch EXECUTED"]\n'), YAML),
]  # fmt: skip

PARAMETERS = [*_GUILTY, *_HARMLESS, *_BROKEN]
