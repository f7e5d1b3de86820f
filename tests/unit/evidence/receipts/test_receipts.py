# SPDX-License-Identifier: Apache-2.0
"""Receipts: who confirms a run, who does not and where; a key counts once, and no receipt is believed twice."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from factories import make_fingerprint, make_leaf, make_product

from repro_action.evidence.receipts.receipt import Receipt, read_receipt
from repro_action.evidence.receipts.tally import SignedReceipt, tally
from repro_action.evidence.strict_json import EvidenceRefused
from repro_action.evidence.verified_run import GitSource
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.numeric.signature import CIRCUMSTANCE
from repro_action.tree import Kind
from repro_action.verdict import Verdict

RUN = make_fingerprint()
OTHER = make_fingerprint(products={"out/model.joblib": make_product({"coef_": make_leaf("y")})})


def receipt(fingerprint: Fingerprint = RUN, **changes) -> Receipt:
    values = {
        "model": "wine",
        "source": GitSource(commit="a" * 40, repository="https://code.example/org/wine"),
        "verdict": Verdict.REPRODUCED,
        "fingerprint": fingerprint,
        "numeric": "n1",
    }
    return Receipt(**{**values, **changes})


def signed(keyid: str, fingerprint: Fingerprint = RUN, **changes) -> SignedReceipt:
    file = f"{keyid}-{len(changes)}.json"
    return SignedReceipt(file=file, keyid=keyid, builder=keyid, receipt=receipt(fingerprint, **changes))


@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.FAILED])
def test_a_receipt_is_read_as_it_was_written(verdict: Verdict) -> None:
    written = receipt(verdict=verdict)
    assert written.statement() == read_receipt(written.statement().payload()).statement()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model", "beer"),
        ("platform", "aarch64-linux"),
        ("verdict", "failed"),
        ("verdict", "fine"),
        ("materials", "0" * 64),
        ("products", "0" * 64),
        ("source", {"repository": "", "commit": "main", "project": ""}),
        ("numericSignature", None),
        ("fingerprint", {}),
        ("more", 1),
    ],
)
def test_a_receipt_that_contradicts_itself_is_refused(key: str, value: object) -> None:
    payload = json.loads(receipt().statement().payload())
    payload["predicate"][key] = value
    with pytest.raises(EvidenceRefused):
        read_receipt(json.dumps(payload, sort_keys=True, separators=(",", ":")).encode())


def test_a_receipt_of_another_subject_is_refused() -> None:
    payload = json.loads(receipt().statement().payload())
    payload["subject"][0]["digest"]["sha256"] = "0" * 64
    with pytest.raises(EvidenceRefused, match="contradicts itself"):
        read_receipt(json.dumps(payload, sort_keys=True, separators=(",", ":")).encode())


def test_builders_who_got_the_same_confirm_it() -> None:
    found = tally("wine", RUN, [signed("alice"), signed("bob")])
    assert ["alice", "bob"] == [one.keyid for one in found.confirming]
    assert 2 == found.builders


def test_circumstances_and_bytes_of_containers_are_no_disagreement() -> None:
    other = make_fingerprint(
        circumstances={"cpu": "Intel"}, products={"out/model.joblib": make_product(content="other zip times")}
    )
    assert 1 == len(tally("wine", RUN, [signed("alice", other)]).confirming)


def test_the_same_key_counts_once() -> None:
    found = tally("wine", RUN, [signed("alice"), signed("alice", verdict=Verdict.CHANGED)])
    assert (1, 1) == (len(found.confirming), found.builders)


def test_a_disagreement_is_named_by_its_first_leaf() -> None:
    found = tally("wine", RUN, [signed("alice"), signed("bob", OTHER, verdict=Verdict.DRIFTED)])
    (other,) = found.disagreeing
    assert ("bob", "out/model.joblib: coef_") == (other.signed.keyid, other.parting.where)
    assert other.parting.ours != other.parting.theirs
    assert (1, 2) == (len(found.confirming), found.builders)


def test_a_value_is_shown_where_there_is_one() -> None:
    def run(value: float) -> Fingerprint:
        leaf = make_leaf(str(value), kind=Kind.NUMBER, dtype="<f8", shape=(), value=value, stats=None)
        return make_fingerprint(products={"out/m.json": make_product({"loss": leaf})})

    (other,) = tally("wine", run(0.5), [signed("bob", run(0.25))]).disagreeing
    assert ("0.5", "0.25") == (other.parting.ours, other.parting.theirs)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"metrics": {"out/metrics.json": {"accuracy": 0.8}}}, "out/metrics.json: accuracy"),
        ({"products": {}}, "out/model.joblib"),
    ],
)
def test_what_is_missing_or_measured_otherwise_disagrees_too(changes, where: str) -> None:
    (other,) = tally("wine", RUN, [signed("bob", make_fingerprint(**changes))]).disagreeing
    assert where == other.parting.where


def test_a_key_that_signed_two_results_confirms_nothing() -> None:
    found = tally("wine", RUN, [signed("alice"), signed("alice", OTHER, verdict=Verdict.DRIFTED)])
    assert () == found.confirming
    assert 1 == found.builders


@pytest.mark.parametrize(
    "other",
    [
        signed("alice", model="beer"),
        signed(
            "alice",
            make_fingerprint(materials={**RUN.materials, MaterialKind.PARAMS: {"params.toml: C": 2.0}}),
        ),
        signed("alice", replace(OTHER, platform="aarch64-linux")),
    ],
    ids=["model", "materials", "platform"],
)
def test_receipts_of_something_else_are_not_replayed(other: SignedReceipt) -> None:
    found = tally("wine", RUN, [other])
    assert ((), (), (other,)) == (found.confirming, found.disagreeing, found.others)


def test_another_platform_that_gets_the_same_bits_confirms_them() -> None:
    assert 1 == len(tally("wine", RUN, [signed("alice", replace(RUN, platform="aarch64-linux"))]).confirming)


def test_platforms_that_compute_differently_are_named_as_the_cause() -> None:
    def run(product: str, gemv: str) -> Fingerprint:
        text = f"gemv64:{gemv} questions:q1"
        products = {"out/model.joblib": make_product({"coef_": make_leaf(product)})}
        return make_fingerprint(products=products, circumstances={CIRCUMSTANCE: text})

    def cause(other: Fingerprint) -> str:
        receipt = signed("bob", other, numeric=other.circumstances[CIRCUMSTANCE])
        (found,) = tally("wine", run("x", "a1"), [receipt]).disagreeing
        return found.parting.cause

    assert "GEMV associates differently" in cause(run("y", "b2"))
    assert "" == cause(run("y", "a1"))
