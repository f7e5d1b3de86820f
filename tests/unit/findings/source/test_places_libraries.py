"""Patterns of libraries: their threads, their hash maps, their samplers, their budgets of time."""

import pytest

from repro_action.findings.source import (
    explanations,
    harmless,
    places,
    races,
    unreported,
    unseeded_by_the_program,
)
from repro_action.observation import Observation, ObservationKind

HERE = "# here"

GUILTY = {
    "Word2Vec with workers": "from gensim.models import Word2Vec\nm = Word2Vec(rows, workers=4, seed=1)  # here",
    "Word2Vec by itself takes three": "import gensim\nm = gensim.models.Word2Vec(rows, seed=1)  # here",
    "Doc2Vec": "from gensim.models.doc2vec import Doc2Vec\nm = Doc2Vec(rows, workers=2)  # here",
    "BPR": "import implicit\nm = implicit.bpr.BayesianPersonalizedRanking(random_state=1)  # here",
    "LightFM": "from lightfm import LightFM\nm = LightFM()\nm.fit(rows, num_threads=8)  # here",
    "hnswlib": "import hnswlib\nindex = hnswlib.Index('l2', 8)\nindex.add_items(rows)  # here",
    "nmslib": "import nmslib\nindex = nmslib.init()\nindex.createIndex()  # here",
    "tomotopy": "import tomotopy as tp\nm = tp.LDAModel(k=3, seed=1)\nm.train(100)  # here",
    "fastText": "import fasttext\nm = fasttext.train_supervised('rows.txt', seed=1)  # here",
    "optuna in parallel": (
        "import optuna\ns = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))\n"
        "s.optimize(f, n_trials=9, n_jobs=2)  # here"
    ),
    "faiss": "import faiss\nfaiss.omp_set_num_threads(8)  # here\ni = faiss.index_factory(8, 'HNSW32')\ni.add(rows)",
    "gblinear": "import xgboost\np = {'booster': 'gblinear', 'nthread': 4}  # here\nb = xgboost.train(p, d)",
    "gblinear by keyword": "import xgboost\nb = xgboost.XGBRegressor(booster='gblinear')  # here",
    "parallel map that draws": (
        "import tensorflow as tf\ndef f(x):\n    return x + tf.random.normal(())\n"
        "d = rows.map(f, num_parallel_calls=4)  # here"
    ),
    "parallel map in any order": (
        "import tensorflow as tf\nd = rows.map(f, num_parallel_calls=4, deterministic=False)  # here"
    ),
    "dask tasks that draw": (
        "import dask\nimport numpy as np\nnp.random.seed(1)\ndef f(i):\n    return np.random.rand()\n"
        "tasks = [dask.delayed(f)(i) for i in range(9)]  # here\nsave(dask.compute(*tasks))"
    ),
    "groups of polars": "import polars as pl\nt = pl.read_csv('a')\nsave(t.group_by('k').agg(pl.len()))  # here",
    "distinct rows of polars": "import polars as pl\nt = pl.read_csv('a')\nsave(t.unique())  # here",
    "word pieces": (
        "from tokenizers import Tokenizer\nfrom tokenizers.models import WordPiece\n"
        "from tokenizers.trainers import WordPieceTrainer\nt = Tokenizer(WordPiece())\n"
        "t.train_from_iterator(rows, WordPieceTrainer())  # here"
    ),
    "sampler without a seed": "import optuna\ns = optuna.create_study(sampler=optuna.samplers.TPESampler())  # here",
    "sampler with the seed None": "import optuna\ns = optuna.samplers.RandomSampler(seed=None)  # here",
    "study without a sampler": "import optuna\ns = optuna.create_study()  # here\ns.optimize(f, n_trials=9)",
    "hyperopt": "from hyperopt import fmin, tpe\nbest = fmin(f, space, algo=tpe.suggest, max_evals=9)  # here",
    "scikit-optimize": "import skopt\nbest = skopt.gp_minimize(f, space, n_calls=9)  # here",
    "a loop against the clock": (
        "import time\nend = time.monotonic() + 2  # here\nwhile time.monotonic() < end:\n    n += 1\nsave(n)"
    ),
    "a break by the clock": (
        "import time\nbegin = time.time()  # here\nfor row in rows:\n    fit(row)\n"
        "    if time.time() - begin > 60:\n        break\nsave(n)"
    ),
    "a budget": "from flaml import AutoML\nm = AutoML()\nm.fit(X, y, time_budget=60, seed=1)  # here",
    "a search with a timeout": (
        "import optuna\ns = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))\n"
        "s.optimize(f, timeout=60)  # here"
    ),
    "the moment in pandas": "import pandas as pd\ntable['at'] = pd.Timestamp.now()  # here",
    "the date of today": "from datetime import date\nsave({'made': date.today()})  # here",
}

