# SPDX-License-Identifier: Apache-2.0
"""From a Kedro project to one step: its catalog and its nodes say what is read and written."""

from __future__ import annotations

import ast
import posixpath
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from repro_action.config.model import Step
from repro_action.init.metrics import is_metrics, metric_names
from repro_action.init.plan import InitPlan, usable
from repro_action.init.survey import Survey
from repro_action.init.walk import read_text
from repro_action.paths.patterns import escape_wildcards
from repro_action.paths.secret_names import may_reach_secret
from repro_action.pyanalysis.syntax import last_name, literal_text

BASE = "conf/base"
MAX_TABLES = 40
MAX_CODE = 300


@dataclass(slots=True, kw_only=True)
class KedroNodes:
    """Names of the datasets of a project's nodes.

    Attributes:
        reads: datasets that some node takes.
        writes: datasets that some node makes.
    """

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)


def plan_kedro(survey: Survey) -> InitPlan | None:
    """Return a step that runs a Kedro project; None where the repository is none."""
    kedro = _settings(read_text(survey.root / "pyproject.toml") or "")
    if kedro is None:
        return None
    made = InitPlan()
    source = posixpath.normpath(str(kedro.get("source_dir", "src")))
    code = [path for path in survey.files if path.startswith(f"{source}/") and path.endswith(".py")]
    nodes = _nodes(survey, code)
    catalog = _catalog(survey)
    outputs = _outputs(made, catalog, nodes)
    data = _data(made, survey, catalog, nodes)
    made.data.update(dict.fromkeys(data))
    conf = [
        path
        for path in survey.files
        if path.startswith(f"{BASE}/") and not may_reach_secret(survey.root, path)
    ]
    params = [path for path in conf if _is_params(path)]
    others = [path for path in conf if path not in params]
    others += [path for path in ("conf/logging.yml", "conf/local/.gitkeep") if path in survey.files]
    inputs = dict.fromkeys(["pyproject.toml", source, *others, *data])
    made.steps.append(
        Step(
            name="kedro",
            run=("python", "-m", "kedro", "run"),
            inputs=tuple(escape_wildcards(path) for path in inputs),
            params=tuple(params),
            outputs=tuple(outputs),
            env={"KEDRO_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"},
        )
    )
    for path in outputs:
        if is_metrics(path):
            made.metrics[path] = metric_names(survey, path, survey.scripts)
    if not outputs:
        made.ready = False
        made.note(
            f"No dataset that a node makes has a file in {BASE}/catalog.yml, so nothing would be compared."
        )
    made.questions["kedro"] = list(made.notes)
    return made


def is_kedro(text: str) -> bool:
    """Whether a pyproject.toml is one of a Kedro project."""
    return _settings(text) is not None


def _settings(text: str) -> Mapping[str, object] | None:
    try:
        tool = tomllib.loads(text).get("tool")
    except (ValueError, RecursionError):
        return None
    kedro = tool.get("kedro") if isinstance(tool, dict) else None
    return kedro if isinstance(kedro, dict) else None


def _is_params(path: str) -> bool:
    return PurePosixPath(path).name.startswith("parameters") or path.startswith(f"{BASE}/parameters/")


def _outputs(made: InitPlan, catalog: Mapping[str, Mapping[str, object]], nodes: KedroNodes) -> list[str]:
    found: list[str] = []
    for name in sorted(nodes.writes & catalog.keys()):
        path = _file(catalog[name])
        if catalog[name].get("versioned") is True:
            made.note(
                f"The dataset {name} is versioned: each run writes it to a new folder, so that it cannot be "
                "compared. Give a copy of the entry without `versioned` to an environment, conf/repro/, and "
                'add "--env", "repro" to `run`.'
            )
        elif path and usable(made, path, f"the dataset {name}"):
            found.append(path)
    return list(dict.fromkeys(found))


def _data(
    made: InitPlan, survey: Survey, catalog: Mapping[str, Mapping[str, object]], nodes: KedroNodes
) -> list[str]:
    found: list[str] = []
    for name in sorted(nodes.reads - nodes.writes & catalog.keys()):
        path = _file(catalog.get(name, {}))
        if not path or not usable(made, path, f"the dataset {name}"):
            continue
        if (survey.root / path).exists():
            found.append(path)
        else:
            made.ready = False
            made.note(
                f"The dataset {name} reads {path}, which is not here; fetch it, then run `repro pin {path}`."
            )
    return list(dict.fromkeys(found))


def _file(entry: Mapping[str, object]) -> str:
    """Return the file of a dataset in the project; empty for others."""
    path = entry.get("filepath", entry.get("path"))
    if not isinstance(path, str) or "://" in path or "{" in path:
        return ""
    return posixpath.normpath(path)


def _catalog(survey: Survey) -> Mapping[str, Mapping[str, object]]:
    import yaml

    found: dict[str, Mapping[str, object]] = {}
    tables = [
        path
        for path in survey.files
        if path.startswith(f"{BASE}/catalog") and path.endswith((".yml", ".yaml"))
    ]
    for path in tables[:MAX_TABLES]:
        try:
            document = yaml.safe_load(read_text(survey.root / path) or "")
        except (yaml.YAMLError, ValueError, RecursionError):
            continue
        for name, entry in document.items() if isinstance(document, dict) else ():
            if isinstance(entry, dict):
                found[str(name)] = entry
    return found


def _nodes(survey: Survey, code: list[str]) -> KedroNodes:
    found = KedroNodes()
    for path in code[:MAX_CODE]:
        try:
            tree = ast.parse(read_text(survey.root / path) or "")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and last_name(call.func) in {"node", "Node"}:
                found.reads |= set(_names(_given(call, 1, "inputs")))
                found.writes |= set(_names(_given(call, 2, "outputs")))
    return found


def _given(call: ast.Call, index: int, keyword: str) -> ast.expr | None:
    named = (item.value for item in call.keywords if item.arg == keyword)
    return next(named, call.args[index] if index < len(call.args) else None)


def _names(node: ast.expr | None) -> Iterator[str]:
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            yield from filter(None, map(literal_text, elements))
        case ast.Dict(values=values):
            yield from filter(None, map(literal_text, values))
        case _:
            yield from filter(None, [literal_text(node)])
