"""Laws of trees."""

from factories import make_leaf

from repro_action.codec.tables import flatten_mapping
from repro_action.listing import flatten
from repro_action.paths.leaf_patterns import LeafPattern
from repro_action.runs.pruning import prune
from repro_action.tree import Branch, Kind, Tree, branch


def leaf(text):
    return make_leaf(text)


def wide(count):
    return branch(
        (f"[{index}]", branch([(".x", leaf(str(index))), (".y", leaf("y"))], type="T"))
        for index in range(count)
    )


def test_paths_read_like_code():
    inner = branch([(".coef_", leaf("c"))], type="sklearn.LogisticRegression")
    root = branch([("['model']", branch([("[0]", inner)])), (".name", leaf("n"))])
    assert ["['model'][0]", "['model'][0].coef_", "name"] == list(flatten(root))


def test_order_of_children_does_not_count_unless_asked():
    a, b = (".a", leaf("a")), (".b", leaf("b"))
    assert branch([a, b]).digest == branch([b, a]).digest
    assert branch([a, b], ordered=True).digest != branch([b, a], ordered=True).digest
    assert flatten(branch([a, b], ordered=True)) != flatten(branch([b, a], ordered=True))


def test_a_type_is_content():
    assert flatten(branch([(".a", leaf("a"))], type="A")) != flatten(branch([(".a", leaf("a"))], type="B"))


def test_what_does_not_fit_is_folded_and_still_compared():
    lines = flatten(wide(300), limit=100)
    assert len(lines) <= 302
    assert {Kind.FOLDED} == {
        line.kind for line in flatten(branch([(".deep", wide(300))]), limit=100).values()
    }
    changed = branch(
        [*wide(299).children, ("[299]", branch([(".x", leaf("other")), (".y", leaf("y"))], type="T"))]
    )
    differing = {path for path, line in flatten(changed, limit=100).items() if lines.get(path) != line}
    assert differing == {"[299]"}


def test_two_nodes_with_one_rendered_path_both_stay():
    root = branch([("/plot", branch([(".pixels", leaf("a"))])), ("/plot.pixels", leaf("b"))])
    assert {leaf("a"), leaf("b")} == set(flatten(root).values())


def test_an_empty_container_is_no_missing_one():
    assert flatten(branch([("['a']", branch([]))])) != flatten(branch([]))


def test_pruning_leaves_out_what_a_rule_matches_and_says_so():
    tree = Tree(format="x", root=branch([(".a", leaf("a")), (".t", branch([(".b", leaf("b"))]))]))
    pruned, used = prune(tree, (("times", LeafPattern("t.b")), ("idle", LeafPattern("b"))))
    assert {"times"} == used
    assert ["a", "t"] == sorted(flatten(pruned.root))
    assert [("t.b", "times")] == [(one.path, one.rule) for one in pruned.excluded]


def test_pruning_nothing_keeps_the_digest():
    root = wide(5)
    pruned, _ = prune(Tree(format="x", root=root), (("idle", LeafPattern("b")),))
    assert isinstance(pruned.root, Branch)
    assert pruned.root.digest == root.digest


def test_nested_tables_flatten_to_dotted_names():
    assert {"a.b[0]": 1, "a.b[1].c": "x", "d": None} == flatten_mapping(
        {"a": {"b": [1, {"c": "x"}]}, "d": None}
    )
