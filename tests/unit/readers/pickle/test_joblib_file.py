# SPDX-License-Identifier: Apache-2.0
"""Laws of reading joblib files."""

import io
import pickle

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import flatten
from repro_action.readers import read_source, reader_for
from repro_action.readers.pickle.joblib_file import JoblibReader
from repro_action.readers.pickle.pickle_file import PickleReader
from repro_action.readers.protocol import BytesSource, ReadContext

METHODS = [0, 3, ("zlib", 1), ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3)]
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 4)), np.arange(40) % 3

MODELS = {
    "columns": lambda: make_pipeline(
        ColumnTransformer(
            [("a", StandardScaler(), [0, 1]), ("b", OneHotEncoder(handle_unknown="ignore"), [2])]
        ),
        Ridge(),
    ).fit(X, Y),
    "forest": lambda: RandomForestClassifier(n_estimators=5, random_state=0).fit(X, Y),
    "boosting": lambda: HistGradientBoostingClassifier(max_iter=3, random_state=0).fit(X, Y),
    "isolation": lambda: IsolationForest(n_estimators=3, random_state=0).fit(X),
    "neighbours": lambda: KNeighborsClassifier(algorithm="ball_tree").fit(X, Y),
    "words": lambda: CountVectorizer(stop_words="english").fit(["a cat sat", "the dog"]),
    "svc": lambda: SVC().fit(X, Y),
    "sparse": lambda: sparse.csr_matrix(np.eye(3)),
}
ARRAYS = {
    "c order": np.arange(6.0).reshape(2, 3),
    "fortran order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "strided": np.arange(10)[::2],
    "objects": np.array([[1, "a"], [None, [2]]], dtype=object),
    "structured": np.zeros(2, [("a", "f4"), ("b", "i8", (2,))]),
    "big endian": np.arange(3, dtype=">i4"),
    "no axes": np.array(3),
    "empty": np.zeros((0, 3)),
    "matrix": np.array([[1.0]]).view(np.matrix),
    "text": np.array(["ab", "c"]),
}


def dumped(value, compress=0):
    buffer = io.BytesIO()
    joblib.dump(value, buffer, compress=compress)
    return buffer.getvalue()


def leaves(data):
    return flatten(
        JoblibReader().read(BytesSource("a.joblib", data), ReadContext(nest=read_source)).root, limit=5000
    )


def pickled(value):
    return flatten(
        PickleReader().read(BytesSource("a.pkl", pickle.dumps(value)), ReadContext()).root, limit=5000
    )


@pytest.mark.processes
@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_the_same_leaves_as_its_pickle(name):
    model = MODELS[name]()
    assert pickled(model) == leaves(dumped(model))


@pytest.mark.parametrize("name", MODELS)
def test_a_refit_has_the_same_leaves(name):
    assert leaves(dumped(MODELS[name]())) == leaves(dumped(MODELS[name]()))


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_between_the_opcodes_are_those_of_a_pickle(name):
    value = {"before": 1, "array": ARRAYS[name], "after": [ARRAYS[name], "end"]}
    assert pickled(value) == leaves(dumped(value))


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_compression_does_not_change_the_leaves(method):
    value = [*ARRAYS.values(), "x" * 100_000]
    assert pickled(value) == leaves(dumped(value, method))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_the_protocol_does_not_change_the_leaves(protocol):
    buffer = io.BytesIO()
    joblib.dump([ARRAYS["c order"], 1], buffer, protocol=protocol)
    assert pickled([ARRAYS["c order"], 1]) == leaves(buffer.getvalue())


def test_a_changed_element_is_one_changed_leaf():
    changed = ARRAYS["c order"] + [[0, 0, 0], [0, 0, 1e-9]]
    one, other = leaves(dumped({"a": ARRAYS["c order"], "b": 1})), leaves(dumped({"a": changed, "b": 1}))
    assert ["['a']"] == [path for path in one if one[path] != other[path]]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x04\x22\x4d\x18" + bytes(20), "lz4"),
        (b"ZF0x10                 " + bytes(20), "older than 0.10"),
        (dumped(np.arange(100))[:-5], "can follow"),
        (dumped(np.arange(100), 3)[:-5], "decompressed|cut off"),
        (dumped(np.arange(100), ("xz", 3))[:-5], "decompressed|cut off"),
        (dumped([1, 2], 3) + b"x", "extra bytes"),
        (dumped(np.arange(100)) + b"x", "not a valid pickle"),
    ],
)
def test_what_cannot_be_read_says_why(data, reason):
    with pytest.raises(ArtifactUnreadable, match=reason):
        leaves(data)


def test_joblib_before_0_10_is_named():
    opcodes = b"\x80\x02cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}b."
    with pytest.raises(ArtifactUnreadable, match=r"older than 0\.10"):
        leaves(opcodes)


@pytest.mark.parametrize("name", ["m.joblib", "m.joblib.gz", "m.pkl.gz", "m.pkl", "m.pkl.z"])
def test_recognizes_compressed_pickles(name):
    data = dumped([1], ("gzip", 3))
    assert "joblib" == reader_for(BytesSource(name, data), data[:512]).name


def test_leaves_other_compressed_files_to_others():
    head = dumped([1], ("gzip", 3))
    assert not JoblibReader().recognizes(BytesSource("data.csv.gz", head), head)
    assert not JoblibReader().recognizes(BytesSource("a.joblib", b""), b"plain text")


def test_an_uncompressed_file_named_as_a_pickle_is_read_with_its_arrays():
    data = dumped(ARRAYS)
    found = read_source(BytesSource("model.pkl", data), ReadContext(nest=read_source))
    assert "pickle" == found.format
    assert pickled(ARRAYS) == flatten(found.root, limit=5000)
