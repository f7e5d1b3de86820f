# SPDX-License-Identifier: Apache-2.0
"""A family of mutants: chance, clocks and identities of every kind, brought in by one edit."""

from __future__ import annotations

from e2e.mutant import Edit, Material, Mutant, Place, config, swap

from repro_action.errors import StepError
from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

TRAIN = (Material(Kind.CODE, "train.py"),)
DRAWN = Place("out/model.pkl", "['drawn']")
OUT = '    Path("out").mkdir'


def _drawn(expression: str, statement: str = "") -> Edit:
    """Put the value of an expression into the model."""
    module = expression.split(".", maxsplit=1)[0]
    given = f"    {statement}\n" if statement else ""
    known = (
        f"    import {module}\n" if module.isidentifier() and module not in {"np", "Path", "pickle"} else ""
    )
    if "(" in module or "[" in module or statement:
        known = ""
    return swap("train.py", OUT, f'{known}{given}    model["drawn"] = {expression}\n{OUT}')


def _row(name: str, why: str, **row: object) -> Mutant:
    """A row whose drawn value differs, as an edit's does."""
    return Mutant(
        name=f"entropy-{name}",
        why=why,
        **{"expected": Verdict.CHANGED, "materials": TRAIN, "places": (DRAWN,), "step": "train", **row},
    )


def _chance(name: str, expression: str, statement: str = "", *, says: tuple[str, ...] = ()) -> Mutant:
    """The edit that brings chance in is not accepted as any other edit: the run is asked again."""
    why = "A run that disagrees with itself is flaky, also in the commit that makes it so."
    after = _drawn(expression, statement)
    return _row(name, why, after=after, expected=Verdict.DRIFTED, flaky=True, says=says)


def _planted(name: str, expression: str, statement: str = "", *, says: tuple[str, ...] = ()) -> Mutant:
    """The same, in the baseline already."""
    why = "Where nothing that was declared changed, the run itself is to blame."
    before = _drawn(expression, statement)
    return _row(
        f"planted-{name}",
        why,
        before=before,
        expected=Verdict.DRIFTED,
        materials=(),
        flaky=True,
        says=says,
    )


def _pinned(name: str, expression: str, statement: str = "") -> Mutant:
    """Chance with a seed is no chance: an edit like any other."""
    why = "What is the same in every run is an edit like any other, and nobody calls it flaky."
    return _row(f"pinned-{name}", why, after=_drawn(expression, statement))


def _printed(name: str, statement: str) -> Mutant:
    """Chance that reaches no output."""
    return Mutant(
        name=f"entropy-printed-{name}",
        why="Chance that reaches no output is no cause of anything.",
        after=swap("train.py", OUT, f"    {statement}\n{OUT}"),
        expected=Verdict.REPRODUCED,
        materials=TRAIN,
    )


_CHANCES = [
    _chance("generator", "np.random.default_rng().random()", says=("default_rng",)),
    _chance("legacy-generator", "np.random.RandomState().rand()", says=("RandomState",)),
    _chance("bit-generator", "np.random.Generator(np.random.PCG64()).random()", says=("PCG64",)),
    _chance("seed-sequence", "np.random.SeedSequence().entropy", says=("SeedSequence",)),
    _chance("legacy-reseeded", "np.random.rand()", "np.random.seed()", says=("seed",)),
    _chance("random-instance", "random.Random().random()", says=("Random",)),
    _chance("random-system", "random.SystemRandom().random()", says=("train.py",)),
    _chance("random-reseeded", "random.random()", "import random; random.seed()", says=("seed",)),
    _chance("urandom", "os.urandom(4).hex()", says=("urandom",)),
    _chance("getrandom", "os.getrandom(4).hex()", says=("train.py",)),
    _chance("secrets", "secrets.token_hex(4)", says=("train.py",)),
    _chance("uuid4", "uuid.uuid4().hex", says=("uuid4",)),
    _chance("uuid1", "uuid.uuid1().hex", says=("uuid1",)),
    _chance("time", "time.time()", says=("time.time",)),
    _chance("time-ns", "time.time_ns()", says=("time.time_ns",)),
    _chance("perf-counter", "time.perf_counter()", says=("perf_counter",)),
]  # fmt: skip

