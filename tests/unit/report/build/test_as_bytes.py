# SPDX-License-Identifier: Apache-2.0
"""What is accepted by its bytes is known to be, with the reason."""

from __future__ import annotations

from factories import make_leaf, make_product

from repro_action.report.build.as_bytes import compared_as_bytes
from repro_action.tree import Kind


def test_outputs_that_were_not_read_as_leaves_are_named_with_the_reason():
    large = "toml: too large to be read as leaves: it has 128 MiB; the limit is 113 MiB"
    whole = make_leaf(kind=Kind.BYTES, reason=large)
    products = {
        "out/b.toml": make_product({"": whole}, reason=large),
        "out/a": make_product({"x.toml": whole, "y.npy": make_leaf()}),
        "out/c.npy": make_product({"": make_leaf()}),
    }
    (note,) = compared_as_bytes(products)
    assert "out/a/x.toml, out/b.toml are compared as a whole, not leaf by leaf" == note.what
    assert large == note.why
