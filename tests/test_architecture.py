"""The house: imports point one way, rules touch nothing outside, heavy imports stay lazy."""

import ast
import importlib
import importlib.util
import re
import subprocess
import sys
from collections import Counter, defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import repro_action

PACKAGE = Path(repro_action.__file__).parent
# From the rim inwards: a room may import rooms of later floors, and itself. A room is the longest
# of these names that a module's name starts with.
FLOORS = [
    {"__main__", "bootstrap"},
    {"cli"},
    {"action"},
    {"flows"},
    {"searches"},
    {"probe"},
    {"report.build"},
    {"runs", "init"},
    {"reading"},
    {"environments"},
    {"sandbox"},
    {"subjects"},
    {"sinks", "archive", "git_log"},
    {"determinism", "data", "steps", "history", "oci_registry"},
    {"launch", "git_command", "http_exchange", "signing"},
    {"interpreter"},
    {"evidence"},
    {"report.json", "report.render"},
    {"report"},
    {"findings", "attribution"},
    {"compare", "predictions"},
    {"drift"},
    {"readers", "pyanalysis"},
    {"config"},
    {"codec"},
    {"baseline"},
    {"noise"},
    {"schemas", "files", "exclusions", "folded_values"},
    {"fingerprint", "finding", "observation", "progress", "verdict", "numeric"},
    {"profiles"},
    {"listing"},
    {"tree"},
    {"digest", "extensions", "paths", "text"},
    {"errors"},
    {"notice"},
]
ROOMS = sorted((name for floor in FLOORS for name in floor), key=len, reverse=True)
RULES = {
    "attribution",
    "evidence",
    "readers",
    "compare",
    "predictions",
    "drift",
    "pyanalysis",
    "findings",
    "report",
    "report.render",
    "report.json",
    "codec",
    "baseline",
    "tree",
    "fingerprint",
    "finding",
    "observation",
    "numeric",
    "profiles",
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
    "jinja2",
    "markupsafe",
    "platformdirs",
    "github",
    "requests",
    "markdown_it",
    "msgspec",
    "obstore",
    "cryptography",
}