_PLANTED = [
    # Read in the source only where the interpreter does not tell of the call.
    _planted("datetime-now", "datetime.datetime.now().isoformat()", says=("holds a time",)),
    _planted("datetime-utc", "datetime.datetime.now(datetime.timezone.utc).isoformat()", says=("holds a time",)),
    _planted("monotonic", "time.monotonic()"),
    _planted("process-time", "time.process_time()"),
    _planted("thread-time", "time.thread_time_ns()"),
    _planted("times", "os.times().elapsed"),
    _planted("used-time", "resource.getrusage(resource.RUSAGE_SELF).ru_utime + time.perf_counter()", "import resource, time"),
    _planted("address", "repr(object())"),
    _planted("id", "id(object())"),
    _planted("hash-of-object", "hash(object())"),
    _planted("order-of-objects", "[one.at for one in things]", 'Thing = type("Thing", (), {}); things = {Thing() for _ in range(32)}; [setattr(one, "at", id(one) % 4096) for one in things]'),
    _planted("temporary-name", "tempfile.mkdtemp()"),
    _planted("temporary-file", "tempfile.NamedTemporaryFile().name"),
    _planted("time-of-file", 'Path("out/model.pkl").stat().st_mtime_ns', 'Path("out").mkdir(exist_ok=True); Path("out/model.pkl").touch()'),
    _planted("device", 'open("/dev/urandom", "rb").read(4).hex()'),
    _planted("kernel-uuid", 'Path("/proc/sys/kernel/random/uuid").read_text()'),
    _planted("program", 'subprocess.run(["date", "+%s%N"], capture_output=True).stdout'),
    _planted("hash-in-a-child", 'subprocess.run([sys.executable, "-c", "print(hash(chr(97)))"], env={"PYTHONHASHSEED": "random"}, capture_output=True).stdout', "import subprocess, sys"),
    _planted("ssl", "ssl.RAND_bytes(4).hex()"),
    _planted("stopwatch-of-a-fit", "time.perf_counter() - begun", "import time; begun = time.perf_counter()"),
    _planted("seeded-by-the-clock", "np.random.default_rng(time.time_ns()).random()", "import time"),
    _planted("seeded-by-urandom", "random.Random(os.urandom(4)).random()", "import os, random"),
]  # fmt: skip

_PINNED = [
    _pinned("generator", "np.random.default_rng(3).random()"),
    _pinned("legacy", "np.random.RandomState(3).rand()"),
    _pinned("legacy-seeded-later", "state.rand()", "state = np.random.RandomState(); state.seed(7)"),
    _pinned("random-seeded-later", "state.random()", "import random\n    state = random.Random()\n    state.seed(7)"),
    _pinned("random", "random.Random(3).random()"),
    _pinned("global-numpy", "np.random.rand()"),
    _pinned("global-random", "random.random()"),
    _pinned("uuid5", 'uuid.uuid5(uuid.NAMESPACE_DNS, "a").hex'),
    _pinned("hash-of-text", 'hash("a")'),
    _pinned("order-of-texts", 'list({*"abcdefghijklmnop"})'),
    _pinned("order-of-dict", 'list(dict.fromkeys("hello"))'),
    _pinned("zone", "time.strftime('%Z', time.localtime(0))", "import time"),
    _pinned("epoch-given", 'os.environ["SOURCE_DATE_EPOCH"]', "import os"),
    _pinned("sorted-listing", "sorted(path.name for path in Path('data').iterdir())"),
    _pinned("clock-subtracted", "(time.time() > 1) * 1.0", "import time"),
    _pinned("uuid-thrown-away", "len(uuid.uuid4().hex)", "import uuid"),
]  # fmt: skip

_PRINTED = [
    _printed("clock", "import time; print(time.time())"),
    _printed("clock-of-fit", 'import time; print(f"{time.perf_counter():.3f} s")'),
    _printed("uuid", "import uuid; print(uuid.uuid4())"),
    _printed("address", "print(object())"),
    _printed("draw", "print(np.random.default_rng().random())"),
    _printed("set", 'print({*"abcdef"})'),
    _printed("urandom", "import os; os.urandom(16)"),
    _printed("temporary-file", 'import tempfile; tempfile.TemporaryFile().write(b"x")'),
    _printed("log", 'import logging; logging.basicConfig(format="%(asctime)s"); logging.warning("fitted")'),
    _printed("process", "import os; print(os.getpid())"),
    _printed("thread", "import threading; thread = threading.Thread(target=sum, args=([1],)); thread.start(); thread.join()"),
    _printed("random-draw-unused", "import random; random.random()"),
]  # fmt: skip


FORBID = config('entropy = "record"', 'entropy = "forbid"')
SEED = config('entropy = "record"', 'entropy = "seed"')


def _forbidden(name: str, expression: str, words: str) -> Mutant:
    """Under the stricter policy the step stops where it draws."""
    return Mutant(
        name=f"entropy-forbidden-{name}",
        why="Under `forbid` a draw without a seed stops the step at its line.",
        before=FORBID,
        after=_drawn(expression),
        expected=Verdict.FAILED,
        error=StepError,
        says=("train.py", words),
        step="train",
    )


def _allowed(name: str, expression: str, statement: str = "") -> Mutant:
    why = "What has a seed is not forbidden."
    return _row(f"forbid-allows-{name}", why, before=FORBID, after=_drawn(expression, statement))


def _seeded(name: str, expression: str) -> Mutant:
    why = "Under `seed` what nobody seeded is drawn from the seed: the run agrees with itself."
    return _row(f"seeded-{name}", why, before=SEED, after=_drawn(expression))


_POLICIES = [
    _forbidden("generator", "np.random.default_rng().random()", "default_rng"),
    _forbidden("legacy", "np.random.RandomState().rand()", "RandomState"),
    _forbidden("random", "random.Random().random()", "Random"),
    _allowed("seed", "np.random.default_rng(3).random()"),
    _allowed("seeded-later", "state.rand()", "state = np.random.RandomState(); state.seed(7)"),
    _allowed(
        "random-seeded-later",
        "state.random()",
        "import random\n    state = random.Random()\n    state.seed(7)",
    ),
    _seeded("generator", "np.random.default_rng().random()"),
    _seeded("legacy", "np.random.RandomState().rand()"),
    _seeded("random", "random.Random().random()"),
]

ENTROPY = [*_CHANCES, *_PLANTED, *_PINNED, *_PRINTED, *_POLICIES]
