# SPDX-License-Identifier: Apache-2.0
"""A generator that is seeded after it was made, before anything is drawn, is not reported."""

from __future__ import annotations

import pytest
from integration.audited_program import observed, project, run

__all__ = ["project"]


_SEEDED_LATER = {
    "seed": "rs = np.random.RandomState()\nrs.seed(7)",
    "same line": "r = random.Random(); r.seed(7)",
    "whole line": "import random as own; r = own.Random(); r.seed(7); r.random()",
    "lines": "r = random.Random(\n)\nr.seed(\n    7\n)",
    "behind a condition": "if True: r = random.Random(); r.seed(7)",
    "function": "def made():\n    return np.random.RandomState()\nrs = made()\nrs.seed(7)",
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
        assert (name, "", []) == (name, done.stderr, observed(report))


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
    assert observed(report)[0].startswith("generator train.py:3 numpy.random.")


_DRAWN_FIRST = {
    "seed": "rs = np.random.RandomState()\nrs.rand()\nrs.seed(7)",
    "one line": "rs = np.random.RandomState(); rs.rand(); rs.seed(7)",
    "own": "r = random.Random()\nr.shuffle([1, 2, 3])\nr.seed(7)",
    "own in one line": "r = random.Random(); r.random(); r.seed(7)",
    "own, by a function": "def use(r):\n    r.random()\nr = random.Random()\nuse(r)\nr.seed(7)",
    "state": "g = np.random.default_rng(); g.random(); g.bit_generator.state = np.random.PCG64(3).state",
    "function": "def made():\n    return np.random.RandomState()\nrs = made()\nrs.rand()\nrs.seed(7)",
}


def test_what_was_drawn_before_the_seed_is_unseeded(project):
    for name, code in _DRAWN_FIRST.items():
        _, report = run(project, f"import random, numpy as np\n{code}\n")
        assert (name, 1) == (name, len(observed(report, "generator")))


def test_what_is_drawn_before_the_seed_is_refused(project):
    for name in ("one line", "own in one line"):
        done, _ = run(project, f"import random, numpy as np\n{_DRAWN_FIRST[name]}\n", entropy="forbid")
        assert "train.py:2" in done.stderr, name
        assert "is refused" in done.stderr, name


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
    assert [] == observed(report, "generator", "entropy", "clock", "host")


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
    assert [] == observed(report, "generator")
