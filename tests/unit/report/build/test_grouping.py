"""Many leaves that differ become few lines."""

from factories import make_leaf

from repro_action.compare.difference import DifferingLeaf
from repro_action.report.build.grouping import groups, natural


def paths(*names, before=True):
    leaves = [
        DifferingLeaf(path=name, before=make_leaf("a") if before else None, after=make_leaf("b"))
        for name in names
    ]
    return [group.path for group in groups(leaves)]


def test_siblings_that_differ_alike_are_one_line():
    assert paths(*(f"estimators_[{index}].tree_" for index in range(12))) == ["estimators_[0…11].tree_"]


def test_an_array_of_objects_is_grouped_by_its_first_index():
    assert paths(*(f"estimators_[{index}, 0].tree_" for index in range(12))) == ["estimators_[0…11, 0].tree_"]


def test_added_branches_stand_for_what_lies_below_them():
    names = [f"e[{index}]{rest}" for index in (7, 8) for rest in ("", ".a", ".b")]
    assert paths(*names, before=False) == ["e[7…8]"]


def test_numbers_in_paths_sort_as_numbers():
    assert sorted(["[10]", "[9]", "[100]"], key=natural) == ["[9]", "[10]", "[100]"]


def test_what_is_near_the_root_comes_first():
    assert paths("a.b.c", "n_estimators")[0] == "n_estimators"
