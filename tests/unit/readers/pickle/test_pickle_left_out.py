# SPDX-License-Identifier: Apache-2.0
"""What rules leave out of pickles of scikit-learn, and that the rest stays."""

import pickle

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from repro_action.listing import flatten
from repro_action.readers import read_source
from repro_action.readers.pickle.pickle_file import PickleReader
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.tree import Branch

CONTEXT = ReadContext(nest=read_source)


class Point:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def tree(data, context=CONTEXT):
    return PickleReader().read(BytesSource("a.pkl", data), context)


def search():
    x, y = np.random.default_rng(0).normal(size=(30, 3)), np.arange(30) % 2
    return GridSearchCV(SVC(), [{"C": [1.0]}, {"gamma": [0.1, 1.0]}], cv=2).fit(x, y)


def test_fit_times_are_left_out_visibly():
    one, other = search(), search()
    other.refit_time_ += 1
    other.cv_results_["mean_fit_time"] += 1
    first = tree(pickle.dumps([one]))
    assert first.root.digest == tree(pickle.dumps([other])).root.digest
    assert [
        "[0].cv_results_['mean_fit_time']",
        "[0].cv_results_['mean_score_time']",
        "[0].cv_results_['std_fit_time']",
        "[0].cv_results_['std_score_time']",
        "[0].refit_time_",
    ] == [entry.path for entry in first.excluded]
    assert {"fit-times"} == {entry.rule for entry in first.excluded}
    assert "[0].cv_results_['mean_test_score']" in flatten(first.root, limit=1000)


def test_times_of_other_objects_stay():
    found = tree(pickle.dumps([Point(refit_time_=1.0), {"mean_fit_time": 2}]))
    assert () == found.excluded
    assert "[0].refit_time_" in flatten(found.root)


def test_addresses_of_stop_words_are_left_out():
    texts = ["a cat", "the dog"]
    found = tree(pickle.dumps(TfidfVectorizer(stop_words=["the"]).fit(texts)))
    assert ["_stop_words_id"] == [entry.path for entry in found.excluded]
    again = tree(pickle.dumps(TfidfVectorizer(stop_words=["the"]).fit(texts)))
    assert again.root.digest == found.root.digest


def test_the_algorithm_is_the_contexts():
    from repro_action.tree import LeafDigester

    found = tree(pickle.dumps(search()), ReadContext(digester=LeafDigester("sha256"))).root
    assert isinstance(found, Branch)
    assert "leaf1-sha256" == found.digest.algorithm
