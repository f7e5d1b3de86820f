# SPDX-License-Identifier: Apache-2.0
"""Leaves of notebooks as people name them."""

from __future__ import annotations

import pytest

from repro_action.report.render.cell_names import cell_name


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("cells[3].outputs[0].data['text/plain']", "cell 4 output"),
        ("cells[3].outputs[1].data['text/plain']['loss']", "cell 4 output 2 ['loss']"),
        ("cells[0].outputs[0].data['image/png'].pixels", "cell 1 output image/png pixels"),
        ("cells[0].outputs[0].data['text/html'].table[0]['a']", "cell 1 output text/html table[0]['a']"),
        ("cells[9].stdout['loss']", "cell 10 prints ['loss']"),
        ("cells[9].source", "cell 10 source"),
        ("cells[9]", "cell 10"),
        ("metadata.kernelspec", "metadata.kernelspec"),
        ("", ""),
    ],
)
def test_a_leaf_is_named_by_its_cell(path, shown):
    assert shown == cell_name(path)
