# SPDX-License-Identifier: Apache-2.0
"""Of a log of which only the marks are left, it is known about up to where it is the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from repro_action.compare.marks import MARKED, MARKS, ends, marks_of, parted_between, with_marks
from repro_action.compare.products import compare_products
from repro_action.compare.training import partings
from repro_action.digest import Digest
from repro_action.fingerprint import Product
from repro_action.readers.arrays import array_leaf
from repro_action.readers.protocol import ReadContext
from repro_action.report.sections.training import parting_line
from repro_action.tree import Leaf, LeafDigester


def column(values: np.ndarray) -> Leaf:
    return array_leaf(values, ReadContext(digester=LeafDigester("blake3")))


def product(number: int, *losses: np.ndarray) -> Product:
    leaves = {f"loss{place or ''}": column(values) for place, values in enumerate(losses)}
    leaves["epoch"] = column(np.arange(len(losses[0])))
    digest = Digest("blake3", f"{number:064x}")
    return Product(step="s", format="table", size=1, digest=digest, leaves=leaves, excluded={}, reason="")


def forgotten(found: Product) -> Product:
    """Return a product as a baseline brings it back."""
    return replace(found, leaves={path: replace(leaf, payload=None) for path, leaf in found.leaves.items()})


@given(count=st.integers(2, 5000), at=st.integers(0, 4999), dtype=st.sampled_from(["<f4", "<f8", "<i8"]))
def test_the_first_difference_lies_between_two_marks(count: int, at: int, dtype: str) -> None:
    at %= count
    values = np.arange(count).astype(dtype)
    other = values.copy()
    other[at:] += 1
    between = parted_between(marks_of(column(values)), marks_of(column(other)), count)
    assert between is not None
    assert between[0] <= at < between[1]
    assert between[1] - between[0] <= -(-count // min(MARKS, count))
    assert parted_between(marks_of(column(values)), marks_of(column(values.copy())), count) is None


@given(count=st.integers(2, 100_000))
def test_marks_stand_for_growing_beginnings_and_the_last_for_all(count: int) -> None:
    found = ends(count)
    assert list(found) == sorted(set(found))
    assert (found[-1], len(found)) == (count, min(MARKS, count))


def test_marks_that_a_stranger_cut_or_left_out_say_nothing() -> None:
    values = np.arange(10.0)
    marks = marks_of(column(values))
    for damaged in ("", marks[:5], marks[:-1]):
        assert parted_between(damaged, marks, 10) is None


def test_a_baseline_without_values_says_between_which_steps_it_parts() -> None:
    values = np.linspace(1.0, 0.0, 3200)
    other = values.copy()
    other[311:] += 1e-12
    before = forgotten(with_marks({"log.csv": product(1, values)})["log.csv"])
    (found,) = partings(compare_products({"log.csv": before}, {"log.csv": product(2, other)}, ()))
    assert parting_line(found) == "log.csv: loss · the same up to epoch 299 · not the same at epoch 399"


def test_a_run_has_few_marked_columns_those_of_losses_first() -> None:
    many = product(1, *(np.arange(4.0) + place for place in range(60)))
    made = with_marks({"a.csv": replace(many, leaves={**many.leaves, "other": column(np.arange(4.0))})})
    marked = [path for path, leaf in made["a.csv"].leaves.items() if leaf.marks]
    assert len(marked) == MARKED
    assert all(path.startswith("loss") for path in marked)
    assert all(len(made["a.csv"].leaves[path].marks) <= 4 * MARKS for path in marked)


def test_what_is_no_log_has_no_marks() -> None:
    leaves = {"age": column(np.arange(9.0)), "height": column(np.arange(9.0))}
    made = with_marks({"people.csv": replace(product(1, np.arange(9.0)), leaves=leaves)})
    assert not any(leaf.marks for leaf in made["people.csv"].leaves.values())
