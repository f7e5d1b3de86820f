# SPDX-License-Identifier: Apache-2.0
"""What the source of a script says besides its paths: whether it runs by itself, its seed, its names."""

from __future__ import annotations

import ast
import posixpath
import re
from collections import Counter
from collections.abc import Collection, Iterator

from repro_action.codec.tables import SUFFIXES
from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.program import SourceProgram
from repro_action.pyanalysis.syntax import asks_for_main, last_name, literal_text

_PRINTS = {"print", "pprint", "echo", "secho"}
_SEEDS = {"seed", "random_state", "random_seed"}
_FILE = re.compile(r"[^\n\0]{0,200}[^\n\0/]\.\w{1,10}")
_NO_DATA = (".py", ".ipynb", ".md", ".rst", ".lock", ".cfg", ".sh", ".toml")
_PAGES = {"streamlit", "gradio", "dash", "airflow", "prefect", "dagster"}
_SERVERS = {
    *(
        "flask",
        "fastapi",
        "uvicorn",
        "starlette",
        "django",
        "tornado",
        "bottle",
        "sanic",
        "aiohttp",
        "bentoml",
    ),
    *("flask_cors", "flask_restful", "litserve", "waitress", "quart", "chainlit", "telegram", "celery"),
    *_PAGES,
}
"""Libraries of scripts that wait to be asked."""
_TRAINS = {"fit", "fit_transform", "train", "backward"}
_SEEDING_CALLS = {"seed", "manual_seed", "default_rng", "set_seed", "seed_everything"}


def has_main(module: SourceModule) -> bool:
    """Whether a file asks for `__name__ == "__main__"`."""
    return any(asks_for_main(node) for node in module.each(ast.If))


def does_something(module: SourceModule) -> bool:
    """Whether a module does something besides defining; a docstring does not."""
    acts = [*module.each(ast.For), *module.each(ast.While), *module.each(ast.With)]
    calls = [node for node in module.each(ast.Expr) if not isinstance(node.value, ast.Constant)]
    return any(module.frame(node) is module.tree for node in [*acts, *calls])


def prints(program: SourceProgram) -> bool:
    """Whether a program prints something to standard output by itself; logs go to standard error."""
    return any(
        _is_shown(module, call) for module, frame in program.reachable for call in module.calls.get(frame, ())
    )


def _is_shown(module: SourceModule, call: ast.Call) -> bool:
    if module.dotted(call.func) == "sys.stdout.write":
        return True
    files = [item.value for item in call.keywords if item.arg in {"file", "stream", "err"}]
    return last_name(call.func) in _PRINTS and all(module.dotted(file) == "sys.stdout" for file in files)


def serves(program: SourceProgram, *, learns: bool) -> bool:
    """Whether a script answers requests or schedules others: a Flask app, a Streamlit page, a DAG.

    Args:
        program: the script.
        learns: whether it uses a library of machine learning; a page that also trains is still a page.
    """
    script = program.script
    imported = {dotted.partition(".")[0] for dotted in script.aliases.values()}
    servers = imported & _SERVERS
    calls = {last_name(call.func) for call in script.each(ast.Call)}
    trains = bool(calls & _TRAINS) and not servers & _PAGES
    return bool(servers) and not (learns and trains)


def hydra_config(script: SourceModule) -> tuple[str, str] | None:
    """Return the folder of a script's Hydra configuration and its main file; None where it has none."""
    for call in script.each(ast.Call):
        if script.dotted(call.func) not in {"hydra.main", "hydra"} or last_name(call.func) != "main":
            continue
        given = {item.arg: literal_text(item.value) for item in call.keywords if item.arg}
        folder = given.get("config_path", "")
        around = posixpath.dirname(script.path)
        place = posixpath.normpath(posixpath.join(around, folder)) if folder else ""
        name = given.get("config_name", "").removesuffix(".yaml")
        return ("" if place.startswith(("..", "/")) else place), f"{name}.yaml" if name else ""
    return None


def literal_keys(program: SourceProgram) -> frozenset[str]:
    """Return the literal keys of a program's dictionaries; names of metrics are among them."""
    return frozenset(key for module in program.modules.values() for key in _keys(module) if key)


def _keys(module: SourceModule) -> Iterator[str]:
    for table in module.each(ast.Dict):
        yield from (literal_text(key) for key in table.keys)
    for call in module.each(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id == "dict":
            yield from (item.arg or "" for item in call.keywords)
    for item in module.each(ast.Subscript):
        if isinstance(item.ctx, ast.Store):
            yield literal_text(item.slice)


def named_tables(program: SourceProgram) -> frozenset[str]:
    """Return the literal texts that name a TOML, JSON or YAML file."""
    texts = (literal_text(node) for module in program.modules.values() for node in module.each(ast.Constant))
    return frozenset(text for text in texts if text.endswith(SUFFIXES))


def named_files(program: SourceProgram, files: Collection[str], cwd: str) -> tuple[str, ...]:
    """Return files of the project, no code among them, whose path is a literal text of the script itself.

    Args:
        program: the script.
        files: of the project, relative.
        cwd: folder that the script runs in.
    """
    texts = {literal_text(node) for node in program.script.each(ast.Constant)}
    placed = {posixpath.normpath(posixpath.join(cwd, text)) for text in texts if _FILE.fullmatch(text)}
    return tuple(sorted(path for path in placed & set(files) if not path.endswith(_NO_DATA)))


def likely_seed(program: SourceProgram) -> int | None:
    """Return the seed that the source names most often: `random_state=42`, `np.random.seed(42)`."""
    numbers = [
        node.value
        for module in program.modules.values()
        for node in _seeds(module)
        if isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value < 1 << 32
    ]
    common = Counter(numbers)
    return min(common, key=lambda number: (-common[number], number)) if common else None


def _seeds(module: SourceModule) -> Iterator[ast.expr]:
    """Yield the expressions that a seed is named by."""
    yield from (item.value for item in module.each(ast.keyword) if (item.arg or "").lower() in _SEEDS)
    for (_, name), bindings in module.bindings.items():
        if name.lower() in _SEEDS:
            yield from (item.value for item in bindings if item.value is not None and item.parameter < 0)
    for name in _SEEDS:
        yield from module.stores.get(name, ())
    for call in module.each(ast.Call):
        if last_name(call.func) in _SEEDING_CALLS:
            yield from call.args[:1]
