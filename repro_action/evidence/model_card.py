# SPDX-License-Identifier: Apache-2.0
"""A verified run as a model card in the form of the Hugging Face hub: YAML front matter, then Markdown.

https://huggingface.co/docs/hub/model-cards: what was recorded is filled in, and what no run can know is left
to the authors and says so. There is no time in it: one run has one text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence

from repro_action.evidence.packages import packages
from repro_action.evidence.rebuild import rebuild_commands
from repro_action.evidence.step_evidence import scalar_text, step_evidence
from repro_action.evidence.verified_run import MatchLevel, VerifiedRun
from repro_action.fingerprint import MaterialKind
from repro_action.report.numbers import number, size
from repro_action.report.render.markdown.escape import Markdown, block, code, row
from repro_action.text import plural
from repro_action.tree import Scalar

LEVELS = {
    MatchLevel.BIT_IDENTICAL: "every byte of every artifact is the same",
    MatchLevel.LEAF_IDENTICAL: "every value is the same; some bytes of containers differ",
    MatchLevel.WITHIN_TOLERANCE: "there are differences, all inside the declared tolerance",
}
LEFT_OPEN = (
    ("Intended use", "what it is for, and for whom"),
    ("Out of scope", "what it must not be used for"),
    ("Training data", "where it comes from, whom it describes, how it was collected and on which grounds"),
    ("Evaluation", "what the metrics above mean, on which data, and for which groups"),
    ("Risks, bias and limitations", "what is known to go wrong"),
    ("Licence and contact", "under which terms it may be used, and who answers for it"),
)
"""What no run can know: heading, and what belongs under it."""
_LIBRARIES = {"sklearn": "sklearn", "xgboost": "xgboost", "lightgbm": "lightgbm", "catboost": "catboost"}
"""Package of a model's class → name of the library on the hub."""
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
AUTHORS = "MODEL_CARD.md"
"""What people wrote for the card, beside the configuration."""
TAG = "repro-action"
_ODD = re.compile(r"[^\x20-\x7e]")


