# SPDX-License-Identifier: Apache-2.0
"""A traced program does not notice, and its trace is bounded, ordered and survives how it ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from traced import NEWER, calls, run

from repro_action.determinism.traces import read_trace


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    return root


HOSTILE = """
import sys
class Nasty:
    def __init__(self): self.x = 1
    def stop(self, *_): raise SystemExit("noticed")
    __repr__ = __str__ = __eq__ = __hash__ = __len__ = __iter__ = __bool__ = __getattr__ = __reduce__ = stop
class Sub(dict):
    def items(self): raise SystemExit("noticed")
    __iter__ = __len__ = items
class Text(str):
    def __str__(self): raise SystemExit("noticed")
    encode = __repr__ = __str__
class Meta(type):
    def __getattribute__(cls, name): raise SystemExit("noticed")
class Strange(metaclass=Meta): pass
nasty, sub, text, strange = [Nasty()], Sub(a=1), Text("x"), Strange
taken = iter([1, 2, 3])
lines = (number for number in range(3))
ring = []
ring.append(ring)
deep = []
for _ in range(3000):
    deep = [deep]
huge = 10 ** 6000
big = list(range(300000))
def recursive(n): return 0 if n == 0 else recursive(n - 1)
recursive(400)
def broken():
    try:
        raise KeyError("x")
    finally:
        pass
try:
    broken()
except KeyError as error:
    print("caught", error)
print(next(taken), next(lines), sys.gettrace() is None or True)
sys.exit(3)
"""


@pytest.mark.parametrize("python", [sys.executable, *NEWER[-1:]])
def test_a_program_does_not_notice(project, python):
    traced, folder = run(project, HOSTILE, python=python)
    plain, _ = run(project, HOSTILE, python=python, trace="")
    assert (plain.returncode, plain.stdout, plain.stderr) == (traced.returncode, traced.stdout, traced.stderr)
    assert (3, "") == (traced.returncode, traced.stderr)
    functions = {call.function for call in read_trace(folder).calls}
    assert {"<module> nasty", "<module> ring", "<module> deep", "<module> huge"} <= functions


def test_a_traceback_stays_the_programs_own(project):
    code = "def f():\n    x = 1\n    return x / 0\nf()\n"
    traced, _ = run(project, code)
    plain, _ = run(project, code, trace="")
    assert (plain.returncode, plain.stderr) == (traced.returncode, traced.stderr)


def test_without_being_asked_for_nothing_is_loaded(project):
    code = "import sys\nprint([name for name in sys.modules if name in ('repro_hook.trace', 'repro_hook.value_marks', 'ast')])\n"
    done, folder = run(project, code, trace="")
    assert ("[]\n", []) == (done.stdout, list(folder.glob("*.trace")))


def test_code_of_libraries_is_not_traced(project):
    site = project / ".venv/lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (site / "vendored.py").write_text("def give():\n    inner = 1\n    return inner\n")
    code = f"import sys\nsys.path.append({str(site)!r})\nimport vendored\ngiven = vendored.give()\n"
    assert ["<module> sys", "<module> given"][1:] == [call.function for call in calls(project, code)]


def test_loops_and_functions_are_recorded_at_first_only(project):
    code = """
def double(x):
    return 2 * x
total = 0
for number in range(30000):
    total += double(number)
done = total
"""
    result = calls(project, code)
    counts = {
        name: sum(call.function == name for call in result) for name in {call.function for call in result}
    }
    assert {
        "train.double": 100,
        "<module> total": 21,
        "<module> number": 20,
        "<module> done": 1,
    } == counts


def test_a_trace_is_bounded_and_says_so(project):
    code = "".join(f"a{number} = {number}\n" for number in range(6000))
    done, folder = run(project, code)
    trace = read_trace(folder)
    assert (0, 5000) == (done.returncode, len(trace.calls))
    assert 1 == len(trace.notes)
    assert "calls were left out" in trace.notes[0]


def test_a_process_that_is_killed_leaves_what_it_had_written(project):
    code = "import os, signal\nfor number in range(10):\n    a = b = c = d = e = number\nos.kill(os.getpid(), 9)\n"
    done, folder = run(project, code)
    trace = read_trace(folder)
    assert -9 == done.returncode
    assert 32 == len(trace.calls)
    assert "ended without notice" in trace.notes[0]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_follow_the_main_process_in_the_order_in_which_they_were_made(project, method):
    code = f"""
import multiprocessing
def work(number):
    value = 10 * number
    return value
def main():
    context = multiprocessing.get_context({method!r})
    workers = [context.Process(target=work, args=(number,)) for number in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return len(workers)
if __name__ == "__main__":
    main()
"""
    done, folder = run(project, code)
    assert ("", 0) == (done.stderr, done.returncode)
    calls = read_trace(folder).calls
    names = [call.function for call in calls]
    assert names.index("train.main") < names.index("train.work")
    values = [call.marks[0].text for call in calls if call.function == "work value"]
    assert ["10", "20"] == values


def test_threads_are_kept_apart_by_name(project):
    code = """
import threading
def work(number):
    return number
threads = [threading.Thread(target=work, args=(n,), name=f"worker-{9 - n}") for n in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
end = 1
"""
    result = calls(project, code)
    assert ["2", "1", "0"] == [call.marks[0].text for call in result if call.function == "train.work"]
    assert "train.work" == result[-1].function


def test_a_program_that_closes_everything_and_leaves_its_folder_is_traced_on(project):
    code = """
import os
os.closerange(3, 200)
own = os.open("own.txt", os.O_CREAT | os.O_WRONLY)
os.chdir("/")
def give(): return 7
for _ in range(60):
    given = give()
os.write(own, b"mine")
"""
    assert "train.give" in {call.function for call in calls(project, code)}
    assert "mine" == (project / "own.txt").read_text()


def test_entries_are_valid_json_whatever_the_values_hold(project):
    done, folder = run(project, "text = '\\x00\\ud800\\u202e\"\\n'\ndata = b'\\xff'\nempty = ()\n")
    (path,) = folder.glob("*.trace")
    assert [7, 7, 7] == [
        6 + len(json.loads(line)["m"]) for line in path.read_text("ascii").splitlines()[1:-1]
    ]
    assert 0 == done.returncode


@pytest.mark.parametrize("python", [sys.executable, *NEWER[-1:]])
def test_an_alarm_of_the_program_is_never_swallowed(project, python):
    begin = """
import signal
class Late(Exception): pass
def ring(*_): raise Late()
signal.signal(signal.SIGALRM, ring)
"""
    # Written out many times: what runs again is recorded at first only, and the alarm must ring meanwhile.
    block = """
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    for _ in range(19):
        numbers = [str(number) for number in range(99000)]
        numbers.append("x")
    print("slept through")
except Late:
    print("woken")
"""
    assert 8 * ["woken"] == run(project, begin + 8 * block, python=python)[0].stdout.split()
