# SPDX-License-Identifier: Apache-2.0
"""A signature as text and back, the kernel that it names, and how two of them differ."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.numeric.difference import numeric_difference
from repro_action.numeric.kernels import OPERATIONS, kernel_name, kernel_of, known_kernels, shown
from repro_action.numeric.signature import CIRCUMSTANCE, NumericSignature, signature_in


def signature(name, **changes):
    """Return what a machine with a kernel of the table would answer."""
    kernel = next(one for one in known_kernels() if name in one.names)
    fused = "yes" if name in {"Haswell", "Zen", "SkylakeX"} else "no"
    own = {"questions": "v1", "sum64": "8ec37579a607", "fused64": fused, "fused32": fused}
    return NumericSignature(operations={**own, **kernel.operations, **changes})


names = st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True)
values = st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True)


@given(st.dictionaries(names, values, min_size=1, max_size=64))
def test_a_signature_is_read_back_from_its_text(table):
    made = NumericSignature.of(table)
    assert made is not None
    assert NumericSignature.parse(made.text) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "dot64",
        "dot64:",
        ":abc",
        "dot64:ab cd",
        "dot64:a  sum64:b",
        "Dot:a",
        "a:b a:b",
        "a:é",
        "a:b" * 9999,
    ],
)
def test_a_text_that_is_no_signature_is_none(text):
    assert NumericSignature.parse(text) is None


@pytest.mark.parametrize(
    "table", [None, [], {}, {"a": 1}, {"a": "A"}, {1: "a"}, {f"a{n}": "b" for n in range(65)}]
)
def test_a_table_that_is_no_signature_is_none(table):
    assert NumericSignature.of(table) is None


def test_the_digest_does_not_depend_on_the_order_of_operations():
    one = signature("Haswell")
    other = replace(one, operations=dict(reversed(one.operations.items())))
    assert one.digest == other.digest


def test_the_table_tells_its_kernels_apart():
    rows = [tuple(sorted(kernel.operations.items())) for kernel in known_kernels()]
    assert len(set(rows)) == len(rows)
    assert all(set(kernel.operations) == set(OPERATIONS) for kernel in known_kernels())


def test_haswell_and_zen_are_one_kernel():
    assert signature("Haswell") == signature("Zen")
    assert kernel_name(signature("Zen")) == "OpenBLAS Haswell/Zen"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_kernel_that_is_not_in_the_table_is_said_to_be_unknown(operation):
    other = signature("Haswell", **{operation: "0" * 12})
    assert kernel_of(other) is None
    assert shown(other) == f"{other.digest} (unknown kernel)"


def test_the_sentence_names_operations_fusion_and_both_kernels():
    found = numeric_difference(signature("Haswell"), signature("Sandybridge"))
    assert found.sentence == (
        "GEMV and GEMM associate differently; multiply and add are fused there and not here: "
        "OpenBLAS Haswell/Zen there, OpenBLAS Sandybridge here"
    )


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("sum64", "sum associates differently"),
        ("dot32", "dot associates differently"),
        ("functions64", "NumPy's elementary functions round differently"),
        ("libm", "the C library's elementary functions round differently"),
        ("ties32", "sorts order equal values differently"),
    ],
)
def test_each_operation_has_its_words(operation, said):
    before = signature("Haswell", **{operation: "1"})
    assert numeric_difference(before, signature("Haswell", **{operation: "2"})).sentence == said


def test_equal_signatures_do_not_differ():
    assert numeric_difference(signature("Haswell"), signature("Zen")) is None


def test_answers_to_other_questions_are_not_compared():
    assert numeric_difference(signature("Haswell", questions="v0"), signature("Nehalem")) is None


def test_what_only_one_side_knows_is_not_a_difference():
    assert numeric_difference(signature("Haswell"), signature("Haswell", more="x")) is None
    assert numeric_difference(None, signature("Haswell")) is None


def test_circumstances_without_a_signature_have_none():
    assert signature_in({"cpu": "x"}) is None
    assert signature_in({CIRCUMSTANCE: "not one"}) is None
    assert signature_in({CIRCUMSTANCE: signature("Haswell").text}) == signature("Haswell")
