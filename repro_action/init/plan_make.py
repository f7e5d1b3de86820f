# SPDX-License-Identifier: Apache-2.0
"""From the rules of a Makefile that make files to steps: prerequisites are read, targets are written."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from repro_action.data.dvc.pipeline import DvcPipeline, DvcStage
from repro_action.init.commands import logical_lines, makefile_variables, without_prefix
from repro_action.init.plan import InitPlan
from repro_action.init.plan_dvc import plan_stages
from repro_action.init.survey import Survey
from repro_action.init.walk import read_text
from repro_action.pyanalysis.command_line import python_argv

MAX_RULES = 30

_RULE = re.compile(r"(?P<targets>[^:=#\t][^:=#]*):(?!=)(?P<needs>[^=#]*)")
_USED = re.compile(r"\$[({](\w+)[)}]")


def plan_make(survey: Survey) -> InitPlan | None:
    """Return steps for the rules of a Makefile that make files by Python; None unless one of them learns."""
    text = read_text(survey.root / "Makefile") or read_text(survey.root / "makefile") or ""
    rules = [rule for rule in _rules(text) if _is_step(survey, rule)][:MAX_RULES]
    learns = {script.path for script in survey.scripts if script.learns}
    scripts = [path for rule in rules for path in rule.deps if path in learns]
    scripts += [path for rule in rules for line in rule.command for path in line.split() if path in learns]
    if len(rules) < 2 or not scripts:
        return None
    made = plan_stages(survey, DvcPipeline(stages=tuple(rules), notes=()))
    made.note("The steps are the rules of the Makefile that make files by Python.")
    return made if made.steps else None


def _is_step(survey: Survey, rule: DvcStage) -> bool:
    """Whether a rule makes files of the project with commands that start a script that is there."""
    paths = [word for line in rule.command for word in (python_argv(line) or ())[1:2]]
    return (
        len(paths) == len(rule.command) > 0
        and all(path in survey.files for path in paths)
        and bool(rule.outs)
        and not any("%" in path or "$" in path for path in (*rule.deps, *rule.outs))
    )


def _rules(text: str) -> Iterator[DvcStage]:
    """Yield the rules whose targets look like files, with their commands."""
    variables = makefile_variables(text)
    current: tuple[list[str], list[str]] | None = None
    commands: list[str] = []
    taken: set[str] = set()
    for line in [*logical_lines(text), "end:"]:
        if line.startswith("\t"):
            commands.append(without_prefix(_expanded(line, variables)))
            continue
        match = _RULE.match(_expanded(line, variables))
        if match is None and line.strip():
            continue
        if match is not None:
            if current is not None:
                yield from _stage(*current, commands, taken)
            current, commands = (match["targets"].split(), match["needs"].split()), []


def _stage(targets: list[str], needs: list[str], commands: list[str], taken: set[str]) -> Iterator[DvcStage]:
    files = [target for target in targets if "/" in target.rstrip("/") or PurePosixPath(target).suffix]
    if not files or len(files) != len(targets) or not commands or targets[0].startswith("."):
        return
    base = PurePosixPath(files[0]).stem
    name = base if base not in taken else f"{base}-{len(taken)}"
    taken.add(name)
    yield DvcStage(
        name=name,
        command=tuple(commands),
        cwd="",
        deps=tuple(map(posixpath.normpath, (need for need in needs if need != "|"))),
        outs=tuple(map(posixpath.normpath, files)),
    )


def _expanded(line: str, variables: dict[str, str]) -> str:
    return _USED.sub(lambda used: variables.get(used[1], used[0]), line)
