# SPDX-License-Identifier: Apache-2.0
"""Which change of a configuration lets more through than before."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Mapping
from pathlib import Path

import pytest

from repro_action.compare import configs
from repro_action.compare.config_change import Strictness
from repro_action.compare.configs import compare_configs
from repro_action.compare.strictness import NOT_RULES, TABLE
from repro_action.config.load import parse
from repro_action.config.model import Config
from repro_action.digest import Digest

PLACE = Path("/project/repro.toml")
BASE = """\
version = 1
name = "wine"

[environment]
backend = "venv"
lock = "requirements.lock"

[determinism]
entropy = "forbid"
cap_threads = true

[sandbox]
required = true

[limits]
memory = "2 GiB"

[evidence]
receipts = 2
keys = ["alice.pub", "bob.pub"]

[[data]]
path = "data/wine.csv"
digest = "blake3:{zeros}"

[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py", "data/wine.csv"]
params = ["params.toml"]
outputs = ["out/model.npz", "out/metrics.json"]
timeout = 60.0

[[steps]]
name = "evaluate"
run = ["python", "evaluate.py"]
outputs = ["out/roc.csv", "out/scores.json"]

[metrics."out/metrics.json"]
accuracy = {{ goal = "max", atol = 0.01 }}

[metrics."out/scores.json"]

[artifacts."out/model.npz"]
max_ulp = 2
byproducts = ["**.time"]
""".format(zeros="0" * 64)


def config(*edits: tuple[str, str]) -> Config:
    text = BASE
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return parse(text, PLACE)


def found(*edits: tuple[str, str]) -> list[tuple[str, object, object, str]]:
    changes = compare_configs(config(), config(*edits))
    return [(one.setting, one.before, one.after, one.strictness.value) for one in changes]


def keys_of(kind: object, name: str = "") -> set[str]:
    """Every key of a configuration, `*` for an entry."""
    parts = typing.get_args(kind)
    if isinstance(kind, types.UnionType):
        return keys_of(parts[0], name)
    if typing.get_origin(kind) is tuple:
        return keys_of(parts[0], f"{name}.*")
    if typing.get_origin(kind) is Mapping:
        below = keys_of(parts[1], f"{name}.*")
        # A table of tables says something with its names alone.
        return below | {f"{name}.*"} if typing.get_origin(parts[1]) is Mapping else below
    if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind is not Digest:
        hints = typing.get_type_hints(kind)
        fields = [field.name for field in dataclasses.fields(kind)]
        return {key for one in fields for key in keys_of(hints[one], f"{name}.{one}" if name else one)}
    return {name}


def test_each_key_of_the_configuration_has_an_order_or_a_reason_to_have_none() -> None:
    """A key that is added to the model says here which of its values is the stricter one."""
    assert keys_of(Config) == {*TABLE, *NOT_RULES}
    assert not {*TABLE} & {*NOT_RULES}


def test_each_key_with_an_order_is_compared() -> None:
    """Keys of one value are taken from the table; the others are named where they are compared."""
    source = inspect.getsource(configs)
    for key in TABLE:
        of_fields = f'"{key.rpartition(".")[0]}.{{field}}"'
        assert "*" not in key or f'"{key}"' in source or of_fields in source, key


def test_nothing_changed_is_nothing() -> None:
    assert [] == found()


GLOBS = """\
max_ulp = 2
[artifacts."out/*.csv"]
atol = 1.0
[artifacts."out/model.*"]
max_ulp = 2
"""
WEAKER = {
    "a lock is not used": (
        [('backend = "venv"\nlock = "requirements.lock"', 'backend = "current"')],
        ("environment.backend", "venv", "current"),
    ),
    "packages are built": (
        [('lock = "requirements.lock"', 'lock = "requirements.lock"\nallow-source-builds = true')],
        ("environment.allow-source-builds", False, True),
    ),
    "a variable is inherited": (
        [('lock = "requirements.lock"', 'lock = "requirements.lock"\ninherit = ["AWS_*"]')],
        ("environment.inherit", None, "AWS_*"),
    ),
    "fewer receipts": ([("receipts = 2", "receipts = 1")], ("evidence.receipts", 2, 1)),
    "another builder's key": (
        [('"bob.pub"]', '"bob.pub", "mallory.pub"]')],
        ("evidence.keys", None, "mallory.pub"),
    ),
    "profile": (
        [('entropy = "forbid"', 'entropy = "forbid"\nprofile = "native"')],
        ("determinism.profile", "portable", "native"),
    ),
    "entropy": (
        [('entropy = "forbid"', 'entropy = "record"')],
        ("determinism.entropy", "forbid", "record"),
    ),
    "threads": (
        [("cap_threads = true", "cap_threads = false")],
        ("determinism.cap_threads", True, False),
    ),
    "network": ([("required = true", "required = true\nnetwork = true")], ("sandbox.network", False, True)),
    "files": (
        [("required = true", 'required = true\nfiles = "any"')],
        ("sandbox.files", "declared", "any"),
    ),
    "required": ([("required = true", "required = false")], ("sandbox.required", True, False)),
    "a larger limit": ([("2 GiB", "3 GiB")], ("limits.memory", 2 << 30, 3 << 30)),
    "no limit": ([('memory = "2 GiB"', "")], ("limits.memory", 2 << 30, None)),
    "timeout": ([("timeout = 60.0", "")], ("steps.train.timeout", 60.0, None)),
    "pin": (
        [(f'[[data]]\npath = "data/wine.csv"\ndigest = "blake3:{"0" * 64}"\n', "")],
        ("data", "data/wine.csv", None),
    ),
    "a pin by MD5": (
        [(f"blake3:{'0' * 64}", f"md5:{'0' * 32}")],
        ('data."data/wine.csv".digest', "blake3", "md5"),
    ),
    "output": ([('"out/roc.csv", ', "")], ("outputs", "out/roc.csv", None)),
    "metrics": (
        [('[metrics."out/scores.json"]\n', "")],
        ("metrics", "out/scores.json", None),
    ),
    "atol": (
        [("atol = 0.01", "atol = 10.0")],
        ('metrics."out/metrics.json".accuracy.atol', 0.01, 10.0),
    ),
    "rtol of all": (
        [("accuracy = {", '"*" = { rtol = 0.5 }\naccuracy = {')],
        ('metrics."out/metrics.json"."*".rtol', 0.0, 0.5),
    ),
    "worsening": (
        [("atol = 0.01", "atol = 0.01, max_worsening = 0.0")],
        ('metrics."out/metrics.json".accuracy.max_worsening', None, 0.0),
    ),
    "an output is what is printed": (
        [('outputs = ["out/roc.csv", ', 'stdout = "out/roc.csv"\noutputs = [')],
        ("steps.evaluate.stdout", None, "out/roc.csv"),
    ),
    "max_ulp": ([("max_ulp = 2", "max_ulp = 4")], ('artifacts."out/model.npz".max_ulp', 2, 4)),
    "byproducts": (
        [('["**.time"]', '["**.time", "**.coef"]')],
        ('artifacts."out/model.npz".byproducts', None, "**.coef"),
    ),
    "a glob for another output": (
        [("max_ulp = 2\n", GLOBS)],
        ('artifacts."out/roc.csv".atol', 0.0, 1.0),
    ),
}


@pytest.mark.parametrize("name", WEAKER)
def test_what_lets_more_through_is_weaker_and_the_other_way_round_stronger(name: str) -> None:
    edits, (setting, before, after) = WEAKER[name]
    assert (setting, before, after, "weaker") in found(*edits)
    back = compare_configs(config(*edits), config())
    assert (setting, after, before, Strictness.STRONGER) in [
        (one.setting, one.before, one.after, one.strictness) for one in back
    ]


def test_a_step_that_is_dropped_takes_its_outputs_and_metrics_with_it() -> None:
    start = BASE.index('[[steps]]\nname = "evaluate"')
    step = BASE[start : BASE.index("[metrics.", start)]
    assert found((step, ""), ('[metrics."out/scores.json"]\n', "")) == [
        ("metrics", "out/scores.json", None, "weaker"),
        ("outputs", "out/roc.csv", None, "weaker"),
        ("outputs", "out/scores.json", None, "weaker"),
        ("steps", "evaluate", None, "weaker"),
    ]


def test_a_goal_that_turns_is_a_change_and_weaker_where_any_improvement_passes() -> None:
    goal = 'metrics."out/metrics.json".accuracy.goal'
    assert [(goal, "max", "min", "changed")] == found(('goal = "max"', 'goal = "min"'))
    worse = ('goal = "max", atol = 0.01', 'goal = "min", atol = 0.01, max_worsening = 0.1')
    assert (goal, "max", "min", "weaker") in found(worse)


def test_what_is_in_effect_counts_and_not_where_it_is_written() -> None:
    moved = ('accuracy = { goal = "max", atol = 0.01 }', '"*" = { goal = "max", atol = 0.01 }')
    assert {'metrics."out/metrics.json"."*"'} == {one[0].rpartition(".")[0] for one in found(moved)}
    renamed = ('[artifacts."out/model.npz"]', '[artifacts."out/model.*"]')
    assert [] == found(renamed)


@pytest.mark.parametrize("output", ["plots", "plots/a.json"])
@pytest.mark.parametrize(
    ("rule", "weaker"),
    [("{}", []), ('{ goal = "max" }', []), ("{ atol = 2 }", ["atol"])],
    ids=["exact", "with a goal", "with a tolerance"],
)
def test_what_was_an_output_and_is_read_as_metrics_now_is_no_less_exact_unsaid(output, rule, weaker) -> None:
    other, bare = ('"out/roc.csv"', f'"{output}"'), '[metrics."out/scores.json"]'
    new = config(other, (bare, f'[metrics."plots/a.json"]\nauc = {rule}\n{bare}'))
    found = compare_configs(config(other), new)
    assert [f'metrics."plots/a.json".auc.{field}' for field in weaker] == [
        one.setting for one in found if one.strictness is Strictness.WEAKER
    ]


def test_an_output_is_still_one_where_its_folder_is() -> None:
    both = compare_configs(
        config(('"out/roc.csv", ', '"plots/roc.csv", ')), config(('"out/roc.csv", ', '"plots", '))
    )
    assert [] == [one for one in both if one.strictness is Strictness.WEAKER]


def test_a_limit_that_is_set_is_stronger_and_a_material_is_no_rule() -> None:
    assert [("limits.seconds", None, 9.0, "stronger")] == found(
        ('memory = "2 GiB"', 'memory = "2 GiB"\nseconds = 9.0')
    )
    assert [] == found(('name = "wine"', 'name = "wine"\nseed = 7'), ('"train.py"]\n', '"other.py"]\n'))


def test_the_weakest_come_first() -> None:
    strictness = [
        one[3]
        for one in found(
            ("required = true", "required = true\nnetwork = true"),
            ('goal = "max"', 'goal = "min"'),
            ("2 GiB", "1 GiB"),
        )
    ]
    assert ["weaker", "changed", "stronger"] == strictness


def test_fewer_trials_that_are_trained_again_are_weaker_and_so_is_a_search_that_is_gone() -> None:
    search = '\n[search."out/roc.csv"]\nretrain = {}\n'
    texts = {count: parse(BASE + search.format(count), PLACE) for count in (1, 3)}
    (fewer,) = compare_configs(texts[3], texts[1])
    assert ('search."out/roc.csv".retrain', 3, 1, Strictness.WEAKER) == (
        fewer.setting,
        fewer.before,
        fewer.after,
        fewer.strictness,
    )
    (gone,) = compare_configs(texts[1], config())
    assert ("search", "out/roc.csv", None, Strictness.WEAKER) == (
        gone.setting,
        gone.before,
        gone.after,
        gone.strictness,
    )
