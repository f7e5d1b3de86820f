# SPDX-License-Identifier: Apache-2.0
"""What the machine and its user bring along: paths, home, names, environment, modes, locale."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import (
    HARMLESS,
    LIKELY,
    POSSIBLE,
    UNLIKELY,
    Likelihood,
    RuleHit,
    SourceContext,
    SourceRule,
    calls_of,
)
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.syntax import argument, constant, last_name

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


def _here(context: SourceContext) -> Iterator[RuleHit]:
    """Absolute paths whose text goes further than into `open`."""
    module = context.module
    for name in module.each(ast.Name):
        if name.id == "__file__" and module.home(name) is None:
            yield RuleHit(node=name, likelihood=_path_likelihood(context, name))
    for call in module.each(ast.Call):
        method = last_name(call.func) in {"resolve", "absolute"} and isinstance(call.func, ast.Attribute)
        dotted = context.dotted(call.func)
        if dotted in _HERE or (method and not call.args and "__file__" not in dotted):
            yield RuleHit(node=call, likelihood=_path_likelihood(context, call))
    for node in module.each(ast.Attribute):
        dotted = context.dotted(node)
        if dotted in _HERE_NAMES and isinstance(node.ctx, ast.Load):
            harmless = dotted == "sys.path" and isinstance(module.parent(node), ast.Attribute)
            first = _item(context, node)
            argued = dotted == "sys.argv" and first != 0
            yield RuleHit(
                node=node,
                likelihood=HARMLESS if harmless else UNLIKELY if argued else _path_likelihood(context, node),
            )
        elif node.attr == "co_filename":
            yield RuleHit(node=node)


def _item(context: SourceContext, node: ast.AST) -> object:
    above = context.module.parent(node)
    return constant(above.slice) if isinstance(above, ast.Subscript) else ...


def _path_likelihood(context: SourceContext, node: ast.AST) -> Likelihood:
    if context.uses.only_shown(context.module, node):
        return HARMLESS
    match context.uses.only_opened(context.module, node):
        case True:
            return HARMLESS
        case False:
            return LIKELY
        case None:
            return POSSIBLE


def _homes(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        method = last_name(call.func) == "expanduser" and isinstance(call.func, ast.Attribute)
        if dotted in _HOMES or method or dotted.startswith(_HOME_PACKAGES):
            yield RuleHit(node=call)
        elif last_name(call.func).startswith("fetch_") and dotted.startswith("sklearn."):
            yield RuleHit(node=call, likelihood=POSSIBLE, says="keeps its data in the home folder")
    yield from _variables(context, "home")


def _who(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        if context.dotted(call.func) in _WHO:
            shown = context.uses.only_shown(context.module, call)
            yield RuleHit(node=call, likelihood=UNLIKELY if shown else LIKELY)
    for node in context.module.each(ast.Attribute):
        if node.attr in {"st_uid", "st_gid", "uname", "gname"} and isinstance(node.ctx, ast.Load):
            yield RuleHit(node=node, likelihood=POSSIBLE, says="is the owner of a file")
    yield from _variables(context, "user-host")


def _of_variables(variation: str) -> SourceRule:
    return SourceRule(
        main=(variation,),
        says="reads the environment",
        remedy=SourceRemedy.DECLARED_VARIABLE,
        find=lambda context: _variables(context, variation),
    )


def _variables(context: SourceContext, variation: str) -> Iterator[RuleHit]:
    """Variables of the environment that belong to a variation."""
    for node, name in _environment_reads(context):
        if name in _VARIABLES[variation]:
            yield RuleHit(node=node, says=f"reads `{name}` from the environment")


def _environment_reads(context: SourceContext) -> Iterator[tuple[ast.AST, str]]:
    for call in context.module.each(ast.Call):
        if context.dotted(call.func) in {"os.getenv", "os.environ.get", "os.environ.pop", "os.getenvb"}:
            name = constant(argument(call, 0, "key"))
            yield call, name if isinstance(name, str) else ""
    for node in context.module.each(ast.Subscript):
        if isinstance(node.ctx, ast.Load) and context.dotted(node.value) in _ENVIRON:
            name = constant(node.slice)
            yield node, name if isinstance(name, str) else ""


def _environment(context: SourceContext) -> Iterator[RuleHit]:
    for node, name in _environment_reads(context):
        yield RuleHit(node=node, likelihood=UNLIKELY if name in _NAMED else LIKELY)
    whole: list[ast.Attribute | ast.Name] = [
        *context.module.each(ast.Attribute),
        *(name for name in context.module.each(ast.Name) if name.id in context.module.aliases),
    ]
    for node in whole:
        if context.dotted(node) not in _ENVIRON or not isinstance(node.ctx, ast.Load):
            continue
        match context.module.parent(node):
            case ast.Attribute(attr="items" | "keys" | "values" | "__len__"):
                yield RuleHit(node=node, says="reads the whole environment")
            case ast.Attribute(attr="copy"):
                yield RuleHit(node=node, likelihood=POSSIBLE, says="reads the whole environment")
            case ast.Call(func=func) if last_name(func) in {
                "dict",
                "len",
                "sorted",
                "list",
                "str",
                "set",
                "repr",
            }:
                yield RuleHit(node=node, says="reads the whole environment")
            case ast.For() | ast.comprehension() | ast.FormattedValue():
                yield RuleHit(node=node, says="reads the whole environment")


def _modes(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        name = last_name(call.func)
        if dotted in _MODES:
            yield RuleHit(node=call)
        elif name in {"add", "gettarinfo"} and "tar" in dotted.lower():
            yield RuleHit(node=call, says="writes modes and owners of files into the archive")
        elif name == "make_archive" or dotted.endswith("ZipFile().write"):
            yield RuleHit(node=call, says="writes modes of files into the archive")
        elif dotted in {"os.stat", "os.lstat", "os.fstat"} or name in {"copymode", "copystat"}:
            yield RuleHit(node=call, likelihood=UNLIKELY)
    for node in context.module.each(ast.Attribute):
        if node.attr == "st_mode" or (node.attr == "external_attr" and isinstance(node.ctx, ast.Load)):
            yield RuleHit(node=node)


def _locale(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        if context.dotted(call.func) in _LOCALE:
            yield RuleHit(node=call)
    for node in context.module.each(ast.Attribute):
        dotted = context.dotted(node)
        if dotted in {
            "locale.strxfrm",
            "locale.strcoll",
            "calendar.month_name",
            "calendar.day_name",
        } and not (
            isinstance(context.module.parent(node), ast.Call)
            and getattr(context.module.parent(node), "func", None) is node
        ):
            yield RuleHit(node=node)
    for text in context.module.each(ast.Constant):
        above = context.module.parent(text)
        if not isinstance(text.value, str) or len(text.value) > 200:
            continue
        if (text.value.endswith("n") and _is_format(context, text)) or "{:n}" in text.value:
            yield RuleHit(
                node=text if not isinstance(above, ast.JoinedStr) else above, says="formats by the locale"
            )
        elif (
            isinstance(above, ast.Call)
            and last_name(above.func) in {"strftime", "strptime", "to_datetime"}
            and any(part in text.value for part in _LOCAL_FORMATS)
        ):
            yield RuleHit(node=above, says="names days or months in the locale's words")
    yield from _variables(context, "locale")


def _is_format(context: SourceContext, text: ast.Constant) -> bool:
    """Whether a text is the `n` of `f"{x:n}"` or `format(x, "n")`."""
    above = context.module.parent(text)
    if isinstance(above, ast.Call):
        return last_name(above.func) == "format" and above.args[1:2] == [text]
    around = context.module.parent(above) if isinstance(above, ast.JoinedStr) else None
    return isinstance(around, ast.FormattedValue) and around.format_spec is above


def _encoded(context: SourceContext) -> Iterator[RuleHit]:
    """Text files without an encoding."""
    for call in context.module.each(ast.Call):
        name = last_name(call.func)
        index = {"open": 1, "read_text": 0, "write_text": 1, "fdopen": 1}.get(name)
        if index is None or argument(call, -1, "encoding") is not None:
            continue
        if name == "open":
            builtin = context.module.is_builtin(call, "open") or context.dotted(call.func) == "io.open"
            path = isinstance(call.func, ast.Attribute) and "Path" in context.dotted(call.func)
            mode = constant(argument(call, 1 if builtin else 0, "mode"))
            if not (builtin or path) or (isinstance(mode, str) and "b" in mode) or len(call.args) > 3:
                continue
        elif len(call.args) > index:
            continue
        yield RuleHit(node=call, likelihood=UNLIKELY)


RULES = (
    SourceRule(
        main=("build-path",),
        says="is an absolute path that is used as text",
        find=_here,
        remedy=SourceRemedy.RELATIVE_PATHS,
    ),
    SourceRule(
        main=("home",),
        says="reads the home folder",
        find=_homes,
        kind=ObservationKind.HOST,
        remedy=SourceRemedy.DECLARED_DATA,
    ),
    SourceRule(
        main=("user-host",),
        says="names the user or the machine",
        find=_who,
        kind=ObservationKind.HOST,
        remedy=SourceRemedy.NO_HOST_NAMES,
    ),
    SourceRule(
        main=("environment",),
        says="reads the environment",
        find=_environment,
        remedy=SourceRemedy.DECLARED_VARIABLE,
    ),
    _of_variables("timezone"),
    _of_variables("threads"),
    _of_variables("build-path"),
    _of_variables("hash-seed"),
    SourceRule(
        main=("umask",),
        says="depends on the modes of files",
        find=_modes,
        remedy=SourceRemedy.EXPLICIT_MODES,
    ),
    SourceRule(
        main=("locale",),
        says="depends on the locale",
        find=_locale,
        remedy=SourceRemedy.NO_LOCALE,
    ),
    SourceRule(
        main=("locale",),
        says="reads or writes text in the locale's encoding",
        remedy=SourceRemedy.ENCODING,
        find=_encoded,
    ),
    SourceRule(
        main=("environment",),
        says="looks a program up in the environment",
        remedy=SourceRemedy.PROGRAM_PATH,
        find=calls_of({"shutil.which", "os.get_exec_path"}),
    ),
)
