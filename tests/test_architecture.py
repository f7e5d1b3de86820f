"""The house: imports point one way, rules touch nothing outside, heavy imports stay lazy."""

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import repro_action

PACKAGE = Path(repro_action.__file__).parent
# From the rim inwards: a room may import rooms of later floors, and itself. A room is the longest
# of these names that a module's name starts with.
FLOORS = [
    {"__main__", "bootstrap"},
    {"cli"},
    {"action"},
    {"flows"},
    {"probe"},
    {"report.build"},
    {"runs", "init"},
    {"environments"},
    {"probe.variations", "sandbox"},
    {"sinks"},
    {"environments.inspect", "determinism", "data", "steps", "history"},
    {"environments.cache", "environments.protocol", "environments.record"},
    {"codec", "report.render"},
    {"report"},
    {"findings"},
    {"compare"},
    {"readers", "pyanalysis"},
    {"config"},
    {"baseline", "schemas"},
    {"codec.canonical", "codec.tables", "files"},
    {"fingerprint", "finding", "observation", "progress", "verdict", "text"},
    {"listing"},
    {"tree"},
    {"digest", "extensions"},
    {"errors"},
]
ROOMS = sorted((name for floor in FLOORS for name in floor), key=len, reverse=True)
RULES = {
    "readers",
    "compare",
    "pyanalysis",
    "findings",
    "report",
    "report.render",
    "codec",
    "baseline",
    "codec.canonical",
    "codec.tables",
    "tree",
    "fingerprint",
    "finding",
    "observation",
}
# What rules must not touch: processes, network, environment, clock.
FORBIDDEN = {
    "subprocess",
    "socket",
    "http",
    "urllib",
    "requests",
    "multiprocessing",
    "signal",
    "psutil",
    "github",
}
HEAVY = {
    "numpy",
    "rich",
    "jsonschema",
    "yaml",
    "PIL",
    "psutil",
    "sklearn",
    "blake3",
    "tomlkit",
    "platformdirs",
    "github",
    "requests",
}

# What is still to be mended. These lists shrink: an entry that is no longer needed fails its test.
SHARED_CLASS_NAMES = {
    "Outcome": 2,
    "Command": 2,
    "_Walk": 2,
    "Scene": 2,
    "Found": 2,
    "Listing": 2,
    "Source": 2,
    "Project": 2,
    "Cause": 2,
    "Lines": 2,
}
# How often a word of no trade names a variable, an argument or an attribute: at most so often.
WORN_NAMES = {
    "held": 1100,
    "scene": 400,
    "told": 310,
    "doubt": 95,
    "forge": 90,
    "hunt": 40,
    "telling": 40,
    "guilt": 30,
    "trouble": 30,
    "tell": 25,
    "patience": 10,
    "took": 10,
    "meanwhile": 5,
    "siblings": 5,
    "doom": 5,
    "whoever": 0,
    "stands": 0,
    "cure": 0,
    "blame": 0,
    "sticky": 0,
    "sightings": 0,
}


def room(module: str) -> str:
    inner = module.removeprefix("repro_action").removeprefix(".")
    if inner in {"", "__version__"}:
        return ""
    found = [name for name in ROOMS if inner == name or inner.startswith(f"{name}.")]
    assert found, f"{module} stands in no room: say in tests/test_architecture.py on which floor it is"
    return found[0]


def floor(name: str) -> int:
    return next(index for index, rooms in enumerate(FLOORS) if name in rooms)


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE.parent).with_suffix("")
        # What runs inside the user's interpreter is no part of the house's imports.
        if "hook" in relative.parts:
            continue
        name = ".".join(relative.parts).removesuffix(".__init__")
        yield name, ast.parse(path.read_text(encoding="utf-8"))


MODULES = list(modules())
IDS = [name for name, _ in MODULES]
NAMES = set(IDS)


def imported(tree, *, top_level_only=False):
    nodes = tree.body if top_level_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            known = [name for name in names if name in NAMES]
            yield from known or [node.module]


@pytest.mark.parametrize(("name", "tree"), MODULES, ids=IDS)
def test_imports_point_inwards(name, tree):
    own = room(name)
    if not own:
        return
    for target in imported(tree):
        if target.startswith("repro_action.") and room(target) != own and room(target):
            assert floor(own) < floor(room(target)), f"{name} imports {target}"


@pytest.mark.parametrize(("name", "tree"), MODULES, ids=IDS)
def test_rules_touch_no_process_and_no_network(name, tree):
    if room(name) in RULES and name != "repro_action.report.render.terminal.progress":
        assert set() == {target.split(".")[0] for target in imported(tree)} & FORBIDDEN


@pytest.mark.parametrize(("name", "tree"), MODULES, ids=IDS)
def test_heavy_libraries_are_imported_where_they_are_used(name, tree):
    assert set() == {target.split(".")[0] for target in imported(tree, top_level_only=True)} & HEAVY


@pytest.mark.parametrize(("name", "tree"), MODULES, ids=IDS)
def test_every_module_says_what_it_is_for(name, tree):
    assert ast.get_docstring(tree), f"{name} has no docstring"


def test_the_version_is_printed_without_loading_anything_heavy():
    code = (
        "import sys; from repro_action.cli import main; sys.argv = ['repro', '--version']\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print(sorted(set(sys.modules) & {HEAVY | {'tomllib', 'sqlite3', 'asyncio'}!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_modules_import_each_other_in_a_circle():
    graph = {name: {one for one in imported(tree) if one in NAMES and one != name} for name, tree in MODULES}
    TopologicalSorter(graph).prepare()  # a CycleError names the modules


def sources():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")


def test_a_class_name_is_given_once():
    found = defaultdict(list)
    for name, text in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(name)
    assert {name: len(files) for name, files in found.items() if len(files) > 1} == SHARED_CLASS_NAMES


def test_what_runs_in_the_users_interpreter_is_typed_without_exceptions():
    assert [] == [name for name, text in sources() if name.startswith("hook/") and "type: ignore" in text]


def test_names_are_words_of_the_trade():
    found = Counter()
    for _, text in sources():
        for node in ast.walk(ast.parse(text)):
            for field in ("id", "arg", "attr", "name"):
                parts = re.split("_", getattr(node, field, None) or "")
                found.update(set(parts) & WORN_NAMES.keys())
    assert [] == [f"{name}: {found[name]}" for name, most in WORN_NAMES.items() if found[name] > most]
    assert [] == [name for name, most in WORN_NAMES.items() if not found[name] and most]
