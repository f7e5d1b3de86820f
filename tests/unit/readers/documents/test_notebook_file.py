# SPDX-License-Identifier: Apache-2.0
"""Outputs of notebooks as leaves, and hostile notebooks."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import flatten
from repro_action.readers import read_source
from repro_action.readers.documents.notebook_file import NotebookReader
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.tree import Tree

FRAME = """<div>
<style scoped>
    .dataframe td { color: red; }
</style>
<table border="1" class="dataframe">
  <thead>
    <tr style="text-align: right;">
      <th></th>
      <th>a&amp;b</th>
      <th>name</th>
    </tr>
  </thead>
  <tbody>
    <tr>
      <th>0</th>
      <td>1.0</td>
      <td>x</td>
    </tr>
    <tr>
      <th>1</th>
      <td>NUMBER</td>
      <td>y</td>
    </tr>
  </tbody>
</table>
</div>"""


def read(*outputs: object, **more: object) -> Tree:
    cell = {"cell_type": "code", "source": "x", "execution_count": 1, "outputs": list(outputs)}
    return read_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, **more}))


def read_text(text: str) -> Tree:
    source = BytesSource("a.ipynb", text.encode())
    return NotebookReader().read(source, ReadContext(nest=read_source))


def result(data: object, **more: object) -> dict:
    return {"output_type": "execute_result", "data": data, **more}


def stream(text: object, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def changed(before: Tree, after: Tree) -> set[str]:
    old, new = flatten(before.root), flatten(after.root)
    return {path for path in {*old, *new} if old.get(path) is None or old[path] != new.get(path)}


def test_a_number_is_one_and_how_it_is_written_counts():
    path = "cells[0].outputs[0].data['text/plain']"
    trees = [read(result({"text/plain": text})) for text in ("0.912", "0.907", "0.9120")]
    assert {path} == changed(trees[0], trees[1]) == changed(trees[0], trees[2])
    assert 0.912 == flatten(trees[0].root)[path].value


def test_a_frame_is_columns():
    before, after = (read(result({"text/html": FRAME.replace("NUMBER", n)})) for n in ("2.5", "3.5"))
    assert {"cells[0].outputs[0].data['text/html'].table[0]['a&b']"} == changed(before, after)


@pytest.mark.parametrize("old", ["color: red", "border", "<th>0</th>", "text-align: right", "name", ">y<"])
def test_all_of_a_frame_is_content(old):
    assert old in FRAME
    html = FRAME.replace("NUMBER", "1")
    other = html.replace(
        old,
        old.replace("r", "q")
        if "r" in old
        else old.replace("0", "7").replace("y", "z").replace("name", "nome"),
    )
    assert changed(read(result({"text/html": html})), read(result({"text/html": other})))


def test_how_output_was_cut_into_pieces_is_no_content():
    whole = read(stream("loss 0.5\nloss 0.25\n"), result({"text/plain": "'x'"}))
    pieces = read(
        stream(["loss 0", ".5\n"]),
        stream("w", "stderr"),
        result({"text/plain": ["'x'"]}),
        stream("loss 0.25\n"),
    )
    assert set() == changed(whole, pieces)
    assert {"notebook-logs"} <= {one.rule for one in pieces.excluded}


def test_times_ids_counts_addresses_and_widgets_are_left_out():
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "a1"}, "text/plain": "<A at 0x7f00aa>"}
    other = {"application/vnd.jupyter.widget-view+json": {"model_id": "b2"}, "text/plain": "<A at 0x7f00bb>"}
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["Cell In[3], line 1"]}
    before = read(result(widget, execution_count=3), error, metadata={"language_info": {"version": "3.11"}})
    after = read(
        result(other, execution_count=4, metadata={"needs_background": "light"}),
        {**error, "traceback": ["Cell In[9], line 1"]},
        metadata={"language_info": {"version": "3.12"}, "widgets": {"state": {}}},
    )
    assert set() == changed(before, after)


@pytest.mark.parametrize(
    "cells", [3, [3], [{"outputs": 3}], [{"outputs": [3]}], [{"outputs": [{"data": 3}]}], [None]]
)
def test_a_malformed_notebook_is_unreadable(cells):
    with pytest.raises(ArtifactUnreadable):
        read_text(json.dumps({"cells": cells}))


@pytest.mark.parametrize(
    "text", ['<table border="1" class="dataframe">', "<tr", "<td>", "</table>", "<thead>"]
)
def test_hostile_tables_are_read_in_one_pass(text):
    page = f'<table border="1" class="dataframe"><thead>{text * 50_000}</thead><tbody>{text * 50_000}'
    read(result({"text/html": page}), result({"text/html": f"{page}</table>"}))


def test_many_cells_are_read():
    cells = [{"cell_type": "code", "source": "x", "outputs": [stream("1\n")]}] * 5_000
    tree = read_text(json.dumps({"cells": cells}))
    assert "notebook" == tree.root.type


def test_scripts_and_attachments_are_texts():
    html = "<script>alert(1)</script>"
    tree = read(result({"text/html": html, "application/javascript": "alert(1)"}))
    assert changed(tree, read(result({"text/html": html, "application/javascript": "alert(2)"})))
    assert changed(
        tree, read(result({"text/html": html.replace("1", "2"), "application/javascript": "alert(1)"}))
    )


def test_the_order_of_outputs_is_content():
    one, two = result({"text/plain": "'a'"}), result({"text/plain": "'b'"})
    assert changed(read(one, two), read(two, one))
    assert replace(read(one), excluded=()) == replace(read(one), excluded=())
