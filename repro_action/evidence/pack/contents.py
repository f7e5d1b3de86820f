# SPDX-License-Identifier: Apache-2.0
"""What a pack holds: one line an item, in the order in which its README explains them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.evidence.bill_of_materials import bill_of_materials
from repro_action.evidence.lineage import lineage
from repro_action.evidence.model_card import model_card
from repro_action.evidence.pack.checker import archive_form, pack_items, program, signatures
from repro_action.evidence.run_card import run_cards_json, run_cards_markdown
from repro_action.evidence.stage_cards import stage_cards
from repro_action.evidence.verified_run import VerifiedRun
from repro_action.report.render.html import report as html_page
from repro_action.report.render.html.extras import PageExtras
from repro_action.report.render.markdown.report import render

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_PACKAGE = "from repro_action.evidence.pack.checker."


@dataclass(frozen=True, slots=True, kw_only=True)
class PackSources:
    """Everything that a pack is made from.

    Attributes:
        run: what was proven.
        report: the report as JSON, as the run left it.
        record: the fingerprint of the run, likewise.
        baseline, config: bytes of the committed files.
        locks: path of a file that locks the environment → its bytes.
        logs: step → what it wrote, redacted.
        authors: Markdown for the model card; empty for none.
        statements: file name → a statement, or its signature.
        receipts: file name → what another builder signed of the same materials.
        artifacts: SHA-256 → bytes of the model's files; empty where they stay outside.
    """

    run: VerifiedRun
    report: bytes
    record: bytes
    baseline: bytes
    config: bytes
    locks: Mapping[str, bytes] = field(default_factory=dict)
    logs: Mapping[str, bytes] = field(default_factory=dict)
    authors: str = ""
    statements: Mapping[str, bytes] = field(default_factory=dict)
    receipts: Mapping[str, bytes] = field(default_factory=dict)
    artifacts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackItem:
    """One file of a pack.

    Attributes:
        path: in the pack.
        about: what it is, in one sentence without a full stop.
        content: its bytes.
    """

    path: str
    about: str
    content: bytes


FIXED: tuple[tuple[str, str, Callable[[PackSources], bytes]], ...] = (
    (pack_items.REPORT, "the report of the run, as JSON", lambda found: found.report),
    ("report.md", "the same report to read", lambda found: _text(render(found.run.report, folds=False))),
    ("report.html", "the same report as a page that loads nothing", lambda found: _text(_page(found))),
    (
        pack_items.RUN,
        "all that was recorded of the run; its digest is the fingerprint",
        lambda found: found.record,
    ),
    (
        pack_items.BASELINE,
        "the committed baseline that the run was compared with",
        lambda found: found.baseline,
    ),
    (
        "bill_of_materials.cdx.json",
        "CycloneDX 1.7: model, data, code, packages and steps",
        lambda found: bill_of_materials(found.run),
    ),
    (
        "model_card.md",
        "model card in the form of the Hugging Face hub",
        lambda found: _text(model_card(found.run, found.authors)),
    ),
    ("run_cards.json", "what each step read, wrote and took", lambda found: run_cards_json(found.run)),
    ("run_cards.md", "the same cards to read", lambda found: _text(run_cards_markdown(found.run))),
    ("lineage.mmd", "data, steps and products as a Mermaid chart", lambda found: _text(lineage(found.run))),
)
"""Path, what it is, and how it is made."""


def items(found: PackSources) -> Iterator[PackItem]:
    """Yield what a pack holds besides its README and its lists."""
    for path, about, make in FIXED:
        yield PackItem(path=path, about=about, content=make(found))
    name = Path(found.run.config).name
    yield PackItem(
        path=f"configuration/{safe(name)}", about="the committed configuration", content=found.config
    )
    for path, content in sorted(found.locks.items()):
        about = "what locks the environment"
        yield PackItem(path=f"locks/{safe(path.replace('/', '-'))}", about=about, content=content)
    for number, step in enumerate(found.run.fingerprint.steps, 1):
        if step in found.logs:
            path = f"logs/{number:02}-{safe(step)}.log"
            yield PackItem(path=path, about="what the step wrote, redacted", content=found.logs[step])
    for file, content in sorted(found.statements.items()):
        about = "what is stated of the model"
        yield PackItem(path=f"{pack_items.STATEMENTS}{safe(file)}", about=about, content=content)
    for file, content in sorted(found.receipts.items()):
        about = "what another builder signed; `repro receipts` verifies it"
        yield PackItem(path=f"receipts/{safe(file)}", about=about, content=content)
    for digest, content in sorted(found.artifacts.items()):
        path = f"{pack_items.FILES}{digest}"
        yield PackItem(path=path, about="a file of the model, by its digest", content=content)
    yield from _checker()


def _checker() -> Iterator[PackItem]:
    """Yield the program that checks a pack, as a folder that Python runs."""
    modules = {
        "__main__.py": program,
        "archive_form.py": archive_form,
        "pack_items.py": pack_items,
        "signatures.py": signatures,
    }
    for name, module in modules.items():
        text = inspect.getsource(module).replace(_PACKAGE, "from ")
        yield PackItem(path=f"check/{name}", about="what checks a pack, in Python", content=_text(text))


def _page(found: PackSources) -> str:
    return html_page.render(found.run.report, PageExtras(cards=stage_cards(found.run)))


def safe(name: str) -> str:
    """Return a file name of letters, digits, dots and dashes that begins with none of the marks."""
    return _UNSAFE.sub("-", name).lstrip(".-")[:100] or "unnamed"


def _text(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
