# SPDX-License-Identifier: Apache-2.0
"""The audit inside real interpreters: what is seen, on which line, and what the policies do about it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from repro_action.determinism.attach import hook_variables
from repro_action.determinism.read import HookReport, merge, read_reports

OTHERS = [name for name in ("python3.8", "python3.12", "python3.13") if shutil.which(name)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "a.csv").write_text("1\n")
    return root


def run(project: Path, code: str, *, entropy="record", python=sys.executable, seed=42, **variables):
    """Run `code` as train.py; return the process and what its processes reported, merged."""
    (project / "train.py").write_text(code)
    folder = project.parent / f"reports-{time.monotonic_ns()}"
    folder.mkdir()
    extra = {"pythonpath": variables.pop("pythonpath", str(project))}
    hook = hook_variables(folder=folder, root=project, seed=seed, entropy=entropy, **extra)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(project.parent),
        "PYTHONHASHSEED": "0",
        **hook,
        **variables,
    }
    done = subprocess.run(
        [python, "train.py"], env=environ, cwd=project, capture_output=True, text=True, check=False
    )
    return done, merge(read_reports(folder))


def told(report: HookReport, *kinds: str) -> list[str]:
    """Return what was seen as `kind file:line what detail xcount`."""
    return [
        " ".join(
            filter(None, [item.kind, f"{item.file}:{item.line}", item.what, item.detail, f"x{item.count}"])
        )
        for item in report.observations
        if not kinds or item.kind in kinds
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("np.random.default_rng()", "generator train.py:2 numpy.random.default_rng() x1"),
        ("np.random.RandomState()", "generator train.py:2 numpy.random.RandomState() x1"),
        ("np.random.PCG64()", "generator train.py:2 numpy.random.PCG64() x1"),
        ("np.random.SeedSequence()", "generator train.py:2 numpy.random.SeedSequence() x1"),
        ("np.random.seed()", "generator train.py:2 numpy.random.seed() x1"),
        ("random.Random()", "generator train.py:2 random.Random() x1"),
        ("random.seed()", "generator train.py:2 random.seed() x1"),
        ("uuid.uuid4()", "entropy train.py:2 uuid.uuid4() x1"),
        ("secrets.token_hex()", "entropy train.py:2 secrets.token_hex() x1"),
        ("random.SystemRandom().random()", "entropy train.py:2 random.SystemRandom.random() x1"),
        ("os.urandom(4)", "entropy train.py:2 os.urandom() x1"),
        ("open('/dev/urandom', 'rb').close()", "entropy train.py:2 open('/dev/urandom') x1"),
        ("[time.time() for _ in range(3)]", "clock train.py:2 time.time() x3"),
        ("time.strftime('%Y')", "clock train.py:2 time.strftime() x1"),
        ("time.clock_gettime(1)", "clock train.py:2 time.clock_gettime() x1"),
        ("time.localtime()", "clock train.py:2 time.localtime() x1"),
        ("time.monotonic()", "clock train.py:2 time.monotonic() x1"),
        ("time.process_time()", "clock train.py:2 time.process_time() x1"),
        ("os.times()", "clock train.py:2 os.times() x1"),
        ("open('data/a.csv').close()", "read train.py:2 open() data/a.csv x1"),
        ("Path('data/a.csv').read_text()", "read train.py:2 pathlib.Path.read_text() data/a.csv x1"),
        ("np.loadtxt('data/a.csv')", "read train.py:2 numpy.loadtxt() data/a.csv x1"),
        ("os.listdir('data')", "listing train.py:2 os.listdir() data x1"),
        ("list(os.walk('data'))", "listing train.py:2 os.walk() data x1"),
        ("glob.glob('data/*')", "listing train.py:2 glob.glob() data/* x1"),
        ("list(Path('data').glob('*'))", "listing train.py:2 pathlib.Path.glob() data/* x1"),
        ("list(Path('data').iterdir())", "listing train.py:2 pathlib.Path.iterdir() data x1"),
        ("subprocess.run(['true', '--password=x'])", "process train.py:2 subprocess.run() true x1"),
        ("os.system('true')", "process train.py:2 os.system() true x1"),
        (
            "socket.socket().connect_ex(('127.0.0.1', 9))",
            "network train.py:2 socket.connect() 127.0.0.1:9 x1",
        ),
        ("socket.gethostname()", "host train.py:2 socket.gethostname() x1"),
        ("os.getpid()", "host train.py:2 os.getpid() x1"),
        ("os.cpu_count()", "host train.py:2 os.cpu_count() x1"),
    ],
)
def test_each_kind_is_put_down_to_its_line(project, line, expected):
    names = "glob, os, random, secrets, socket, subprocess, time, uuid"
    code = f"import {names}, numpy as np; from pathlib import Path\n{line}\n"
    done, report = run(project, code)
    assert ("", 0) == (done.stderr, done.returncode)
    assert [expected] == told(report)
    assert () == report.errors


_SEEDED_LATER = {
    "seed": "rs = np.random.RandomState()\nrs.seed(7)",
    "same line": "r = random.Random(); r.seed(7)",
    "pair": "a, b = random.Random(), random.Random()\na.seed(1); b.seed(2)",
    "walrus": "(r := random.Random()).seed(4)",
    "chain": "np.random.RandomState().seed(3)",
    "attribute": "class A: pass\nA.rs = np.random.RandomState()\nA.rs.seed(3)",
    "condition": "seed = 3\nrs = np.random.RandomState()\nif seed:\n    rs.seed(seed)",
    "states": "rs = np.random.RandomState()\nrs.set_state(np.random.RandomState(3).get_state())",
    "state": "r = random.Random()\nr.setstate(random.Random(3).getstate())",
    "generator": "g = np.random.default_rng()\ng.bit_generator.state = np.random.PCG64(3).state",
    "bits": "b = np.random.PCG64()\nb.state = np.random.PCG64(3).state\ng = np.random.Generator(b)",
}


@pytest.mark.parametrize("policy", ["record", "forbid"])
def test_each_way_to_seed_a_generator_later_is_known(project, policy):
    for name, code in _SEEDED_LATER.items():
        done, report = run(project, f"import random, numpy as np\n{code}\n", entropy=policy)
        assert (name, "", []) == (name, done.stderr, told(report))


@pytest.mark.parametrize(
    "code",
    [
        "rs = np.random.RandomState()\nrs.seed()",
        "g = np.random.default_rng()\nif resumed:\n    g.bit_generator.state = np.random.PCG64(3).state",
        "g = np.random.default_rng()\ng.random()\ng.bit_generator.state = np.random.PCG64(3).state",
    ],
)
def test_a_generator_that_may_use_its_own_state_is_not_seeded(project, code):
    _, report = run(project, f"import numpy as np\nresumed = False\n{code}\n")
    assert told(report)[0].startswith("generator train.py:3 numpy.random.")


def test_a_clean_program_shows_no_randomness(project):
    code = """
