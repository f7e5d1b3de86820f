# SPDX-License-Identifier: Apache-2.0
"""A family of mutants: keys of the configuration, variables of the caller, and names that are hard to carry."""

from __future__ import annotations

from pathlib import Path

from e2e.mutant import Edit, Material, Mutant, Place, append, chain, config, swap

from repro_action.errors import ConfigError, ReproError
from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

WEIGHTS = Place("out/weights.npz", "['weights']")
TRAIN_RUN = 'run = ["python", "train.py"]'
EVALUATE = (Material(Kind.CODE, "evaluate.py"),)
STEP = (Material(Kind.STEPS, "train"),)
RULE = '[artifacts."out/*"]\nmax_ulp = 0\n'
RULES = (Material(Kind.RULES, "*"),)
ARGUMENT = swap(
    "train.py", '{"features": features,', '{"arguments": __import__("sys").argv[1:], "features": features,'
)


def _setting(name: str, edit: Edit, materials: tuple[Material, ...] = ()) -> Mutant:
    return Mutant(
        name=f"setting-{name}",
        why="A setting that changes no output is listed where it is a material, and turns nothing red.",
        after=edit,
        expected=Verdict.REPRODUCED,
        materials=materials,
    )


def _refused(name: str, edit: Edit, *words: str, error: type[ReproError] = ConfigError) -> Mutant:
    return Mutant(
        name=f"setting-refused-{name}",
        why="A configuration that cannot be meant is refused by its line, before anything runs.",
        after=edit,
        expected=Verdict.FAILED,
        error=error,
        says=words,
    )


def _outside(name: str, **environ: str) -> Mutant:
    return Mutant(
        name=f"variable-{name}",
        why="What somebody exported in their shell reaches no step and changes no verdict.",
        environ=environ,
        expected=Verdict.REPRODUCED,
    )


