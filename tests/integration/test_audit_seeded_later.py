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
    "several": "a = np.random.RandomState()\nb = np.random.RandomState()\na.seed(1)\nb.seed(2)",
    "list": "rs = [np.random.RandomState() for _ in range(3)]\nfor n, r in enumerate(rs):\n    r.seed(n)",
    "own list": "rs = [random.Random() for _ in range(3)]\nfor n, r in enumerate(rs):\n    r.seed(n)",
    "appended": "rs = []\nfor n in range(3):\n    rs.append(np.random.RandomState())\nfor r in rs:\n    r.seed(5)",
    "keys": "rs = {k: np.random.RandomState() for k in 'ab'}\nrs['a'].seed(1)\nrs['b'].seed([1, 2])",
    "attributes": """class A:
    def __init__(self):
        self.a, self.b = np.random.RandomState(), np.random.RandomState()
    def seed(self, n):
        self.a.seed(n); self.b.seed(n)
x = A()
x.seed(3)""",
    "two of one seed": "a = np.random.RandomState()\nb = np.random.RandomState(5)\nb.rand()\na.seed(5)",
    "many states": "rs = [np.random.RandomState() for _ in 'ab']\nfor r in rs:\n"
    "    r.set_state(np.random.RandomState(3).get_state())",
    "bits of a generator": "g = np.random.Generator(np.random.PCG64())\n"
    "g.bit_generator.state = np.random.PCG64(3).state",
    "bits by a name": "g = np.random.Generator(bit_generator=np.random.Philox())\n"
    "g.bit_generator.state = np.random.Philox(3).state",
    "bits by a function": "def load(g, s):\n    g.bit_generator.state = s\n"
    "g = np.random.Generator(np.random.PCG64())\nload(g, np.random.PCG64(3).state)",
    "bits in a list": "gs = [np.random.Generator(np.random.PCG64()) for _ in 'ab']\nfor g in gs:\n"
    "    g.bit_generator.state = np.random.PCG64(3).state",
    "bits behind another name": "g = np.random.default_rng()\nh = g\nh.bit_generator.state = np.random.PCG64(3).state",
    "bits": "b = np.random.PCG64()\nb.state = np.random.PCG64(3).state\ng = np.random.Generator(b)",
}


@pytest.mark.parametrize("policy", ["record", "forbid"])
def test_what_draws_from_the_system_has_no_seed(project, policy):
    code = "r = random.SystemRandom()\nr.seed(7)\nr.random()\n"
    done, report = run(project, f"import random\n{code}", entropy=policy)
    assert ["entropy train.py:4 random.SystemRandom.random() x1"] == observed(report, "entropy", "generator")
    assert ("is refused" in done.stderr) == (policy == "forbid")


@pytest.mark.parametrize("code", ["random.Random()", "np.random.RandomState()"])
def test_threads_seed_their_own_generators(project, code):
    lines = f"""
import random, threading, numpy as np
made = []
def work():
    made.append({code})
threads = [threading.Thread(target=work) for _ in range(4)]
[one.start() for one in threads]
[one.join() for one in threads]
for one in made[1:]:
    one.seed(3)
"""
    _, report = run(project, lines)
    (found,) = observed(report, "generator")
    assert found.endswith("x1")


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
    "one of two": "a = np.random.RandomState()\nb = np.random.RandomState()\na.rand()\na.seed(1)\nb.seed(2)",
    "one of many": "rs = [np.random.RandomState() for _ in range(3)]\nrs[1].rand()\nfor r in rs:\n    r.seed(4)",
    "the other is seeded": "a = np.random.RandomState()\nb = np.random.RandomState()\nb.seed(2)",
    "another one is seeded": "a = np.random.RandomState()\nnp.random.RandomState(3).seed(2)\nnp.random.seed(4)",
    "bits, by a function": "def use(g):\n    g.random()\ng = np.random.Generator(np.random.PCG64())\nuse(g)\n"
    "g.bit_generator.state = np.random.PCG64(3).state",
    "bits, by a library": "import copy\ng = np.random.default_rng()\ncopy.copy(g)\n"
    "g.bit_generator.state = np.random.PCG64(3).state",
    "bits in a list": "gs = [np.random.default_rng()]\ngs[0].random()\nfor g in gs:\n"
    "    g.bit_generator.state = np.random.PCG64(3).state",
    "a part of a list": "gs = [np.random.default_rng()]\nfor g in gs[1:]:\n"
    "    g.bit_generator.state = np.random.PCG64(3).state",
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