import copy, pickle, random, tempfile, time
import numpy as np
from joblib import Parallel, delayed
from sklearn.ensemble import RandomForestClassifier
np.random.seed(1); random.seed(1); np.random.rand(); random.random()
rng = np.random.default_rng(1)
copy.deepcopy(rng); pickle.loads(pickle.dumps(rng)); rng.spawn(2)
legacy = np.random.RandomState(1)
copy.deepcopy(legacy); pickle.loads(pickle.dumps(legacy)); np.random.RandomState([1, 2])
copy.deepcopy(random.Random(1)); pickle.loads(pickle.dumps(random.Random(1)))
later = random.Random(); later.seed(3)
np.random.MT19937(1).jumped()
RandomForestClassifier(5, random_state=0).fit(rng.random((30, 2)), rng.integers(0, 2, 30))
Parallel(n_jobs=2)(delayed(abs)(number) for number in range(2))
tempfile.mkdtemp(); time.localtime(0); time.strftime("%Y", time.gmtime(0))
"""
    done, report = run(project, code)
    assert ("", 0) == (done.stderr, done.returncode)
    assert [] == told(report, "generator", "entropy", "clock", "host")


def test_what_a_library_draws_is_put_down_to_the_line_that_called_it(project):
    site = project / ".venv/lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (site / "vendored.py").write_text(
        "import os, random, uuid\nimport numpy as np\n"
        "def draw():\n    return np.random.default_rng().random()\n"
        "def token():\n    return os.urandom(4)\n"
        "def name():\n    return uuid.uuid4()\n"
        "class Model:\n    def __init__(self):\n        self.rng = random.Random()\n"
    )
    code = "import vendored\nvendored.draw()\nvendored.token()\nvendored.Model()\nvendored.name()\n"
    _, report = run(project, code, pythonpath=str(site))
    assert [
        "entropy train.py:3 vendored.token() os.urandom() x1",
        "generator train.py:2 vendored.draw() numpy.random x1",
        "generator train.py:4 vendored.Model() random.Random() x1",
    ] == sorted(told(report))


def test_lines_of_the_projects_own_modules_are_named(project):
    (project / "lib").mkdir()
    (project / "lib" / "shuffle.py").write_text(
        "import random\n\ndef shuffled():\n    return random.Random()\n"
    )
    _, report = run(project, "import lib.shuffle\nlib.shuffle.shuffled()\n")
    assert ["generator lib/shuffle.py:4 random.Random() x1"] == told(report)


def test_a_missing_file_and_one_that_the_program_wrote_itself(project):
    code = (
        "try:\n    open('local.toml')\nexcept OSError:\n    pass\n"
        "open('out.txt', 'w').close(); open('out.txt').close(); open('data/a.csv', 'a').close()\n"
    )
    _, report = run(project, code)
    assert ["read train.py:2 open() local.toml x1"] == told(report)
    assert [True] == [item.missing for item in report.observations]


def test_many_files_read_by_one_line_become_their_folder(project):
    for number in range(200):
        (project / "data" / f"{number}.txt").touch()
    code = (
        "from pathlib import Path\nfor path in sorted(Path('data').glob('*.txt')):\n    path.open().close()\n"
    )
    _, report = run(project, code)
    reads = [item for item in report.observations if item.kind == "read"]
    assert 200 == sum(item.count for item in reads)
    assert len(reads) < 100
    assert "data/" in {item.detail for item in reads}


def test_without_room_what_is_left_out_is_counted(project):
    lines = "".join(f"os.urandom({number + 1})\n" for number in range(600))
    _, report = run(project, f"import os\n{lines}")
    assert 500 == len(report.observations)
    assert any("no room for 100 more" in error for error in report.errors)


DRAWS = """
import os, random, secrets, uuid
import numpy as np
def draws():
    found = [random.Random().random(), uuid.uuid4().hex, os.urandom(4).hex(), secrets.token_hex(4)]
    found += [np.random.default_rng().random(), np.random.RandomState().rand(), np.random.SeedSequence().entropy]
    return " ".join(map(str, found))
