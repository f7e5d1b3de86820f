# SPDX-License-Identifier: Apache-2.0
"""From a survey to the text of a repro.toml, with notes on what it could not decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from repro_action.config.load import parse
from repro_action.config.model import PRINTED
from repro_action.config.prediction_config import PredictionConfig
from repro_action.digest import Digest
from repro_action.errors import ConfigError, GraphError, ReproError
from repro_action.init.packages import environment
from repro_action.init.plan import InitPlan, plan_scripts
from repro_action.init.plan_dvc import plan_stages
from repro_action.init.plan_kedro import plan_kedro
from repro_action.init.plan_make import plan_make
from repro_action.init.plan_notebooks import plan_notebooks
from repro_action.init.render import render
from repro_action.init.scripts import Script
from repro_action.init.survey import Survey
from repro_action.pyanalysis.accesses import Access
from repro_action.steps.graph import order

GITIGNORE = (".repro/",)
"""Lines that belong into .gitignore."""

_LIKELY = 15
"""Score of a script whose name alone says that it may train."""

Pin = Callable[[Path], Digest]
"""Digests a file or folder."""

_NO_SCRIPT = "No script was found that trains a model."
_NOTEBOOK = (
    "There are only notebooks ({names}), and none can be executed: each is another file by that name, "
    "of a format before 4, or not for Python. Where it is old, `jupyter nbconvert --to notebook --inplace` "
    "writes it anew; then run `repro init` again."
)
_SILENT = (
    "{path} writes no file and prints nothing, so there would be nothing to compare. Save the model, for "
    'instance with `joblib.dump(model, "out/model.joblib")`, and the metrics with `json.dump`, then add both '
    "to `outputs`."
)


# What people write and would miss, should it stand among outputs.
_PRECIOUS = (".md", ".tex", ".ipynb", ".docx", ".xlsx", ".pdf", ".csv", ".parquet", ".py", ".bib")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What `repro init` offers.

    Attributes:
        text: a repro.toml that loads; empty where nothing can be run.
        notes: what could not be decided, one sentence or two each.
        candidates: scripts that might train, likeliest first.
        gitignore: lines for .gitignore.
        ready: whether the text should run as it stands.
        problem: why the text does not load; empty where it does.
    """

    text: str
    notes: tuple[str, ...]
    candidates: tuple[str, ...]
    gitignore: tuple[str, ...]
    ready: bool
    problem: str = ""


def make_init_plan(survey: Survey, chain: list[Script] | None = None) -> InitPlan | None:
    """Return what is going to be proposed, before anything is digested; None where nothing can be run.

    Args:
        survey: of the repository.
        chain: the scripts that were chosen, in the order in which they run; None for what suggests itself.
    """
    if chain is not None:
        made = plan_scripts(survey, chain)
        if made is not None:
            _require_outputs(made, chain[-1])
        return made
    staged = plan_stages(survey, survey.pipeline) if survey.pipeline is not None else InitPlan()
    if staged.steps:
        return staged
    made = plan_kedro(survey) or plan_make(survey)
    if made is None:
        made = _scripts(survey) or plan_notebooks(survey)
        if made is not None and survey.scripts:
            _choice(made, survey)
    if made is not None:
        made.notes += staged.notes
    return made


def _scripts(survey: Survey) -> InitPlan | None:
    """Plan the likeliest scripts: the first alone where several do not go together.

    A script without any sign of a model is not proposed.
    """
    best = survey.scripts[:1]
    if not any(script.learns or script.writes or script.prints or script.score >= _LIKELY for script in best):
        return None
    made = plan_scripts(survey)
    if made is not None and len(made.steps) > 1 and _problem(render(made, survey, [], []), survey.root):
        return plan_scripts(survey, list(best))
    return made


def propose(
    survey: Survey,
    pin: Pin,
    *,
    made: InitPlan | None = None,
    is_tracked: Callable[[str], bool] = lambda _: False,
    is_ignored: Callable[[str], bool] = lambda _: True,
    predictions: Callable[[list[str]], tuple[PredictionConfig, ...]] = lambda _: (),
) -> Proposal:
    """Propose a configuration.

    Args:
        survey: of the repository.
        pin: digests data; a `ReproError` of it becomes a note.
        made: what is proposed; None for what `make_init_plan` makes of the survey.
        is_tracked: whether git tracks a file, or something in a folder.
        is_ignored: whether git ignores a path.
        predictions: says which outputs are predictions.
    """
    made = make_init_plan(survey) if made is None else made
    if made is None:
        staged = plan_stages(survey, survey.pipeline) if survey.pipeline is not None else InitPlan()
        return _nothing(survey, staged.notes)
    _leftovers(made, survey)
    _precious(made, survey, is_tracked)
    _unignored(made, is_tracked, is_ignored)
    pins = _pins(made, survey, pin)
    lines, lacking = environment(survey)
    if lacking:
        made.note(lacking)
    outputs = [path for step in made.steps for path in step.outputs if path not in made.metrics]
    made.predictions = predictions(outputs)
    written = render(made, survey, pins, lines)
    if not made.answered.isdisjoint(made.notes):
        made.note("`repro init --trace` runs this once and fills in what the source leaves open.")
    problem = _proofread(made, written, survey.root)
    return Proposal(
        problem=problem,
        text=written,
        notes=tuple(made.notes),
        candidates=tuple(script.path for script in survey.scripts),
        gitignore=_gitignore(survey, printed=any(step.stdout for step in made.steps)),
        ready=made.ready,
    )


