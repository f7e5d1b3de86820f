# SPDX-License-Identifier: Apache-2.0
"""Two files of each library with one content are one tree, and what is accidental in them is listed."""

from __future__ import annotations

import io
import json
import pickle
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from repro_action.listing import flatten
from repro_action.readers import accidental, read_source
from repro_action.readers.pickle.byproducts import RULES
from repro_action.readers.pickle.torch_legacy import MAGIC
from repro_action.readers.protocol import BytesSource, FileSource, ReadContext
from repro_action.tree import Kind

DATA = Path(__file__).parents[2] / "data" / "accidental"
CONTEXT = ReadContext(nest=read_source)

STAMPS = ("model_guid", "train_finish_time")
PAIRS = {
    "torch-{}.pkl": set(),
    "numba-{}.pkl": {("['metric'].__args__[0].uuid", "numba-dispatcher-ids")},
    "optuna-{}.pkl": {
        (f"_storage._studies[0].trials[0].{name}", "optuna-times")
        for name in ("_datetime_start", "datetime_complete")
    },
    "catboost-{}.cbm": {(f"info['{name}']", "catboost-stamps") for name in STAMPS},
    "catboost-{}.json": {(f"['model_info']['{name}']", "catboost-stamps") for name in STAMPS},
    "keras-{}.keras": {
        ("metadata.json['date_saved']", "keras-date-saved"),
        ("config.json['config']['dtype']['shared_object_id']", "keras-object-ids"),
    },
    "onnx-{}.onnx": {("graph.name", "onnx-graph-id")},
    "matplotlib-{}.svg": {("date", "svg-date"), *((f"id['id-{number}']", "svg-ids") for number in range(3))},
}
"""Files by number → what is left out of them; nothing where it is the container's."""


@pytest.mark.parametrize("name", PAIRS)
def test_two_runs_of_one_training_are_one_tree(name):
    one, other = (read_source(FileSource(DATA / name.format(number)), CONTEXT) for number in (1, 2))
    assert (DATA / name.format(1)).read_bytes() != (DATA / name.format(2)).read_bytes()
    assert "" == one.reason
    assert one.root == other.root
    for tree in (one, other):
        assert PAIRS[name] == {(entry.path, entry.rule) for entry in tree.excluded}


def test_a_tensor_in_a_pickle_is_the_array_that_it_is():
    lines = flatten(read_source(FileSource(DATA / "torch-1.pkl"), CONTEXT).root)
    assert (Kind.ARRAY, "<f4", (2, 3)) == (lines["['t']"].kind, lines["['t']"].dtype, lines["['t']"].shape)
    assert (0.0, 5.0) == (lines["['view']"].stats.min, lines["['view']"].stats.max)


def changed(name, find, *, at=0):
    data = (DATA / name).read_bytes()
    place = data.index(find) + at
    return read_source(
        BytesSource(name, data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]), CONTEXT
    )


def test_an_element_of_a_tensor_in_a_pickle_is_content():
    whole = read_source(FileSource(DATA / "torch-1.pkl"), CONTEXT).root
    elements = np.arange(6, dtype="<f4").tobytes()
    for at in range(len(elements)):
        assert whole != changed("torch-1.pkl", elements, at=at).root


def test_only_the_id_of_a_compiled_function_is_accidental():
    whole = read_source(FileSource(DATA / "numba-1.pkl"), CONTEXT).root
    assert whole == changed("numba-1.pkl", b"uuid", at=10).root
    for find in (b"nopython", b"metric.py", b"\x97"):
        assert whole != changed("numba-1.pkl", find).root


@pytest.mark.parametrize(
    ("name", "find"),
    [
        ("catboost-1.cbm", b"model_guid"),
        ("catboost-1.cbm", b"Logloss"),
        ("catboost-1.json", b"CatBoost"),
        ("onnx-1.onnx", b"MatMul"),
        ("matplotlib-1.svg", b"stroke-linejoin"),
    ],
)
def test_what_stands_beside_an_accidental_part_is_content(name, find):
    assert read_source(FileSource(DATA / name), CONTEXT).root != changed(name, find).root


