"""Laws of trees, for all trees."""

from factories import make_leaf
from hypothesis import given
from hypothesis import strategies as st

from repro_action.listing import flatten, flatten_like
from repro_action.runs.pruning import prune
from repro_action.tree import Kind, Tree, branch

LEAVES = st.text("abc", max_size=2).map(make_leaf)
SEGMENTS = st.sampled_from([".a", ".b", "[0]", "[1]", "['k']", "/f", "/f.b"])


def branches(inner):
    children = st.dictionaries(SEGMENTS, inner, max_size=4).map(lambda value: list(value.items()))
    return st.builds(lambda value, kind: branch(value, type=kind), children, st.sampled_from(["", "T"]))


TREES = st.recursive(LEAVES, branches, max_leaves=20)


@given(TREES, TREES)
def test_folding_hides_no_difference(one, other):
    # Different segments may render alike (`/f` + `.b` and `/f.b`), so whole lists are the measure.
    for limit in (1, 4):
        if flatten(one, limit=limit) == flatten(other, limit=limit):
            assert flatten(one) == flatten(other)


@given(TREES, TREES)
def test_equal_digests_mean_equal_lists(one, other):
    if one.digest == other.digest:
        assert flatten(one) == flatten(other)


@given(TREES)
def test_listing_like_ones_own_listing_is_the_same(root):
    for limit in (1, 3, 1000):
        lines = flatten(root, limit=limit)
        assert lines == flatten_like(root, lines)


@given(TREES)
def test_folding_loses_no_leaf(root):
    def total(lines):
        own = {Kind.OBJECT, Kind.EMPTY}
        return sum(
            line.shape[0] if line.kind is Kind.FOLDED else line.kind not in own for line in lines.values()
        )

    whole = flatten(root, limit=10**6, siblings=10**6)
    empty = sum(line.kind is Kind.EMPTY for line in whole.values())
    assert total(whole) <= total(flatten(root, limit=2)) <= total(whole) + empty


@given(TREES)
def test_pruning_nothing_changes_nothing(root):
    tree = Tree(format="x", root=root)
    assert tree == prune(tree, ())[0]
