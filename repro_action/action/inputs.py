# SPDX-License-Identifier: Apache-2.0
"""The inputs of the action, read strictly from variables.

`action.yml` hands each input over as the variable `REPRO_INPUT_…`, never inside a script.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from repro_action.action.choices import CacheUse, InstallNix
from repro_action.action.input_table import TABLE, ActionInput
from repro_action.config.backends import AVAILABLE, FOREIGN
from repro_action.errors import ConfigError
from repro_action.paths.names import normal, refusal
from repro_action.report.sections.names import NAMES
from repro_action.sinks.github.options import CommentMode
from repro_action.verdict import Verdict

LONGEST = 65_536
"""Characters of any input; 1,000 paths fit."""


EXPLAIN_MINUTES = 30.0
"""What `explain: "true"` may take."""

WEAKENED = "weakened"
"""Beside verdicts, what can fail a job."""


class ActionCommand(StrEnum):
    """What the action is asked to do."""

    VERIFY = "verify"
    PLAN = "plan"
    PUBLISH = "publish"
    ACCEPT = "accept"
    CHECK = "check"
    DRIFT = "drift"


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_ARTIFACT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")  # such as `repro-report-` and a job's name
_MINUTES = re.compile(r"[0-9]{1,5}(\.[0-9]{1,6})?")
_DAYS = re.compile(r"[1-9][0-9]?|[1-3][0-9]{2}|400")  # GitHub takes 90 of public repositories, 400 of others
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+@^~{}-]{0,254}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSubject:
    """A deployed model.

    Attributes:
        address: where it is.
        product: output of the project that it is; empty to find out.
    """

    address: str
    product: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionInputs:
    """The inputs, read.

    Attributes:
        configs: patterns of configurations.
        subjects: deployed models to check, or new data to compare.
        working_directory: folder from which they are read; empty for the top of the checkout.
        environment: backend that replaces the configured one; None for that.
        against: revision to compare with; empty for the pull request's base.
        comment: when to comment.
        comment_id: of the comment.
        comment_sections: names of the sections that the comment shows.
        checks: whether each model has a check of its own.
        fail_on: verdicts that fail the job.
        fail_on_weakened: whether weaker rules fail it, or a model that is no longer verified.
        issue: whether a failing baseline opens an issue.
        reuse: whether what the default branch verified may stand for a training.
        force: whether to train all the same.
        explain: minutes that mixes of base and head may be run; None for not at all.
        timeout: minutes that training may take; None for no limit.
        badge_branch: for badges; empty for none.
        badge_plots: whether plots are committed there, too.
        token: never printed.
        cache: in which jobs environments are cached.
        install_nix: whether to install Nix.
        artifact: name of the artifact; empty for none.
        retention_days: of the artifact; 0 for what the repository has set.
    """

    command: ActionCommand
    configs: tuple[str, ...]
    subjects: tuple[CheckedSubject, ...]
    working_directory: str
    environment: str | None
    against: str
    comment: CommentMode
    comment_id: str
    comment_sections: frozenset[str]
    checks: bool
    fail_on: frozenset[Verdict]
    fail_on_weakened: bool
    issue: bool
    reuse: bool
    force: bool
    explain: float | None
    timeout: float | None
    badge_branch: str
    badge_plots: bool
    token: str = field(repr=False)
    cache: CacheUse
    install_nix: InstallNix
    artifact: str
    retention_days: int


def read(environ: Mapping[str, str]) -> ActionInputs:
    """Read the inputs from variables; one that is not set has its default.

    Raises:
        ConfigError: one is not understood.
    """
    texts = {entry.name: _text(entry, environ) for entry in TABLE}
    fail_on = _failing(texts["fail-on"])
    return ActionInputs(
        command=ActionCommand(_one_of("command", texts["command"], ActionCommand)),
        configs=_lines("config", texts["config"]),
        subjects=_subjects(texts["subject"]),
        working_directory=_folder(texts["working-directory"]),
        environment=_backend(texts["environment"]),
        against=_matching("against", texts["against"], _REVISION),
        comment=CommentMode(_one_of("comment", texts["comment"], CommentMode)),
        comment_id=_matching("comment-id", texts["comment-id"], _NAME) or "repro",
        comment_sections=_sections(texts["comment-sections"]),
        checks=_flag("checks", texts["checks"]),
        fail_on=frozenset(Verdict(word) for word in fail_on if word != WEAKENED),
        fail_on_weakened=WEAKENED in fail_on,
        issue=_flag("issue", texts["issue"]),
        reuse=_flag("reuse", texts["reuse"]),
        force=_flag("force", texts["force"]),
        explain=_explain(texts["explain"]),
        timeout=_minutes("timeout", texts["timeout"]),
        badge_branch=_matching("badge-branch", texts["badge-branch"], _NAME),
        badge_plots=_flag("badge-plots", texts["badge-plots"]),
        token=texts["token"],
        cache=CacheUse(_one_of("cache", texts["cache"], CacheUse)),
        install_nix=InstallNix(_one_of("install-nix", texts["install-nix"], InstallNix)),
        artifact=_matching("artifact", texts["artifact"], _ARTIFACT),
        retention_days=_days(texts["retention-days"]),
    )


def _text(entry: ActionInput, environ: Mapping[str, str]) -> str:
    default = "" if entry.default.startswith("${{") else entry.default
    text = environ.get(entry.variable, default)
    if len(text) > LONGEST or any(ord(character) < 32 and character not in "\n\t\r" for character in text):
        raise _refusal(entry.name, "without control characters and not too long")
    return text.strip()


def _subjects(text: str) -> tuple[CheckedSubject, ...]:
    found = []
    for line in _lines("subject", text):
        product, named, address = line.partition(" = ")
        known = CheckedSubject(address=address.strip(), product=product.strip())
        found.append(known if named else CheckedSubject(address=line))
    return tuple(found)


def _lines(name: str, text: str) -> tuple[str, ...]:
    found = tuple(line.strip() for line in text.splitlines() if line.strip())
    for line in found:
        if line.startswith("-"):
            raise _refusal(name, f"paths, and {line[:40]} looks like a flag")
    return found


def _folder(text: str) -> str:
    found = normal(text)
    if found in {"", "."}:
        return ""
    # Patterns start with it, one a line or with commas between.
    refused = refusal(found, wildcards="*?[,")
    if refused is not None:
        raise _refusal("working-directory", f"a folder of the checkout: {refused[0]}")
    return found


def _one_of(name: str, text: str, words: type[StrEnum] | tuple[str, ...]) -> str:
    choices = [str(word) for word in words]
    if text not in choices:
        raise _refusal(name, f"one of {', '.join(choices)}, not {text[:40]!a}")
    return text


def _flag(name: str, text: str) -> bool:
    return _one_of(name, text, ("true", "false")) == "true"


def _days(text: str) -> int:
    if text and not _DAYS.fullmatch(text):
        raise _refusal("retention-days", f"a number of days from 1 to 400, not {text[:40]!a}")
    return int(text or 0)


def _backend(text: str) -> str | None:
    if text and (text not in AVAILABLE and not FOREIGN.fullmatch(text)):
        _one_of("environment", text, AVAILABLE)
    return text or None


def _matching(name: str, text: str, pattern: re.Pattern[str]) -> str:
    if text and not pattern.fullmatch(text):
        raise _refusal(name, f"made of letters, digits and a few signs, not {text[:40]!a}")
    return text


def _explain(text: str) -> float | None:
    if text in {"", "true", "false"}:
        return EXPLAIN_MINUTES if text == "true" else None
    return _minutes("explain", text)


def _minutes(name: str, text: str) -> float | None:
    if not text:
        return None
    if not _MINUTES.fullmatch(text) or not float(text):
        raise _refusal(name, f"minutes, such as 45, not {text[:40]!a}")
    return float(text)


def _failing(text: str) -> frozenset[str]:
    words = (*(verdict.value for verdict in Verdict), WEAKENED)
    return frozenset(_one_of("fail-on", word, words) for word in text.replace(",", " ").split())


def _sections(text: str) -> frozenset[str]:
    """Return the named sections, or all without those that a minus leaves out."""
    words = text.replace(",", " ").split()
    left_out = [word.removeprefix("-") for word in words if word.startswith("-")]
    for word in words:
        _one_of("comment-sections", word.removeprefix("-"), NAMES)
    if left_out and len(left_out) < len(words):
        raise _refusal("comment-sections", "either names, or names with a minus, and not both")
    return frozenset(NAMES) - {*left_out} if left_out or not words else frozenset(words)


def _refusal(name: str, expected: str) -> ConfigError:
    return ConfigError(
        f"the input {name} should be {expected}",
        where=f"with: {name}",
        remedy="docs/action.md lists every input.",
    )
