# SPDX-License-Identifier: Apache-2.0
"""What `entropy = "record"`, `"seed"` and `"forbid"` make of a draw without a seed."""

from __future__ import annotations

import pytest
from integration.audited_program import project, run

__all__ = ["project"]


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