# Words that say nothing of what they name, or that are no words of the trade: docs/style.md.
WORN_NAMES = {
    *("held", "told", "took", "stands", "whoever", "scene", "doubt", "guilt", "hunt", "telling", "trouble"),
    *("patience", "forge", "sticky", "sighting", "sightings", "meanwhile", "doom", "cure", "blame"),
    *("guilty", "brought"),
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


# Every file of the package, and what it holds at any depth.
TREES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
NODES = {path: list(ast.walk(tree)) for path, tree in TREES.items()}
# What runs inside the user's interpreter is no part of the house's imports: tests/unit/hook.
MODULES = {
    f"repro_action/{path}".removesuffix(".py").removesuffix("/__init__").replace("/", "."): path
    for path in TREES
    if not path.startswith("hook/")
}


def imported(nodes):
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            known = [name for name in names if name in MODULES]
            yield from known or [node.module]


IMPORTS = [(name, target) for name, path in MODULES.items() for target in imported(NODES[path])]
EARLY = [(name, target) for name, path in MODULES.items() for target in imported(TREES[path].body)]


def test_imports_point_inwards():
    crossing = [
        (name, target)
        for name, target in IMPORTS
        if room(name) and target.startswith("repro_action.") and room(target) not in {"", room(name)}
    ]
    assert [] == [
        f"{name} imports {target}" for name, target in crossing if floor(room(name)) >= floor(room(target))
    ]


def test_rules_touch_no_process_and_no_network():
    assert [] == [
        f"{name} imports {target}"
        for name, target in IMPORTS
        if target.split(".")[0] in FORBIDDEN
        and room(name) in RULES
        and name != "repro_action.report.render.terminal.progress"
    ]


def test_heavy_libraries_are_imported_where_they_are_used():
    assert [] == [f"{name} imports {target}" for name, target in EARLY if target.split(".")[0] in HEAVY]


def test_every_module_says_what_it_is_for():
    assert [] == [path for path, tree in TREES.items() if not ast.get_docstring(tree)]


def test_the_version_is_printed_without_loading_anything_heavy():
    code = (
        "import sys; from repro_action.cli import main; sys.argv = ['repro', '--version']\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print(sorted(set(sys.modules) & {HEAVY | {'tomllib', 'sqlite3', 'asyncio'}!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_modules_import_each_other_in_a_circle():
    graph = defaultdict(set)
    for name, target in IMPORTS:
        if target in MODULES and target != name:
            graph[name].add(target)
    TopologicalSorter(graph).prepare()  # a CycleError names the modules


def test_a_class_name_is_given_once():
    found = Counter(node.name for nodes in NODES.values() for node in nodes if isinstance(node, ast.ClassDef))
    assert [] == [name for name, count in found.items() if count > 1]


def test_what_runs_in_the_users_interpreter_is_typed_without_exceptions():
    assert [] == [path for path in PACKAGE.glob("hook/**/*.py") if "type: ignore" in path.read_text()]


def test_names_are_words_of_the_trade():
    fields = {
        ast.Name: "id",
        ast.Attribute: "attr",
        ast.arg: "arg",
        ast.FunctionDef: "name",
        ast.ClassDef: "name",
    }
    names = {
        (path, getattr(node, fields[type(node)]))
        for path, nodes in NODES.items()
        for node in nodes
        if type(node) in fields
    }
    assert [] == sorted(
        f"{path}: {name}" for path, name in names if WORN_NAMES & set(name.lower().split("_"))
    )


def test_the_documented_table_of_rooms_is_that_of_the_floors():
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    shown = [
        name.removesuffix(".py").rstrip("/").replace("/", ".")
        for name in re.findall(r"^\| [a-z]* ?\| `([^`]+)` \|", page, re.MULTILINE)
    ]
    assert sorted(ROOMS) == sorted(shown)
    assert sorted(shown, key=floor) == shown


def test_the_glossary_is_short():
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    words = re.findall(r"^\| ([^|]+) \|", page.split("## Glossary")[1].split("\n## ")[0], re.MULTILINE)[2:]
    assert len(set(words)) == len(words) <= 30


def test_what_contributors_are_asked_to_open_is_there():
    page = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## To add X")[1]
    rows = [line for line in page.split("\n## ")[0].splitlines() if line.startswith("|")]
    named = {name for row in rows for name in re.findall(r"`([a-z_/0-9.]+)`", row) if "/" in name}
    assert named
    assert [] == sorted(
        name for name in named if not any((top / name).exists() for top in (PACKAGE, PACKAGE.parent))
    )


def test_no_test_depends_on_wall_time():
    clock = re.compile(r"\bassert\b.*\b(monotonic|perf_counter|time\.time)(_ns)?\(\)")
    tests = sorted(Path(__file__).parent.rglob("*.py"))
    assert [] == [
        f"{path.name}:{number}"
        for path in tests
        if "node_modules" not in path.parts and path.name != "test_architecture.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if clock.search(line) and "x-ratelimit-reset" not in line
    ]


OUTSIDE = ["nix", "bench", "tests", "examples"]


def test_what_stands_outside_the_package_imports_what_is_there():
    """The type checker reads the package alone; a name that moved would break these when they run."""
    missing = []
    for folder in OUTSIDE:
        for path in sorted((PACKAGE.parent / folder).rglob("*.py")):
            if "node_modules" in path.parts or "data" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("repro_action"):
                    module = importlib.import_module(node.module)
                    missing += [
                        f"{path}: {node.module}.{alias.name}"
                        for alias in node.names
                        if not hasattr(module, alias.name)
                        and importlib.util.find_spec(f"{node.module}.{alias.name}") is None
                    ]
    assert missing == []


def test_what_is_worked_out_takes_no_words_from_what_shows_it():
    assert [] == [
        f"{name} imports {target}"
        for name, target in IMPORTS
        if target.startswith("repro_action.report.render")
        and room(name) in {"report.build", "runs", "init", "probe", "environments", "steps"}
    ]


def test_a_file_is_read_at_one_sitting():
    lengths = {path: len((PACKAGE / path).read_text(encoding="utf-8").splitlines()) for path in TREES}
    assert {path: length for path, length in lengths.items() if length > 350} == {}


def test_a_function_does_one_thing():
    def length(node):
        text = node.body[0].end_lineno - node.body[0].lineno + 1 if ast.get_docstring(node) else 0
        return node.end_lineno - node.lineno + 1 - text

    functions = ast.FunctionDef | ast.AsyncFunctionDef
    found = {
        f"{path}: {node.name}": length(node)
        for path, nodes in NODES.items()
        for node in nodes
        if isinstance(node, functions) and length(node) > 50
    }
    assert found == {}
