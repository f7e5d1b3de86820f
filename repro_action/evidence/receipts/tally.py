# SPDX-License-Identifier: Apache-2.0
"""How many builders got the same, who did not, and where the two part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from repro_action.codec.baseline import part_ids
from repro_action.compare.difference import Difference
from repro_action.compare.judge import compare
from repro_action.evidence.receipts.receipt import Receipt
from repro_action.fingerprint import Fingerprint
from repro_action.numeric.difference import numeric_difference
from repro_action.numeric.signature import NumericSignature, signature_in
from repro_action.tree import Leaf


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedReceipt:
    """A receipt whose signature holds.

    Attributes:
        file: that it is in.
        keyid: of the key that signed it.
        builder: name of the key's file, and the beginning of its id.
    """

    file: str
    keyid: str
    builder: str
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptParting:
    """The first thing that two runs of the same materials do not have in common.

    Attributes:
        where: a product and a leaf in it, or a metric.
        ours, theirs: the values, as far as they can be shown.
        cause: how the arithmetic of the two platforms differs, in a sentence; empty where it does not, or
            is not known.
    """

    where: str
    ours: str
    theirs: str
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisagreeingReceipt:
    """A receipt of the same materials and platform, and of other products."""

    signed: SignedReceipt
    parting: ReceiptParting


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What builders say of one run.

    Attributes:
        confirming: one receipt a key: the same materials, the same products.
        disagreeing: the same materials and platform, other products.
        others: of other models, materials or platforms; they say nothing of this run.
    """

    confirming: tuple[SignedReceipt, ...] = ()
    disagreeing: tuple[DisagreeingReceipt, ...] = ()
    others: tuple[SignedReceipt, ...] = ()

    @property
    def builders(self) -> int:
        """How many keys signed what they got of these materials."""
        return len({one.keyid for one in self.confirming} | {one.signed.keyid for one in self.disagreeing})


def tally(model: str, run: Fingerprint, receipts: Iterable[SignedReceipt]) -> Tally:
    """Sort receipts by what they say of a run.

    A key counts once. One that signed two results of the same materials confirms nothing.

    Args:
        model: name of the model.
        run: that is to be confirmed.
        receipts: whose signatures hold.
    """
    materials, products = part_ids(run)
    confirming: dict[str, SignedReceipt] = {}
    disagreeing: list[DisagreeingReceipt] = []
    others: list[SignedReceipt] = []
    for signed in receipts:
        found, made = part_ids(signed.receipt.fingerprint)
        if signed.receipt.model != model or found != materials:
            others.append(signed)
            continue
        difference = None if made == products else compare(signed.receipt.fingerprint, run)
        if difference is None or difference.same:
            confirming.setdefault(signed.keyid, signed)
        elif signed.receipt.platform == run.platform:
            parting = replace(_parting(difference), cause=_cause(signed.receipt, run))
            disagreeing.append(DisagreeingReceipt(signed=signed, parting=parting))
        else:
            others.append(signed)
    contrary = {one.signed.keyid for one in disagreeing}
    return Tally(
        confirming=tuple(one for keyid, one in confirming.items() if keyid not in contrary),
        disagreeing=tuple(disagreeing),
        others=tuple(others),
    )


def _cause(receipt: Receipt, run: Fingerprint) -> str:
    found = numeric_difference(NumericSignature.parse(receipt.numeric), signature_in(run.circumstances))
    return found.sentence if found is not None else ""


def _parting(difference: Difference) -> ReceiptParting:
    """Name the first leaf, or else the first metric, that differs; the receipt is the older side."""
    for product in difference.products:
        if product.state.same:
            continue
        for leaf in product.leaves:
            return ReceiptParting(
                where=f"{product.path}: {leaf.path}" if leaf.path else product.path,
                ours=_shown(leaf.after),
                theirs=_shown(leaf.before),
            )
        return ReceiptParting(
            where=product.path,
            ours="absent" if product.after is None else product.after.format,
            theirs="absent" if product.before is None else product.before.format,
        )
    for metric in difference.metrics:
        if not metric.same:
            return ReceiptParting(
                where=f"{metric.file}: {metric.name}",
                ours=str(metric.after) if metric.in_after else "absent",
                theirs=str(metric.before) if metric.in_before else "absent",
            )
    return ReceiptParting(where="the list of steps", ours="", theirs="")


def _shown(leaf: Leaf | None) -> str:
    if leaf is None:
        return "absent"
    if leaf.value is not None:
        return str(leaf.value)
    if leaf.stats is not None and leaf.stats.l2 is not None:
        return f"norm {leaf.stats.l2!r}, {leaf.digest.short}"
    return leaf.digest.short