INNOCENT = {
    "one worker": "from gensim.models import Word2Vec\nm = Word2Vec(rows, workers=1, seed=1)",
    "LightFM by itself takes one": "from lightfm import LightFM\nm = LightFM()\nm.fit(rows)",
    "a seeded search of scikit-optimize": "import skopt\nbest = skopt.gp_minimize(f, space, random_state=1)",
    "coordinate descent": "import xgboost\np = {'booster': 'gblinear', 'updater': 'coord_descent', 'nthread': 4}",
    "gblinear of one thread": "import xgboost\nb = xgboost.XGBRegressor(booster='gblinear', n_jobs=1)",
    "trees": "import xgboost\np = {'booster': 'gbtree', 'nthread': 4}\nb = xgboost.train(p, d)",
    "parallel map without drawing": (
        "import tensorflow as tf\nd = rows.map(lambda x: x / 255, num_parallel_calls=tf.data.AUTOTUNE)"
    ),
    "dask in one thread": (
        "import dask\nimport numpy as np\nnp.random.seed(1)\ndef f(i):\n    return np.random.rand()\n"
        "tasks = [dask.delayed(f)(i) for i in range(9)]\nsave(dask.compute(*tasks, scheduler='synchronous'))"
    ),
    "groups kept in order": (
        "import polars as pl\nt = pl.read_csv('a')\nsave(t.group_by('k', maintain_order=True).agg(pl.len()))"
    ),
    "groups sorted": "import polars as pl\nt = pl.read_csv('a')\nsave(t.group_by('k').agg(pl.len()).sort('k'))",
    "groups sorted later": (
        "import polars as pl\nt = pl.read_csv('a').group_by('k').agg(pl.len())\nsave(t.sort('k'))"
    ),
    "groups of pandas": "import pandas as pd\nt = pd.read_csv('a')\nsave(t.groupby('k').sum())",
    "a seeded sampler": "import optuna\ns = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))",
    "one job": (
        "import optuna\ns = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))\n"
        "s.optimize(f, n_trials=9, n_jobs=1)"
    ),
    "a wait that changes nothing": "import time\nbegin = time.time()\nprint(time.time() - begin)",
    "no timeout": (
        "import optuna\ns = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))\n"
        "s.optimize(f, n_trials=9, timeout=None)"
    ),
}


@pytest.mark.parametrize("name", GUILTY)
def test_the_line_of_a_pattern_comes_first(name):
    text = GUILTY[name]
    expected = next(number for number, line in enumerate(text.splitlines(), 1) if HERE in line)
    found = unreported({"train.py": text})
    assert expected == next((one.line for one in found), None), found
    assert found[0].remedy.endswith(".")


@pytest.mark.parametrize("name", INNOCENT)
def test_what_looks_like_one_and_is_harmless_has_no_place(name):
    assert () == unreported({"train.py": INNOCENT[name]})


@pytest.mark.parametrize("name", ["Word2Vec with workers", "faiss", "gblinear", "groups of polars"])
def test_that_runs_agree_proves_little_of_a_race(name):
    assert 1 == len(races({"train.py": GUILTY[name]}))