def test_every_byte_of_a_binary_model_but_the_stamps_is_content():
    data = (DATA / "catboost-1.cbm").read_bytes()
    whole = read_source(BytesSource("m.cbm", data), CONTEXT).root
    for place in range(0, len(data), 37):
        other = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        inside = any(start - 4 <= place <= start + 36 for start in stamps(data))
        assert inside or whole != read_source(BytesSource("m.cbm", other), CONTEXT).root


def stamps(data):
    return [found.start() for found in re.finditer(rb"[0-9a-f]{6,8}-[0-9a-f]{6,8}-|20\d\d-\d\d-\d\dT", data)]


def test_a_tensor_of_a_graph_is_an_array():
    lines = flatten(read_source(FileSource(DATA / "onnx-1.onnx"), CONTEXT).root)
    assert {"<f4"} <= {leaf.dtype for path, leaf in lines.items() if path.startswith("graph.initializer")}


STATE = {
    "global_step": 8,
    "max_steps": 8,
    "is_world_process_zero": True,
    "log_history": [
        {"loss": 0.5, "step": 2},
        {"train_runtime": 1.2, "train_steps_per_second": 3.4, "train_loss": 0.5, "eval_runtime": "text"},
    ],
}
MLMODEL = """flavors:
  python_function:
    loader_module: mlflow.sklearn
mlflow_version: 3.1.0
model_id: m-0123456789abcdef0123456789abcdef
model_uuid: 0123456789abcdef0123456789abcdef
utc_time_created: '2026-11-30 01:02:03.456789'
"""


def parsed(name, content):
    data = (content if isinstance(content, str) else json.dumps(content)).encode()
    return read_source(BytesSource(name, data), CONTEXT)


def excluded(tree):
    return [(entry.path, entry.rule) for entry in tree.excluded]


def test_times_of_a_trainer_are_left_out_of_its_state():
    tree = parsed("trainer_state.json", STATE)
    assert excluded(tree) == [
        (f"['log_history'][1]['{name}']", "trainer-times")
        for name in ("train_runtime", "train_steps_per_second")
    ]
    other = {
        **STATE,
        "log_history": [STATE["log_history"][0], {**STATE["log_history"][1], "train_runtime": 9}],
    }
    assert tree.root == parsed("trainer_state.json", other).root


@pytest.mark.parametrize(
    "other",
    [
        {**STATE, "train_runtime": 1.0},
        {**STATE, "log_history": [{"loss": 0.6, "step": 2}, STATE["log_history"][1]]},
        {**STATE, "log_history": [STATE["log_history"][0], {**STATE["log_history"][1], "eval_runtime": "x"}]},
    ],
)
def test_nothing_else_is_left_out_of_a_trainers_state(other):
    assert parsed("trainer_state.json", STATE).root != parsed("trainer_state.json", other).root


def test_a_file_without_the_keys_of_the_library_keeps_all():
    assert [] == excluded(parsed("a.json", {"train_runtime": 1.0, "model_guid": "1-2-3-4"}))


def test_which_objects_of_a_network_are_shared_is_content():
    def network(*ids):
        layers = [{"class_name": "Dense", "shared_object_id": each} for each in ids]
        return {
            "module": "keras",
            "class_name": "Sequential",
            "config": {"layers": layers},
            "registered_name": "",
        }

    assert parsed("config.json", network(7, 7)).root == parsed("config.json", network(9, 9)).root
    assert parsed("config.json", network(7, 7)).root != parsed("config.json", network(7, 9)).root


def test_ids_and_time_are_left_out_of_an_mlmodel():
    tree = parsed("MLmodel", MLMODEL)
    assert [(name, "mlflow-stamps") for name in ("model_id", "model_uuid", "utc_time_created")] == excluded(
        tree
    )
    assert tree.root == parsed("MLmodel", MLMODEL.replace("0123456789abcdef", "ffff456789abcdef")).root
    assert tree.root != parsed("MLmodel", MLMODEL.replace("3.1.0", "3.2.0")).root
    assert tree.root != parsed("MLmodel", MLMODEL.replace("m-0123", "best")).root


