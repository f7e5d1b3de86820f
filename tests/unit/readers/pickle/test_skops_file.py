# SPDX-License-Identifier: Apache-2.0
"""Laws of reading skops files."""

import functools
import io
import json
import operator
import pickle
import zipfile

import numpy as np
import pytest
import skops.io
from scipy import sparse
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder, StandardScaler

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import flatten
from repro_action.readers import read_source, reader_for
from repro_action.readers.pickle.pickle_file import PickleReader
from repro_action.readers.pickle.skops_file import SkopsReader
from repro_action.readers.protocol import BytesSource, ReadContext

CONTEXT = ReadContext(nest=read_source)
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 4)), np.arange(40) % 3


def search():
    return GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(X, Y)


def pipeline():
    return Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())]).fit(X, Y)


SAME = {
    "pipeline": pipeline,
    "forest": lambda: RandomForestClassifier(n_estimators=3, random_state=0).fit(X, Y),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=2, random_state=0).fit(X, Y),
    "neighbours": lambda: KNeighborsClassifier(algorithm="kd_tree").fit(X, Y),
    "words": lambda: CountVectorizer().fit(["a cat", "the dog"]),
    "sgd": lambda: SGDClassifier(random_state=0).fit(X, Y),
    "categories": lambda: OrdinalEncoder().fit(np.array([["a"], ["b"]], dtype=object)),
    "function": lambda: FunctionTransformer(np.log1p).fit(X),
    "search": search,
    "values": lambda: {
        "numbers": [1, 2.5, None, True, "é"],
        "keys": {1: 2, "a b": (1, 2), False: 3, 1.5: 4},
        "sets": {1, 2},
        "slice": slice(1, None),
        "partial": functools.partial(int, base=2),
        "bytes": b"abc",
        "array": np.arange(3),
        "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "scalar": np.float32(1.5),
        "objects": np.array([[1, "a"], [None, 2]], dtype=object),
        "masked": np.ma.array([1.0, 2.0], mask=[True, False]).filled(0),
        "random": np.random.RandomState(0),
        "dtype": np.dtype("f4"),
        "type": np.float64,
        "getter": operator.itemgetter(1),
    },
}


def tree(data):
    return SkopsReader().read(BytesSource("a.skops", data), CONTEXT)


def leaves(data):
    return flatten(tree(data).root, limit=5000)


def pickled(value):
    return flatten(PickleReader().read(BytesSource("a.pkl", pickle.dumps(value)), CONTEXT).root, limit=5000)


@pytest.mark.parametrize("name", SAME)
def test_leaves_are_those_of_the_pickle(name):
    value = SAME[name]()
    assert pickled(value) == leaves(skops.io.dumps(value))


def test_a_second_dump_has_other_ids_and_the_same_leaves():
    one, other = skops.io.dumps(SAME["values"]()), skops.io.dumps(SAME["values"]())
    assert one != other
    assert leaves(one) == leaves(other)


def test_compression_does_not_count():
    value = pipeline()
    packed = skops.io.dumps(value, compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    assert leaves(skops.io.dumps(value)) == leaves(packed)


def test_paths_are_those_of_the_pickle():
    assert (3, 4) == leaves(skops.io.dumps(pipeline()))["steps[1][1].coef_"].shape


def test_a_sparse_matrix_shows_its_parts():
    found = leaves(skops.io.dumps(sparse.csr_matrix(np.eye(3))))
    assert (3,) == found["data"].shape
    assert 3 == found["_shape[0]"].value
    assert "scipy.sparse._csr.csr_matrix" == found[""].dtype


def test_a_masked_array_hides_what_lies_under_the_mask():
    one = np.ma.array([1.0, 2.0], mask=[True, False])
    other = np.ma.array([9.0, 2.0], mask=[True, False])
    assert leaves(skops.io.dumps(one)) == leaves(skops.io.dumps(other))


def test_a_generator_shows_its_state():
    assert "bit_generator.state['state']['inc']" in leaves(skops.io.dumps(np.random.default_rng(0)))


def test_fit_times_are_left_out():
    found = tree(skops.io.dumps(search()))
    assert "refit_time_" in [entry.path for entry in found.excluded]
    assert 5 == len(found.excluded)


def archive(schema, members=()):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as new:
        for name, data in members:
            new.writestr(name, data)
        if schema is not None:
            new.writestr("schema.json", schema if isinstance(schema, str) else json.dumps(schema))
    return buffer.getvalue()


def node(loader, content=None, cls="x", **more):
    return {"__loader__": loader, "__class__": cls, "__module__": "builtins", "content": content, **more}


def nested(depth):
    nested = node("JsonNode", "1")
    for _ in range(depth):
        nested = node("ListNode", [nested], cls="list")
    return nested


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (archive(None, [("a", b"")]), "no schema.json"),
        (archive("{"), "malformed"),
        (archive("[" * 100_000), "malformed"),
        (archive("[]"), "not an object"),
        (archive(node("EvalNode", "1")), "'EvalNode' is unknown"),
        (archive(nested(200)), "nested too deeply"),
        (archive(node("JsonNode", "[" * 50_000)), "not JSON"),
        (archive(node("JsonNode", "{}")), "not a scalar"),
        (archive(node("ListNode", {})), "not a list"),
        (archive(node("BytesNode", file="../../etc/passwd")), "is missing"),
        (archive(node("NdArrayNode", type="numpy", file="a.npy"), [("a.npy", b"junk")]), "npy"),
        (archive(node("JsonNode", "1"), [("b.npy", b"")]), "nothing refers"),
        (archive(node("DictNode", {"a": 1}, key_types=node("ListNode", []))), "without a type"),
    ],
)
def test_what_is_malformed_says_so(data, reason):
    with pytest.raises(ArtifactUnreadable, match=reason):
        tree(data)


def test_recognizes_its_own():
    data = skops.io.dumps([1])
    assert "skops" == reader_for(BytesSource("a.skops", data), data[:512]).name
    assert not SkopsReader().recognizes(BytesSource("a.zip", data), data[:512])