def model_card(run: VerifiedRun, authors: str = "") -> str:
    """Return the model card of a run.

    Args:
        run: what was proven.
        authors: Markdown of the people who answer for the model; it takes the place of the open questions,
            and goes in as it is. What stands in its own front matter, such as `license`, is taken over.

    Raises:
        TableError: its front matter cannot be read.
    """
    stated, text = _parted(authors)
    parts = [
        "---",
        *_front_matter(run, stated),
        "---",
        "",
        f"# {code(run.name)}",
        "",
        "What this card says was recorded in a run that `repro verify` compared with the committed baseline.",
        "",
        *_sections(run),
        *(_from_authors(text) if text.strip() else _open_questions()),
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


def _parted(authors: str) -> tuple[dict[str, object], str]:
    """Return what the authors' front matter says, but for what a run says itself, and the text after it."""
    from repro_action.codec.tables import TableError, parse_yaml

    found = _FRONT_MATTER.match(authors)
    if found is None:
        return {}, authors
    stated = parse_yaml(found[1], AUTHORS)
    if not isinstance(stated, dict):
        raise TableError("its front matter is not a table", where=AUTHORS, remedy="Write `key: value` lines.")
    own = {str(name): value for name, value in stated.items() if name != "model-index"}
    return own, authors[found.end() :]


def _front_matter(run: VerifiedRun, stated: Mapping[str, object]) -> Iterator[str]:
    import yaml

    # What is between quotes is JSON, which is YAML too, whatever a name holds.
    library = _library(run)
    if library and "library_name" not in stated:
        yield f"library_name: {library}"
    tags = stated.get("tags", [])
    known = [*tags] if isinstance(tags, list) else [tags]
    own = {**stated, "tags": known if TAG in known else [*known, TAG]}
    yield from yaml.safe_dump(own, allow_unicode=False, width=10_000).splitlines()
    yield "model-index:"
    yield f"- name: {_quoted(run.name)}"
    results = list(_results(run))
    yield "  results:" if results else "  results: []"
    yield from results


def _results(run: VerifiedRun) -> Iterator[str]:
    data = ", ".join(sorted(run.fingerprint.materials.get(MaterialKind.DATA, {}))) or "not recorded"
    for file, values in sorted(run.fingerprint.metrics.items()):
        real = [(name, value) for name, value in sorted(values.items()) if _is_real(value)]
        if not real:
            continue
        yield "  - task:"
        yield "      type: other"
        yield "    dataset:"
        yield "      type: other"
        yield f"      name: {_quoted(data)}"
        yield "    metrics:"
        for name, value in real:
            yield f"    - type: {_quoted(name)}"
            yield f"      value: {_real(value)}"
            yield f"      name: {_quoted(f'{name} of {file}')}"


def _is_real(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _library(run: VerifiedRun) -> str:
    found = {
        _LIBRARIES.get((leaf.dtype or "").partition(".")[0], "")
        for product in run.fingerprint.products.values()
        for path, leaf in product.leaves.items()
        if not path
    } - {""}
    return found.pop() if len(found) == 1 else ""


def _real(value: Scalar) -> str:
    # YAML 1.1 takes a number without a dot, such as 1e-07, for a text.
    text = json.dumps(value)
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _quoted(text: str) -> str:
    """Return a double-quoted text of YAML, in ASCII."""
    return _ODD.sub(_escaped, json.dumps(text, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    point = ord(found[0])
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _sections(run: VerifiedRun) -> Iterator[str]:
    yield from _section("Verified", ("", ""), _verified(run))
    yield from _section("Metrics", ("metric", "value", "file"), _metrics(run))
    yield from _section("Files", ("file", "size", "SHA-256"), _files(run))
    yield from _section("Data", ("data", "digest"), _material(run, MaterialKind.DATA))
    yield from _section("Parameters", ("parameter", "value"), _material(run, MaterialKind.PARAMS))
    yield from _section("Steps", ("step", "command"), _steps(run))
    yield from _section("Environment", ("", ""), _environment(run))
    yield from ("## How to build it again", "", block("\n".join(rebuild_commands(run.source)), "sh"), "")


def _section(title: str, head: Sequence[str], rows: Iterator[Sequence[object]]) -> Iterator[str]:
    lines = [row(cells) for cells in rows]
    if lines:
        dashes = row(Markdown("---") for _ in head)
        yield from (f"## {title}", "", row(map(Markdown, head)), dashes, *lines, "")


def _verified(run: VerifiedRun) -> Iterator[Sequence[object]]:
    yield Markdown("level"), Markdown(f"{run.level.value}: {LEVELS[run.level]}")
    yield Markdown("commit"), code(run.source.commit)
    if run.source.repository:
        yield Markdown("repository"), code(run.source.repository, 300)
    if run.source.project:
        yield Markdown("folder"), code(run.source.project, 300)
    yield Markdown("platform class"), code(run.platform)
    yield Markdown("fingerprint"), code(run.fingerprint_id)
    yield Markdown("baseline"), Markdown(f"{code(run.baseline, 300)}, {code(str(run.baseline_sha256))}")
    yield Markdown("configuration"), Markdown(f"{code(run.config, 300)}, {code(str(run.config_sha256))}")


def _metrics(run: VerifiedRun) -> Iterator[Sequence[object]]:
    for file, values in sorted(run.fingerprint.metrics.items()):
        for name, value in sorted(values.items()):
            yield code(name), code(number(value)), code(file, 300)


def _files(run: VerifiedRun) -> Iterator[Sequence[object]]:
    for file in run.files:
        yield code(file.path, 300), Markdown(size(file.size)), code(file.sha256.value)


def _material(run: VerifiedRun, kind: MaterialKind) -> Iterator[Sequence[object]]:
    for name, value in sorted(run.fingerprint.materials.get(kind, {}).items()):
        yield code(name, 300), code(scalar_text(value), 200)


def _steps(run: VerifiedRun) -> Iterator[Sequence[object]]:
    for step in step_evidence(run):
        yield code(step.name), code(" ".join(step.command), 300)


def _environment(run: VerifiedRun) -> Iterator[Sequence[object]]:
    yield from _material(run, MaterialKind.ENVIRONMENT)
    yield from _material(run, MaterialKind.SEED)
    installed = list(packages(run))
    if installed:
        names = ", ".join(f"{package.name} {package.version}" for package in installed[:40])
        more = f" and {len(installed) - 40} more" if len(installed) > 40 else ""
        yield Markdown(plural(len(installed), "package")), Markdown(f"{code(names, 2000)}{more}")


def _open_questions() -> Iterator[str]:
    yield from ("## To be written by the authors", "", "A run cannot know this, so nothing is claimed:", "")
    for title, meaning in LEFT_OPEN:
        yield f"- **{title}**: {meaning}. *Not stated.*"


def _from_authors(text: str) -> Iterator[str]:
    yield from (
        "## From the authors",
        "",
        "What follows was written by people, and no run has checked it.",
        "",
    )
    yield text.strip("\n")