_SETTINGS = [
    _setting("comment", append("repro.toml", "# Reviewed.\n")),
    _setting("layout", config("[sandbox]\nnetwork = false\n", "[sandbox]\n\n  network   =   false # none\n")),
    _setting("timeout", config(TRAIN_RUN, f"{TRAIN_RUN}\ntimeout = 500")),
    _setting("limits", append("repro.toml", '\n[limits]\nmemory = "8GiB"\nseconds = 300\n')),
    _setting("argument", config(TRAIN_RUN, 'run = ["python", "train.py", "--verbose"]'), STEP),
    _setting("interpreter-option", config(TRAIN_RUN, 'run = ["python", "-W", "ignore", "train.py"]'), STEP),
    _setting("variable-of-step", config(TRAIN_RUN, f'{TRAIN_RUN}\nenv = {{ UNUSED = "1" }}'), STEP),
    _setting("inputs-in-another-order", config('["train.py", "ridge.py", "data/points.csv"]', '["data/points.csv", "ridge.py", "train.py"]')),
    _setting("inputs-by-pattern", config('["train.py", "ridge.py", "data/points.csv"]', '["[rt]*.py", "data/points.csv"]')),
    _setting("input-added", config('["train.py", "ridge.py", "data/points.csv"]', '["train.py", "ridge.py", "README.md", "data/points.csv"]'), (Material(Kind.CODE, "README.md"),)),
    _setting("outputs-in-another-order", config('["out/model.pkl", "out/weights.npz"]', '["out/weights.npz", "out/model.pkl"]')),
    _setting("rule-wider", config("max_ulp = 0", "max_ulp = 4"), RULES),
    _setting("rule-gone", config(RULE, "")),
    _setting("goal", config('rmse = { goal = "min" }', 'rmse = { goal = "max" }'), RULES),
    _setting("metric-tolerance", config('rmse = { goal = "min" }', 'rmse = { goal = "min", rtol = 0.1 }'), RULES),
    _setting("sandbox-required", config("network = false", "network = false\nrequired = true")),
    _setting("byproduct", config(RULE, RULE + '\n[artifacts."out/model.pkl"]\nbyproducts = ["[\'features\']"]\n'), RULES),
    _setting("metrics-no-more", config('[metrics."out/metrics.json"]\nrmse = { goal = "min" }\nworst = { goal = "min" }\n', ""), RULES),
    Mutant(
        name="setting-argument-guilty",
        why="Another argument is another command: the step is named, with the word that differs.",
        before=ARGUMENT,
        after=config(TRAIN_RUN, 'run = ["python", "train.py", "--fast"]'),
        expected=Verdict.CHANGED,
        materials=STEP,
        places=(Place("out/model.pkl", "['arguments']"),),
        step="train",
        says=("--fast",),
    ),
    Mutant(
        name="setting-step-added",
        why="A new step's output has no accepted content.",
        after=chain(
            config('[metrics."out', '[[steps]]\nname = "card"\nrun = ["python", "-c", "open(\'out/card.txt\', \'w\').write(\'x\')"]\noutputs = ["out/card.txt"]\n\n[metrics."out'),
        ),
        expected=Verdict.CHANGED,
        materials=(Material(Kind.STEPS, "card"),),
        places=(Place("out/card.txt"),),
        step="card",
    ),
    Mutant(
        name="setting-step-renamed",
        why="A step of another name that does the same makes the same.",
        after=config('name = "train"', 'name = "fit"'),
        expected=Verdict.REPRODUCED,
        materials=(Material(Kind.STEPS, "train"), Material(Kind.STEPS, "fit")),
    ),
    Mutant(
        name="setting-byproduct-of-nothing",
        why="A rule that matches nothing protects nothing: an error, with its pattern.",
        after=config(RULE, RULE + '\n[artifacts."out/model.pkl"]\nbyproducts = ["**.fit_time_"]\n'),
        expected=Verdict.FAILED,
        error=ReproError,
        says=("fit_time_",),
    ),
    _refused("unknown-table", append("repro.toml", "\n[artefacts]\nx = 1\n"), "artefacts"),
    _refused("seed-text", config("seed = 5", 'seed = "5"'), "seed"),
    _refused("seed-negative", config("seed = 5", "seed = -1"), "seed"),
    _refused("seed-too-large", config("seed = 5", "seed = 4294967296"), "seed"),
    _refused("threads-none", config("threads = 1", "threads = 0"), "threads"),
    _refused("profile", config('"portable"', '"portabel"'), "portable"),
    _refused("tolerance-negative", config("max_ulp = 0", "max_ulp = -1"), "max_ulp"),
    _refused("tolerance-nan", config("max_ulp = 0", "atol = nan"), "atol"),
    _refused("path-absolute", config('"data/points.csv"\ndigest', '"/etc/passwd"\ndigest'), "/etc/passwd"),
    _refused("step-twice", config('name = "evaluate"', 'name = "train"'), "train", error=ReproError),
    _refused("rule-of-no-output", config('[artifacts."out/*"]', '[artifacts."ouput/*"]'), "ouput", error=ReproError),
    _refused("metrics-of-no-output", config('[metrics."out/metrics.json"]', '[metrics."out/metric.json"]'), "out/metric.json", error=ReproError),
    _refused("version", config("version = 1", "version = 2"), "version"),
]  # fmt: skip

