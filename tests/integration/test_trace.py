# SPDX-License-Identifier: Apache-2.0
"""What a trace tells of a program in real interpreters: where two runs of it part."""

from __future__ import annotations

from pathlib import Path

import pytest
from traced import NEWER, calls

from repro_action.findings.divergence import first_divergence, unsteady_marks

PLAIN = """
import asyncio, threading
names = {"alpha", "beta", "gamma"}
columns = []
for name in names:
    columns.append(name)
def numbers():
    got = yield 1
    yield from [got, 3]
def broken():
    y = 1
    raise ValueError("b")
async def answer():
    await asyncio.sleep(0)
    z = 5
    return z
class Model:
    __slots__ = ("alpha",)
    def __init__(self, alpha):
        self.alpha = alpha
    def fit(self):
        self.alpha += 1
def work(i):
    w = [i * c for c in range(3)]
    return w
pulled = list(numbers())
try:
    broken()
except ValueError as error:
    text = str(error)
result = asyncio.run(answer())
model = Model(
    alpha=1,
)
model.fit()
thread = threading.Thread(target=work, args=(4,), name="one")
thread.start()
thread.join()
longest = max(names, key=lambda name: (len(name), name))
with open(__file__) as file:
    first = file.readline()
if pulled: last = pulled[-1]; last += 1
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    return root


def part(project, code, one, other):
    return first_divergence(calls(project, code, **one), calls(project, code, **other))


def test_a_set_that_becomes_columns_is_traced_to_the_line_that_makes_the_list(project):
    code = """
wanted = {"alcohol", "ash", "hue", "flavanoids", "proline"}
table = {name: len(name) for name in sorted(wanted)}
columns = list(wanted)
values = [table[name] for name in columns]
"""
    found = part(project, code, {"hash_seed": "1"}, {"hash_seed": "2"})
    assert ("<module> columns", "train.py", 4) == (
        found.before.function,
        found.before.file,
        found.before.line,
    )


def test_a_set_that_is_always_sorted_is_reported_only_where_nothing_else_differs(project):
    code = "wanted = {'alcohol', 'ash', 'hue', 'proline'}\ncolumns = sorted(wanted)\n"
    found = part(project, code, {"hash_seed": "1"}, {"hash_seed": "2"})
    assert ["{order}"] == [path for path, _, _ in found.differing]


def test_a_generator_without_a_seed_is_traced_into_the_function_that_makes_it(project):
    code = """
import numpy as np
def noise(count):
    return np.random.default_rng().normal(size=count)
def data():
    clean = np.arange(5.0)
    return clean + noise(5)
def main():
    print(data().shape)
main()
"""
    found = part(project, code, {}, {})
    assert ("train.noise", "train.py", 3, "train.py:7") == (
        found.before.function,
        found.before.file,
        found.before.line,
        found.before.caller,
    )
    ((path, before, after),) = found.differing
    assert "" == path
    assert before.startswith("float64 (5,) ")
    assert before != after


@pytest.mark.parametrize(
    ("estimator", "attribute"),
    [
        ("cluster.KMeans(3, n_init=1, max_iter=1)", ".cluster_centers_"),
        ("linear_model.LogisticRegression(solver='saga', tol=0.5)", ".coef_"),
    ],
)
def test_a_fit_is_reported_with_the_attribute_that_differs(project, estimator, attribute):
    module = estimator.partition(".")[0]
    code = f"""
import numpy as np
from sklearn import {module}
X = np.arange(240.0).reshape(60, 4) % 7
y = np.arange(60) % 3
def train():
    print({estimator}.fit(X, y).get_params() is None)
train()
"""
    found = part(project, code, {"seed": 1}, {"seed": 2})
    name = estimator.partition(".")[2].partition("(")[0]
    assert (f"{name}.fit", "train.py", 7) == (
        found.before.function,
        found.before.file,
        found.before.line,
    )
    assert attribute in [path for path, _, _ in found.differing]


def test_equal_runs_do_not_part(project):
    code = """
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
X, y = load_iris(return_X_y=True)
search = GridSearchCV(RandomForestClassifier(5), {"max_depth": [1, 2]}, cv=2).fit(X, y)
pipeline = make_pipeline(StandardScaler(), search.best_estimator_)
predicted = pipeline.fit(X, y).predict(X)
"""
    one, other = calls(project, code), calls(project, code)
    assert first_divergence(one, other) is None
    assert {"GridSearchCV.fit", "Pipeline.fit", "Pipeline.predict"} <= {call.function for call in one}
    assert first_divergence(calls(project, PLAIN), calls(project, PLAIN)) is None


def test_a_clock_reading_is_a_divergence_unless_it_is_known_to_be_unsteady(project):
    code = "import time\nstarted = time.time()\nnames = list({'a', 'b', 'c', 'd', 'e'})\n"
    one, again, other = (calls(project, code, hash_seed=seed) for seed in "114")
    assert 2 == first_divergence(one, other).before.line
    assert 3 == first_divergence(one, other, unsteady=unsteady_marks(one, again)).before.line


def test_a_project_that_lies_elsewhere_gives_the_same_trace(project):
    code = "from pathlib import Path\nhere = Path(__file__).resolve().parent\ndata = str(here / 'data.csv')\n"
    one = calls(project, code)
    moved = project.parent / "moved"
    moved.mkdir()
    found = first_divergence(one, calls(moved, code))
    assert found is None or found.differing[0][0].endswith("{place}")
    assert one[0].marks[0].digest == calls(moved, code)[0].marks[0].digest


@pytest.mark.skipif(not NEWER, reason="no other version of Python stands next to this one")
def test_every_version_of_python_gives_the_same_trace(project):
    ours = calls(project, PLAIN)
    assert {
        *("<module> columns", "train.numbers", "answer z", "Model.__init__ self", "train.Model.fit"),
        *("train.work", "<module> first", "<module> last", "<module> model", "train.<lambda>"),
    } <= {call.function for call in ours}
    for python in NEWER:
        assert ours == calls(project, PLAIN, python=python)