def work(queue):
    queue.put(draws())
"""
PLAIN = "from draws import draws\nfor _ in range(2):\n    print(draws())\n"
WORKERS = """
import multiprocessing
from draws import work
if __name__ == "__main__":
    for method in ("spawn", "fork"):
        context = multiprocessing.get_context(method)
        for _ in range(2):
            queue = context.Queue()
            child = context.Process(target=work, args=(queue,))
            child.start()
            print(queue.get())
            child.join()
"""
THREAD = """
import threading
from draws import draws
for _ in range(2):
    thread = threading.Thread(target=lambda: print(draws()))
    thread.start()
    thread.join()
"""


@pytest.mark.parametrize("code", [PLAIN, WORKERS, THREAD], ids=["plain", "workers", "threads"])
def test_under_seed_two_runs_are_the_same_and_no_draw_is_like_another(project, code):
    (project / "draws.py").write_text(DRAWS)
    runs = [run(project, code, entropy="seed") for _ in range(2)]
    (first, report), (second, _) = runs
    assert ("", 0) == (first.stderr, first.returncode)
    assert first.stdout == second.stdout
    lines = first.stdout.splitlines()
    assert len(lines) == len(set(lines))
    assert all(item.seeded for item in report.observations if item.kind in ("generator", "entropy"))
    assert any(item.seeded for item in report.observations)
    other, _ = run(project, code, entropy="seed", seed=7)
    assert not set(lines) & set(other.stdout.splitlines())


def test_under_record_two_runs_are_as_random_as_ever(project):
    (project / "draws.py").write_text(DRAWS)
    first, second = (run(project, PLAIN)[0].stdout for _ in range(2))
    assert not set(first.split()) & set(second.split())


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("numpy.random.default_rng()", "numpy.random.default_rng()"),
        ("numpy.random.RandomState()", "numpy.random.RandomState()"),
        ("numpy.random.RandomState(seed=NOTHING)", "numpy.random.RandomState()"),
        ("random.Random()", "random.Random()"),
        ("uuid.uuid4()", "uuid.uuid4()"),
        ("secrets.token_hex()", "secrets.token_hex()"),
        ("open('/dev/urandom')", "open('/dev/urandom')"),
    ],
)
def test_under_forbid_the_program_stops_at_the_line(project, line, call):
    code = f"import numpy, random, secrets, uuid\nNOTHING = None\n\n{line}\nprint('on')\n"
    done, report = run(project, code, entropy="forbid")
    assert (1, "") == (done.returncode, done.stdout)
    assert f'RuntimeError: train.py:4: {call} is refused, as entropy = "forbid"' in done.stderr
    assert [f"train.py:4 {call}"] == [f"{item.file}:{item.line} {item.what}" for item in report.observations]


def test_under_forbid_a_clean_program_runs_on(project):
    code = """