def test_times_are_left_out_of_the_properties_of_an_office_file():
    core = (
        "<cp:coreProperties><dc:creator>me</dc:creator>"
        '<dcterms:created xsi:type="dcterms:W3CDTF">TIME</dcterms:created></cp:coreProperties>'
    )

    def document(time, text=core):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("docProps/core.xml", text.replace("TIME", time))
        return read_source(BytesSource("a.docx", file.getvalue()), CONTEXT)

    tree = document("2026-11-30T01:02:03Z")
    assert [("docProps/core.xml.created", "office-times")] == excluded(tree)
    assert tree.root == document("2027-01-01T00:00:00Z").root
    assert tree.root != document("2026-11-30T01:02:03Z", core.replace("me", "you")).root
    spaces = 'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    workbook = core.replace("created xsi", f"created {spaces} xsi")
    assert document("2026-11-30T01:02:03Z", workbook).root == document("2027-01-01T00:00:00Z", workbook).root
    assert tree.root != document("a secret").root


def test_the_lifecycle_of_a_gensim_model_is_left_out():
    one, other = (
        read_source(BytesSource("m.pkl", pickled("gensim.models.word2vec", "Word2Vec", state)), CONTEXT)
        for state in ({"size": 2, "lifecycle_events": [{"datetime": moment}]} for moment in "12")
    )
    assert one.root == other.root
    assert [("lifecycle_events", "gensim-lifecycle")] == excluded(one)


def pickled(module, name, state):
    inner = pickle.dumps(state, protocol=2)[2:-1]
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b")\x81" + inner + b"b."


def loading(content, end=b"."):
    """A pickle that loads a storage, and what it does then."""
    size = len(content).to_bytes(4, "little")
    return b"\x80\x03ctorch.storage\n_load_from_bytes\nB" + size + content + b"\x85R" + end


def test_a_storage_whose_loading_is_thrown_away_is_unreadable():
    data = (DATA / "torch-1.pkl").read_bytes()
    start = data.index(b"\x80\x02\x8a\x0al\xfc")
    size = int.from_bytes(data[start - 4 : start], "little")
    content = data[start : start + size]
    assert "" == read_source(BytesSource("m.pkl", loading(content)), CONTEXT).reason
    thrown = read_source(BytesSource("m.pkl", loading(content, b"0K\x01.")), CONTEXT)
    assert "discards the result" in thrown.reason


def test_a_storage_that_calls_something_is_unreadable():
    facts = {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}
    calls = b"\x80\x02cos\nsystem\n(U\x02idtR."
    content = b"".join(pickle.dumps(value, 2) for value in (MAGIC, 1001, facts)) + calls + pickle.dumps([], 2)
    assert "calls something" in read_source(BytesSource("m.pkl", loading(content)), CONTEXT).reason


def test_a_picture_of_another_program_is_its_text():
    tree = parsed("a.svg", '<svg><g id="p0123456789"/></svg>')
    assert ("text", []) == (tree.format, excluded(tree))


def test_the_documentation_shows_the_table():
    page = (Path(__file__).parents[3] / "docs" / "reports.md").read_text(encoding="utf-8")
    assert accidental.document() in page


def test_every_rule_is_in_the_table():
    rules = {rule for found in PAIRS.values() for _, rule in found} | {rule.name for rule in RULES}
    assert rules <= {part.rule for part in accidental.TABLE}


def test_a_picture_that_refers_to_a_numbered_name_is_not_taken_for_another():
    page = "<!-- Created with matplotlib (https://matplotlib.org/) --><svg>{}</svg>"
    one = parsed("a.svg", page.format('<g id="p0123456789"/><use href="#id-0"/>'))
    other = parsed("a.svg", page.format('<g id="p0123456789"/><use href="#p0123456789"/>'))
    assert one.root != other.root


def test_the_fingerprint_of_a_table_of_datasets_is_left_out():
    text = '{"_data_files": [], "_fingerprint": "%s", "_format_columns": null, "_format_type": null, "_split": %s}'
    one = parsed("state.json", text % ("0123456789abcdef", "null"))
    assert one.root == parsed("state.json", text % ("fedcba9876543210", "null")).root
    assert one.root != parsed("state.json", text % ("0123456789abcdef", '"train"')).root
    assert ["['_fingerprint']"] == [entry.path for entry in one.excluded]
