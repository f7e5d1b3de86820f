# SPDX-License-Identifier: Apache-2.0
"""What is recorded of outputs, few and many."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action.config.load import load
from repro_action.fingerprint import Product
from repro_action.listing import MANY
from repro_action.runs.plan import make_plan
from repro_action.runs.products import ReadOutputs, read_outputs
from repro_action.tree import Kind

pytestmark = pytest.mark.processes


def outputs(folder: Path, count: int) -> ReadOutputs:
    names = [f"out/{number}.txt" for number in range(count)]
    (folder / "out").mkdir()
    for name in names:
        (folder / name).write_text(name)
    path = folder / "repro.toml"
    path.write_text(f'version = 1\nname = "x"\n[[steps]]\nname = "s"\nrun = ["x"]\noutputs = {names}\n')
    config = load(path)
    return read_outputs(config, make_plan(config))


@pytest.mark.parametrize("count", [2, MANY + 1])
def test_one_among_very_many_outputs_is_recorded_by_the_digest_of_its_tree(
    tmp_path: Path, count: int
) -> None:
    read = outputs(tmp_path, count)
    assert count == len(read.products) == len(read.roots)
    for name, product in read.products.items():
        root = read.roots[name]
        assert ("s", len(name)) == (product.step, product.size)
        if count > MANY:
            assert recorded_whole(product) == (root.digest, {"": (Kind.FOLDED, root.digest)})
        else:
            assert "blake3" == product.digest.algorithm
            assert {root.digest} == {leaf.digest for leaf in product.leaves.values()}


def recorded_whole(product: Product) -> tuple[object, dict[str, object]]:
    return product.digest, {path: (leaf.kind, leaf.digest) for path, leaf in product.leaves.items()}
