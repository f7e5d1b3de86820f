# SPDX-License-Identifier: Apache-2.0
"""What the machine and its user bring along: paths, home, names, environment, modes, locale."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repro_action.findings.source.rule import Doubt, Hit, Rule, Scene, calls_of
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.program import argument, bare, constant

_HERE = {
    *(
        "os.getcwd",
        "os.getcwdb",
        "pathlib.Path.cwd",
        "os.path.abspath",
        "os.path.realpath",
        "inspect.getfile",
    ),
    *("inspect.getsourcefile", "traceback.format_exc", "inspect.stack", "inspect.currentframe"),
    *("traceback.format_stack", "sys._getframe", "pathlib.Path.absolute", "pathlib.Path.resolve"),
}
_HERE_NAMES = {"sys.argv", "sys.path", "__path__", "sys.orig_argv", "os.curdir"}
_HOMES = {"os.path.expanduser", "pathlib.Path.home", "os.path.expandvars"}
_HOME_PACKAGES = ("platformdirs.", "appdirs.")
_WHO = {
    *("getpass.getuser", "os.getlogin", "socket.gethostname", "socket.getfqdn", "platform.node", "os.getuid"),
    *("platform.uname", "os.uname", "platform.platform", "socket.gethostbyname", "os.getgid", "os.geteuid"),
    *(
        "pwd.getpwuid",
        "platform.release",
        "platform.version",
        "uuid.getnode",
        "uuid.uuid1",
        "platform.processor",
    ),
    *("platform.machine", "os.getgroups", "pwd.getpwnam", "platform.system", "grp.getgrgid"),
}
_ENVIRON = {"os.environ", "os.environb"}
_VARIABLES = {
    "home": ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "USERPROFILE", "HF_HOME"),
    "user-host": ("USER", "LOGNAME", "USERNAME", "HOSTNAME", "HOST", "COMPUTERNAME"),
    "locale": ("LANG", "LC_ALL", "LC_CTYPE", "LC_COLLATE", "LC_NUMERIC", "LC_TIME", "LANGUAGE"),
    "timezone": ("TZ",),
    "threads": ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOKY_MAX_CPU_COUNT"),
    "build-path": ("PWD", "OLDPWD", "GITHUB_WORKSPACE", "PYTHONPATH"),
    "hash-seed": ("PYTHONHASHSEED",),
}
_NAMED = {name for names in _VARIABLES.values() for name in names}
_MODES = {"os.umask", "os.access", "stat.filemode", "os.path.stat", "stat.S_IMODE"}
_LOCALE = {
    *("locale.setlocale", "locale.strxfrm", "locale.strcoll", "locale.format_string", "locale.getlocale"),
    *(
        "locale.str",
        "locale.currency",
        "locale.localeconv",
        "locale.getpreferredencoding",
        "locale.getencoding",
    ),
    *(
        "locale.getdefaultlocale",
        "sys.getfilesystemencoding",
        "locale.atof",
        "locale.nl_langinfo",
        "os.fsencode",
    ),
    *("calendar.month_name", "calendar.day_name", "sys.getdefaultencoding"),
}
_LOCAL_FORMATS = ("%a", "%A", "%b", "%B", "%c", "%x", "%X", "%p", "%r")


def _here(scene: Scene) -> Iterator[Hit]:
    """Absolute paths whose text goes further than into `open`."""
    module = scene.module
    for name in module.each(ast.Name):
        if name.id == "__file__" and name not in module.homes:
            yield Hit(node=name, doubt=_path_doubt(scene, name))
    for call in module.each(ast.Call):
        method = bare(call.func) in {"resolve", "absolute"} and isinstance(call.func, ast.Attribute)
        dotted = scene.dotted(call.func)
        if dotted in _HERE or (method and not call.args and "__file__" not in dotted):
            yield Hit(node=call, doubt=_path_doubt(scene, call))
    for node in module.each(ast.Attribute):
        dotted = scene.dotted(node)
        if dotted in _HERE_NAMES and isinstance(node.ctx, ast.Load):
            harmless = dotted == "sys.path" and isinstance(module.parent(node), ast.Attribute)
            first = _item(scene, node)
            argued = dotted == "sys.argv" and first != 0
            yield Hit(
                node=node,
                doubt=Doubt.ALL if harmless else Doubt.MUCH if argued else _path_doubt(scene, node),
            )
        elif node.attr == "co_filename":
            yield Hit(node=node)


def _item(scene: Scene, node: ast.AST) -> object:
    above = scene.module.parent(node)
    return constant(above.slice) if isinstance(above, ast.Subscript) else ...


def _path_doubt(scene: Scene, node: ast.AST) -> Doubt:
    if scene.uses.told(scene.module, node):
        return Doubt.ALL
    match scene.uses.opened(scene.module, node):
        case True:
            return Doubt.ALL
        case False:
            return Doubt.NONE
        case None:
            return Doubt.SOME


def _homes(scene: Scene) -> Iterator[Hit]:
    for call in scene.module.each(ast.Call):
        dotted = scene.dotted(call.func)
        method = bare(call.func) == "expanduser" and isinstance(call.func, ast.Attribute)
        if dotted in _HOMES or method or dotted.startswith(_HOME_PACKAGES):
            yield Hit(node=call)
        elif bare(call.func).startswith("fetch_") and dotted.startswith("sklearn."):
            yield Hit(node=call, doubt=Doubt.SOME, says="keeps its data in the home folder")
    yield from _variables(scene, "home")


def _who(scene: Scene) -> Iterator[Hit]:
    for call in scene.module.each(ast.Call):
        if scene.dotted(call.func) in _WHO:
            told = scene.uses.told(scene.module, call)
            yield Hit(node=call, doubt=Doubt.MUCH if told else Doubt.NONE)
    for node in scene.module.each(ast.Attribute):
        if node.attr in {"st_uid", "st_gid", "uname", "gname"} and isinstance(node.ctx, ast.Load):
            yield Hit(node=node, doubt=Doubt.SOME, says="is the owner of a file")
    yield from _variables(scene, "user-host")


def _of_variables(variation: str) -> Rule:
    return Rule(
        main=(variation,),
        says="reads the environment",
        remedy="Take the value from the parameters, or declare the variable under `env` of the step.",
        find=lambda scene: _variables(scene, variation),
    )


def _variables(scene: Scene, variation: str) -> Iterator[Hit]:
    """Variables of the environment that belong to a variation."""
    for node, name in _environment_reads(scene):
        if name in _VARIABLES[variation]:
            yield Hit(node=node, says=f"reads `{name}` from the environment")


def _environment_reads(scene: Scene) -> Iterator[tuple[ast.AST, str]]:
    for call in scene.module.each(ast.Call):
        if scene.dotted(call.func) in {"os.getenv", "os.environ.get", "os.environ.pop", "os.getenvb"}:
            name = constant(argument(call, 0, "key"))
            yield call, name if isinstance(name, str) else ""
    for node in scene.module.each(ast.Subscript):
        if isinstance(node.ctx, ast.Load) and scene.dotted(node.value) in _ENVIRON:
            name = constant(node.slice)
            yield node, name if isinstance(name, str) else ""


def _environment(scene: Scene) -> Iterator[Hit]:
    for node, name in _environment_reads(scene):
        yield Hit(node=node, doubt=Doubt.MUCH if name in _NAMED else Doubt.NONE)
    whole: list[ast.Attribute | ast.Name] = [
        *scene.module.each(ast.Attribute),
        *(name for name in scene.module.each(ast.Name) if name.id in scene.module.aliases),
    ]
    for node in whole:
        if scene.dotted(node) not in _ENVIRON or not isinstance(node.ctx, ast.Load):
            continue
        match scene.module.parent(node):
            case ast.Attribute(attr="items" | "keys" | "values" | "__len__"):
                yield Hit(node=node, says="reads the whole environment")
            case ast.Attribute(attr="copy"):
                yield Hit(node=node, doubt=Doubt.SOME, says="reads the whole environment")
            case ast.Call(func=func) if bare(func) in {"dict", "len", "sorted", "list", "str", "set", "repr"}:
                yield Hit(node=node, says="reads the whole environment")
            case ast.For() | ast.comprehension() | ast.FormattedValue():
                yield Hit(node=node, says="reads the whole environment")


def _modes(scene: Scene) -> Iterator[Hit]:
    for call in scene.module.each(ast.Call):
        dotted = scene.dotted(call.func)
        name = bare(call.func)
        if dotted in _MODES:
            yield Hit(node=call)
        elif name in {"add", "gettarinfo"} and "tar" in dotted.lower():
            yield Hit(node=call, says="writes modes and owners of files into the archive")
        elif name == "make_archive" or dotted.endswith("ZipFile().write"):
            yield Hit(node=call, says="writes modes of files into the archive")
        elif dotted in {"os.stat", "os.lstat", "os.fstat"} or name in {"copymode", "copystat"}:
            yield Hit(node=call, doubt=Doubt.MUCH)
    for node in scene.module.each(ast.Attribute):
        if node.attr == "st_mode" or (node.attr == "external_attr" and isinstance(node.ctx, ast.Load)):
            yield Hit(node=node)


def _locale(scene: Scene) -> Iterator[Hit]:
    for call in scene.module.each(ast.Call):
        if scene.dotted(call.func) in _LOCALE:
            yield Hit(node=call)
    for node in scene.module.each(ast.Attribute):
        dotted = scene.dotted(node)
        if dotted in {
            "locale.strxfrm",
            "locale.strcoll",
            "calendar.month_name",
            "calendar.day_name",
        } and not (
            isinstance(scene.module.parent(node), ast.Call)
            and getattr(scene.module.parent(node), "func", None) is node
        ):
            yield Hit(node=node)
    for text in scene.module.each(ast.Constant):
        above = scene.module.parent(text)
        if not isinstance(text.value, str) or len(text.value) > 200:
            continue
        if (text.value.endswith("n") and _is_format(scene, text)) or "{:n}" in text.value:
            yield Hit(
                node=text if not isinstance(above, ast.JoinedStr) else above, says="formats by the locale"
            )
        elif (
            isinstance(above, ast.Call)
            and bare(above.func) in {"strftime", "strptime", "to_datetime"}
            and any(part in text.value for part in _LOCAL_FORMATS)
        ):
            yield Hit(node=above, says="names days or months in the locale's words")
    yield from _variables(scene, "locale")


def _is_format(scene: Scene, text: ast.Constant) -> bool:
    """Whether a text is the `n` of `f"{x:n}"` or `format(x, "n")`."""
    above = scene.module.parent(text)
    if isinstance(above, ast.Call):
        return bare(above.func) == "format" and above.args[1:2] == [text]
    around = scene.module.parent(above) if isinstance(above, ast.JoinedStr) else None
    return isinstance(around, ast.FormattedValue) and around.format_spec is above


def _encoded(scene: Scene) -> Iterator[Hit]:
    """Text files without an encoding."""
    for call in scene.module.each(ast.Call):
        name = bare(call.func)
        index = {"open": 1, "read_text": 0, "write_text": 1, "fdopen": 1}.get(name)
        if index is None or argument(call, -1, "encoding") is not None:
            continue
        if name == "open":
            builtin = scene.module.builtin(call, "open") or scene.dotted(call.func) == "io.open"
            path = isinstance(call.func, ast.Attribute) and "Path" in scene.dotted(call.func)
            mode = constant(argument(call, 1 if builtin else 0, "mode"))
            if not (builtin or path) or (isinstance(mode, str) and "b" in mode) or len(call.args) > 3:
                continue
        elif len(call.args) > index:
            continue
        yield Hit(node=call, doubt=Doubt.MUCH)


RULES = (
    Rule(
        main=("build-path",),
        says="is an absolute path that is used as text",
        find=_here,
        remedy="Write paths relative to the project: `path.relative_to(root)`, or the name only.",
    ),
    Rule(
        main=("home",),
        says="reads the home folder",
        find=_homes,
        kind=ObservationKind.HOST,
        remedy="Declare what is needed as data of the project instead of reading the home folder.",
    ),
    Rule(
        main=("user-host",),
        says="names the user or the machine",
        find=_who,
        kind=ObservationKind.HOST,
        remedy="Keep the names of the user and the machine out of outputs.",
    ),
    Rule(
        main=("environment",),
        says="reads the environment",
        find=_environment,
        remedy="Take the value from the parameters, or declare the variable under `env` of the step.",
    ),
    _of_variables("timezone"),
    _of_variables("threads"),
    _of_variables("build-path"),
    _of_variables("hash-seed"),
    Rule(
        main=("umask",),
        says="depends on the modes of files",
        find=_modes,
        remedy="Set modes explicitly: `os.chmod`, `TarInfo.mode`, and keep them out of outputs.",
    ),
    Rule(
        main=("locale",),
        says="depends on the locale",
        find=_locale,
        remedy='Format and sort without the locale: `f"{x:,}"`, `sorted(…)`, numeric dates.',
    ),
    Rule(
        main=("locale",),
        says="reads or writes text in the locale's encoding",
        remedy='Name the encoding: `encoding="utf-8"`.',
        find=_encoded,
    ),
    Rule(
        main=("environment",),
        says="looks a program up in the environment",
        remedy="Name the program's path.",
        find=calls_of({"shutil.which", "os.get_exec_path"}),
    ),
)
