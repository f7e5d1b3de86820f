"""Laws of discovery over arbitrary trees."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from repro_action.config.discover import discover
from repro_action.errors import ConfigError

NAMES = st.sampled_from(["a", "b", "models", ".hidden", "node_modules", "x-1"])
FOLDERS = st.lists(NAMES, max_size=3).map("/".join)
TREES = st.lists(FOLDERS, min_size=1, max_size=6, unique=True)
PATTERNS = st.sampled_from(
    ["**", "**/repro.toml", "*", "*/*", "models/*", "models/**/repro.toml", "a", "a/b", ".", "[ab]/*", "**/b"]
)


def found(root, patterns):
    try:
        return discover(root, patterns)
    except ConfigError as error:
        return error.what


def make(root, folders):
    for folder in folders:
        (Path(root) / folder).mkdir(parents=True, exist_ok=True)
        (Path(root) / folder / "repro.toml").touch()


@settings(deadline=None, max_examples=60)
@given(folders=TREES, patterns=st.lists(PATTERNS, min_size=1, max_size=4), data=st.data())
def test_neither_the_order_of_patterns_nor_that_of_making_files_counts(folders, patterns, data):
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        make(one, folders)
        make(two, data.draw(st.permutations(folders)))
        reasons = found(Path(one), patterns)
        again = found(Path(two), data.draw(st.permutations(patterns)))
        assert isinstance(reasons, str) == isinstance(again, str)
        if isinstance(reasons, tuple):
            assert (
                reasons
                == again
                == found(Path(one), ["\n".join(patterns)])
                == found(Path(one), [",".join(patterns)])
            )
            assert list(reasons) == sorted(set(reasons))


@settings(deadline=None, max_examples=60)
@given(folders=TREES, pattern=PATTERNS)
def test_what_is_found_stands_for_itself(folders, pattern):
    with tempfile.TemporaryDirectory() as folder:
        make(folder, folders)
        reasons = found(Path(folder), [pattern])
        if isinstance(reasons, tuple):
            assert reasons == discover(Path(folder), reasons) == discover(Path(folder), ["\n".join(reasons)])


@settings(deadline=None, max_examples=40)
@given(folders=TREES, one=PATTERNS, other=PATTERNS)
def test_two_patterns_stand_for_what_each_of_them_does(folders, one, other):
    with tempfile.TemporaryDirectory() as folder:
        make(folder, folders)
        first, second = found(Path(folder), [one]), found(Path(folder), [other])
        if isinstance(first, tuple) and isinstance(second, tuple):
            assert tuple(sorted({*first, *second})) == found(Path(folder), [one, other])