import tempfile, time
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
rng = np.random.RandomState(0)
X, y = rng.rand(40, 2), rng.randint(0, 2, 40)
a, b, c, d = train_test_split(X, y, random_state=1)
LogisticRegression(random_state=0).fit(a, c)
tempfile.mkdtemp(); time.time()
print("on")
"""
    done, _ = run(project, code, entropy="forbid")
    assert ("on\n", "", 0) == (done.stdout, done.stderr, done.returncode)


def test_forbid_reaches_workers(project):
    (project / "draws.py").write_text(DRAWS)
    for method in ("spawn", "fork"):
        code = WORKERS.replace('"spawn", "fork"', f'"{method}",').replace("print(queue.get())", "")
        done, report = run(project, code, entropy="forbid")
        assert "draws.py:5: random.Random() is refused" in done.stderr
        assert "draws.py:5" in {f"{item.file}:{item.line}" for item in report.observations}


@pytest.mark.parametrize("entropy", ["record", "seed"])
def test_a_program_with_hooks_patches_and_names_of_its_own_is_not_broken(project, entropy):
    code = """
import os, pickle, sys, time
sys.addaudithook(lambda event, args: None)
genuine = os.urandom
os.urandom = lambda size: b"mine" if size == 4 else genuine(size)
class Timer:
    clock = time.time
    draw = genuine
assert Timer().clock() > 0 and len(Timer().draw(3)) == 3
assert pickle.loads(pickle.dumps(time.time)) is time.time and pickle.loads(pickle.dumps(genuine))
import random
assert os.urandom(4) == b"mine" and len(os.urandom(5)) == 5
for wrong in (-1, "x"):
    try:
        genuine(wrong)
    except (ValueError, TypeError) as error:
        print(type(error).__name__)
state = random.getstate(); random.setstate(state)
class Own(random.Random):
    def seed(self, *args): super().seed(*args)