_VARIABLES = [
    _outside("threads", OMP_NUM_THREADS="7", OPENBLAS_NUM_THREADS="7", MKL_NUM_THREADS="7"),
    _outside("kernel", OPENBLAS_CORETYPE="Prescott", NPY_DISABLE_CPU_FEATURES="AVX2"),
    _outside("hash-seed", PYTHONHASHSEED="99"),
    _outside("optimise", PYTHONOPTIMIZE="2"),
    _outside("warnings", PYTHONWARNINGS="error"),
    _outside("bytecode", PYTHONDONTWRITEBYTECODE="1"),
    _outside("utf8-mode", PYTHONUTF8="0", LC_ALL="C"),
    _outside("path", PYTHONPATH="/nowhere:."),
    _outside("startup", PYTHONSTARTUP="/nowhere.py", PYTHONUNBUFFERED="1"),
    _outside("zone", TZ="Pacific/Kiritimati"),
    _outside("language", LANG="tr_TR.UTF-8", LANGUAGE="tr", LC_NUMERIC="de_DE.UTF-8"),
    _outside("epoch", SOURCE_DATE_EPOCH="1"),
    _outside("columns", COLUMNS="3", TERM="dumb", NO_COLOR="1"),
    _outside("malloc", MALLOC_PERTURB_="90", MALLOC_ARENA_MAX="1"),
    _outside("secrets", AWS_SECRET_ACCESS_KEY="x", GITHUB_TOKEN="y"),
    _outside("hostile", X="$(touch EXECUTED)", Y="\x1b[2J", Z="a\nb"),
]

NAMES = (
    "a b.json",
    "-dash.json",
    "größe 模型.json",
    "🙂.json",
    "it's.json",
    'say "hi".json',
    "<b>bold</b>.json".replace("/", "|"),
    "`code`.json",
    "a|b.json",
    "$(touch EXECUTED).json",
    "[x].json",
    "%s%n.json",
    "UPPER.JSON",
    "two..dots.json",
    ".hidden.json",
    "con.json",
    "m.pkl.refit_time_.json",
    "x" * 120 + ".json",
)
KEYS = (
    "<script>alert(1)</script>",
    "\x1b[31mred",
    "a.b[0]['c']",
    "['weights']",
    "",
    " ",
    "*",
    "__class__",
    "::warning::x",
    "| a | b |",
    "line\nbreak",
    "\u202ereversed",
    "k" * 300,
)


def _hostile_outputs(root: Path) -> None:
    """Write an artifact of each of these names, in a folder, and one that has all of these keys."""
    chain(
        config('"out/predictions.csv"]', '"out/predictions.csv", "out/named", "out/keys.json"]'),
        swap(
            "evaluate.py",
            "    errors = predicted",
            f"    values = {dict.fromkeys(NAMES, 1)!r}\n"
            f"    keys = {dict.fromkeys(KEYS, 0)!r}\n"
            '    Path("out/named").mkdir()\n'
            "    for name, value in values.items():\n"
            '        (Path("out/named") / name).write_text(json.dumps({"v": value}), encoding="utf-8")\n'
            '    Path("out/keys.json").write_text(json.dumps(keys), encoding="utf-8")\n'
            "    errors = predicted",
        ),
    )(root)


def _named(at: int, name: str) -> Mutant:
    return Mutant(
        name=f"name-of-file-{at}",
        why="A name that is hard to carry is carried: compared, reported, and never acted upon.",
        before=_hostile_outputs,
        after=swap("evaluate.py", f"{name!r}: 1", f"{name!r}: 2"),
        expected=Verdict.CHANGED,
        materials=EVALUATE,
        places=(Place("out/named"),),
        step="evaluate",
        says=(name,),
        never=("EXECUTED", "out/EXECUTED"),
    )


def _keyed(at: int, key: str) -> Mutant:
    return Mutant(
        name=f"name-of-key-{at}",
        why="A key that looks like a path, a rule or markup is a key.",
        before=_hostile_outputs,
        after=swap("evaluate.py", f"{key!r}: 0", f"{key!r}: 5"),
        expected=Verdict.CHANGED,
        materials=EVALUATE,
        places=(Place("out/keys.json", "["),),
        step="evaluate",
        never=("EXECUTED",),
    )


_NAMES = [
    *(_named(at, name) for at, name in enumerate(NAMES)),
    *(_keyed(at, key) for at, key in enumerate(KEYS)),
]

SURROUNDINGS = [*_SETTINGS, *_VARIABLES, *_NAMES]