def test_options_that_are_not_to_be_seen_may_hold_one_thread():
    text = "from gensim.models import Word2Vec\nm = Word2Vec(rows, **options)"
    assert ((), [2]) == (races({"train.py": text}), [one.line for one in unreported({"train.py": text})])


def test_a_search_in_parallel_is_explained_by_its_threads():
    (found,) = explanations({"train.py": GUILTY["optuna in parallel"]})
    assert ("", 3) == (found.library, found.finding.line)
    assert "n_jobs=1" in found.finding.remedy


def test_draws_of_a_search_are_explained_by_its_sampler():
    (found,) = explanations({"train.py": GUILTY["sampler without a seed"]})
    assert ("optuna", 2) == (found.library, found.finding.line)
    assert found.finding.what.endswith("` is a sampler without a seed")


def test_probe_names_the_thread_option_too():
    text = GUILTY["Word2Vec with workers"]
    assert 2 == places(("again",), {"train.py": text}, (), None)[0].line


@pytest.mark.parametrize(
    ("line", "library"),
    [
        ("model.fit(rows)", True),
        ("implicit.als.AlternatingLeastSquares().fit(rows)", True),
        ("model.fit(rows, started=time.time())", False),
        ("rows.seconds = clock() - model.begun", False),
        ("rows.seconds = json.loads(text)", False),
        ("own.train(rows)", False),
        ("train(rows)", False),
    ],
)
def test_a_clock_that_compiled_code_of_a_library_reads_is_not_the_projects(line, library):
    text = f"import json, time\nimport implicit\nimport own\nmodel = implicit.als.ALS()\nclock = time.time\n{line}\n"
    seen = Observation(
        kind=ObservationKind.CLOCK, what="time.time()", file="train.py", line=6, step="train", count=9
    )
    sources = {"train.py": text, "own.py": "def train(rows):\n    return rows\n"}
    assert library == (seen in harmless(sources, [seen]))


def test_words_that_are_equally_frequent_stand_in_the_order_of_a_set():
    text = (
        "from collections import Counter\nc = Counter()\nfor row in rows:\n    c.update(set(row.split()))\n"
        "save([word for word, _ in c.most_common(9)])"
    )
    assert 4 == places(("hash-seed",), {"train.py": text}, (), None)[0].line


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import networkx as nx\np = nx.spring_layout(g)", [2]),
        ("from scipy.optimize import differential_evolution as de\nr = de(f, bounds)", [2]),
        ("from scipy import stats\nr = stats.bootstrap((x,), mean, rng=None)", [2]),
        ("import networkx as nx\np = nx.spring_layout(g, seed=3)", []),
        ("import numpy as np\nimport networkx as nx\nnp.random.seed(1)\np = nx.spring_layout(g)", []),
        ("import networkx as nx\np = nx.shortest_path(g)", []),
    ],
)
def test_functions_that_draw_from_the_global_generators_are_kept_stable_by_the_seed_that_repro_sets(
    text, found
):
    assert found == [one.line for one in unseeded_by_the_program({"train.py": text})]


def test_layers_of_keras_are_named_where_they_draw_and_no_others():
    layers = ("Conv2D(8, 3)", "MaxPooling2D()", "Flatten()", "Dropout(0.2)", "RandomFlip()", "Dense(2)")
    made = "".join(f"m.add(layers.{layer})\n" for layer in layers)
    text = f"import keras\nfrom keras import layers\nm = keras.Sequential()\n{made}m.fit(x, y)\nsave(m)\n"
    found = places(("seed",), {"train.py": text}, [], None)
    assert [4, 7, 8, 9] == sorted(one.line for one in found)
    assert {"Call `keras.utils.set_random_seed(seed)` before the first layer is made."} == {
        one.remedy for one in found
    }
    seeded = text.replace("m = keras", "keras.utils.set_random_seed(3)\nm = keras")
    assert () == places(("seed",), {"train.py": seeded}, [], None)