Own(3); Own()
print("on")
"""
    done, report = run(project, code.replace("pickle.loads(pickle.dumps(genuine))", "True"), entropy=entropy)
    assert ("ValueError\nTypeError\non\n", "") == (done.stdout, done.stderr)
    assert () == report.errors


def test_a_file_named_like_a_module_of_python_is_left_alone(project):
    (project / "random.py").write_text("CALLS = []\ndef seed(value):\n    CALLS.append(value)\n")
    done, report = run(project, "import random; print(random.CALLS)")
    assert ("[]\n", "") == (done.stdout, done.stderr)
    assert () == report.errors


def test_a_hook_of_the_program_that_refuses_everything_is_its_own_matter(project):
    code = (
        "import os, sys\ndef refuse(event, args):\n"
        "    if event in ('sys._getframe', 'os.listdir'):\n        raise OSError('no')\n"
        "sys.addaudithook(refuse)\nopen('data/a.csv').close(); os.urandom(2)\n"
        "try:\n    os.listdir('.')\nexcept OSError as error:\n    print(error)\n"
    )
    done, _ = run(project, code)
    assert ("no\n", "") == (done.stdout, done.stderr)


def test_a_program_that_changes_its_folder_is_followed(project):
    _, report = run(project, "import os\nos.chdir('data')\nopen('a.csv').close()\nos.urandom(1)\n")
    assert ["entropy train.py:4 os.urandom() x1", "read train.py:3 open() data/a.csv x1"] == sorted(
        told(report)
    )


def test_the_audit_can_be_switched_off_to_measure_it(project):
    _, report = run(project, "import os\nos.urandom(1)\n", REPRO_AUDIT="off")
    assert ((), ()) == (report.observations, report.errors)


@pytest.mark.parametrize("name", OTHERS)
def test_other_versions_of_python_see_the_same(project, name):
    version = subprocess.run([name, "-c", ""], capture_output=True, check=False)
    if version.returncode:
        pytest.skip(f"{name} does not start")
    code = "import datetime, os, random, time, uuid\nrandom.Random()\nuuid.uuid4()\ntime.time()\nos.listdir('data')\n"
    done, report = run(project, code + "datetime.datetime.now()\n", python=shutil.which(name))
    assert "" == done.stderr
    assert () == report.errors
    expected = [
        "generator train.py:2 random.Random() x1",
        "entropy train.py:3 uuid.uuid4() x1",
        "clock train.py:4 time.time() x1",
        "listing train.py:5 os.listdir() data x1",
    ]
    if name != "python3.8":
        expected.append("clock train.py:6 datetime.datetime.now() x1")
    assert sorted(expected) == sorted(told(report))
    seeds = [
        run(project, "import uuid; print(uuid.uuid4())", entropy="seed", python=shutil.which(name))
        for _ in "ab"
    ]
    assert seeds[0][0].stdout == seeds[1][0].stdout


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    here = Path(__file__).parents[1] / "e2e" / "tiny"
    shutil.copytree(here, tmp_path / "tiny", ignore=shutil.ignore_patterns(".repro", "__pycache__"))
    ridge = tmp_path / "tiny" / "ridge.py"
    ridge.write_text(ridge.read_text().replace("default_rng(seed)", "default_rng()"))
    return tmp_path / "tiny"


def verified(folder: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "repro_action", "verify", "-q", "--json"]
    return json.loads(subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout)


def test_a_flaky_run_names_the_line_where_randomness_entered(tiny):
    verified(tiny)
    subprocess.run(
        [sys.executable, "-m", "repro_action", "accept", "--force"], cwd=tiny, check=True, capture_output=True
    )
    report = verified(tiny)
    line = next(
        number
        for number, text in enumerate((tiny / "ridge.py").read_text().splitlines(), start=1)
        if "default_rng()" in text
    )
    expected = f"ridge.py:{line} numpy.random.default_rng() without a seed, 1 time → pass the seed"
    assert ("drifted", "flaky") == (report["verdict"], report["flavour"])
    assert expected == report["causes"][1]["text"]
    seen = [item for item in report["observations"] if item["kind"] == "generator"]
    assert {"train", "evaluate"} == {item["step"] for item in seen}
    assert {("ridge.py", line, 1)} == {(item["file"], item["line"], item["count"]) for item in seen}
    assert [("train", "ridge.py", line)] == [
        (found["step"], found["file"], found["line"]) for found in report["findings"]
    ]


def test_the_policy_is_a_material_and_its_refusal_the_cause_of_a_failed_step(tiny):
    config = tiny / "repro.toml"
    verified(tiny)
    subprocess.run(
        [sys.executable, "-m", "repro_action", "accept", "--force"], cwd=tiny, check=True, capture_output=True
    )
    config.write_text(config.read_text().replace('"record"', '"seed"'))
    report = verified(tiny)
    assert ("changed", "entropy") == (report["verdict"], report["causes"][0]["name"])
    config.write_text(config.read_text().replace('"seed"', '"forbid"'))
    report = verified(tiny)
    assert "failed" == report["verdict"]
    assert "numpy.random.default_rng() draws randomness that nobody seeded" in report["error"]["why"]


def test_a_file_that_a_step_was_seen_to_read_and_does_not_declare_is_a_warning(tiny):
    (tiny / "extra").mkdir()
    (tiny / "extra" / "mean.txt").write_text("1\n")
    config = tiny / "repro.toml"
    # Where a sandbox works, the file would not be there.
    text = config.read_text()
    config.write_text(
        text.replace("[sandbox]\n", '[sandbox]\nfiles = "any"\n')
        if "[sandbox]" in text
        else text + '\n[sandbox]\nfiles = "any"\n'
    )
    train = tiny / "train.py"
    train.write_text(train.read_text() + 'open("/".join(["extra", "mean.txt"])).close()\n')
    warnings = [warning["what"] for warning in verified(tiny)["warnings"]]
    assert "step train read files that no step declares: extra/mean.txt" in warnings


SEEDED_LATER = """\
import random
import numpy as np

legacy = np.random.RandomState()
legacy.seed(7)
own = random.Random()
own.seed(7)


class Lazy:
    @property
    def rng(self):
        self.made = np.random.RandomState()
        return self.made


Lazy().rng.seed(seed=7)
print(legacy.normal(), own.random())
"""


@pytest.mark.parametrize("entropy", ["record", "forbid"])
def test_a_generator_that_is_seeded_after_it_is_made_is_seeded(project, entropy):
    done, report = run(project, SEEDED_LATER, entropy=entropy)
    assert ("", 0) == (done.stderr, done.returncode)
    assert [] == told(report, "generator")


def test_a_decorated_function_of_a_library_is_named_by_what_is_wrapped(project):
    site = project / ".venv/lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (site / "wrapping.py").write_text(
        "import functools\nimport numpy as np\n"
        "def decorator(func):\n    @functools.wraps(func)\n    def wrapper(*args):\n"
        "        return func(*args)\n    return wrapper\n"
        "@decorator\ndef create():\n    return np.random.default_rng()\n"
    )
    code = f"import sys; sys.path.insert(0, {str(site)!r})\nimport wrapping\nwrapping.create()\n"
    _, report = run(project, code)
    assert ["generator train.py:3 wrapping.create() numpy.random x1"] == told(report, "generator")