def draft(made: InitPlan, survey: Survey) -> str:
    """Return the text of a plan without pins, to run its steps once."""
    return render(made, survey, [], environment(survey)[0])


def _proofread(made: InitPlan, written: str, root: Path) -> str:
    """Load what is proposed, and return why that fails, so that a case nobody thought of is not written."""
    problem = _problem(written, root)
    if problem:
        made.ready = False
        made.note(f"The proposal does not load yet: {problem}.")
    return problem


def _problem(written: str, root: Path) -> str:
    """Return why a configuration does not load, or its steps cannot be put in order; empty where they can."""
    try:
        config = parse(written, root / "repro.toml")
        order(config.steps, config.data, exists=lambda _: True)
    except (ConfigError, GraphError) as error:
        return f"{error.where}: {error.what}" if error.where else error.what
    return ""


def _nothing(survey: Survey, seen: list[str]) -> Proposal:
    notebooks = [path for path in survey.files if path.endswith(".ipynb")]
    names = ", ".join(path if path.isprintable() else ascii(path) for path in notebooks[:3])
    note = _NOTEBOOK.format(names=names) if notebooks else _NO_SCRIPT
    if survey.servers:
        note += f" Servers and schedulers do not: {', '.join(survey.servers[:4])}."
    return Proposal(text="", notes=(*seen, note), candidates=(), gitignore=_gitignore(survey), ready=False)


def _gitignore(survey: Survey, *, printed: bool = False) -> tuple[str, ...]:
    try:
        lines = (survey.root / ".gitignore").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    ignored = {line.strip().strip("/") for line in lines}
    wanted = (*GITIGNORE, *([f"{PRINTED}/"] if printed else ()))
    return tuple(line for line in wanted if line.strip("/") not in ignored)


def _choice(made: InitPlan, survey: Survey) -> None:
    """Say which script was chosen, and what is doubtful about it."""
    best = survey.scripts[0]
    taken = {path for step in made.steps for path in step.inputs}
    others = [script.path for script in survey.scripts if script.path not in taken]
    if others:
        made.note(f"{best.path} looks most like training; not used: {', '.join(others[:4])}.")
    _require_outputs(made, best)
    if not best.learns:
        made.note(f"{best.path} imports no known machine learning library; check that it trains.")


def _require_outputs(made: InitPlan, best: Script) -> None:
    """Say so where nothing would be compared."""
    if any(step.outputs for step in made.steps):
        return
    made.ready = False
    # Where a write was seen, its own note says what to do.
    if not any(_unclear(item) for item in best.writes):
        made.note(_SILENT.format(path=best.path), answered=True)


def _unclear(item: Access) -> bool:
    return not item.path or item.stamped or not item.sure


def _leftovers(made: InitPlan, survey: Survey) -> None:
    """Say what was seen and not used."""
    used = {path for step in made.steps for path in step.params}
    unused = [path for path in survey.params if path not in used and path not in made.data]
    if unused:
        made.note(
            f"{', '.join(unused[:4])} may contain parameters; add what is read to `params` of its step."
        )
    if not survey.complete:
        made.note("The repository has too many files; not all of them were read.")


def _precious(made: InitPlan, survey: Survey, is_tracked: Callable[[str], bool]) -> None:
    """Warn of folders that are about to become outputs and hold what a run does not write."""
    for output in [path for step in made.steps for path in step.outputs]:
        inner = [file for file in survey.files if file.startswith(f"{output}/")]
        kept = [file for file in inner if file.endswith(_PRECIOUS)] or inner
        if inner and (kept is not inner or is_tracked(output)):
            made.note(
                f"{output} already contains {kept[0]}; as an output it is moved away before the step runs, "
                "so let the script write to a folder of its own."
            )


def _unignored(made: InitPlan, is_tracked: Callable[[str], bool], is_ignored: Callable[[str], bool]) -> None:
    """Say which outputs git would commit, as somebody who adds everything does without wanting it."""
    outputs = (path for step in made.steps for path in step.outputs if path.split("/")[0] != PRINTED)
    seen = [path for path in outputs if not is_ignored(path) and not is_tracked(path)]
    if seen:
        more = f" and {len(seen) - 4} more" if len(seen) > 4 else ""
        made.note(
            f"{', '.join(seen[:4])}{more}: outputs that git does not ignore. Add them to .gitignore: "
            "the baseline keeps what is compared, and a committed output grows old."
        )


def _pins(made: InitPlan, survey: Survey, pin: Pin) -> list[tuple[str, Digest, str]]:
    """Return (path, digest, remark) of the data."""
    pins: list[tuple[str, Digest, str]] = []
    tracked = {item.path: item for item in survey.tracked}
    for path in made.data:
        item = tracked.get(path)
        present = (survey.root / path).exists()
        if path in made.sources and not present:
            continue
        if item is not None and item.digest is not None and not (item.legacy and present):
            pins.append((path, item.digest, f"from {item.file}"))
            continue
        try:
            pins.append((path, pin(survey.root / path), ""))
        except (ReproError, OSError) as error:
            reason = error.what if isinstance(error, ReproError) else error.strerror
            made.ready = False
            made.note(f"{path} could not be pinned: {reason}")
    return pins
