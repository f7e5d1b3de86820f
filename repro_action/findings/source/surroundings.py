# SPDX-License-Identifier: Apache-2.0
"""What the machine and its user bring along: home folder, names, modes of files."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import (
    LIKELY,
    POSSIBLE,
    UNLIKELY,
    RuleHit,
    SourceContext,
    SourceRule,
)
from repro_action.findings.source.variables import variables_of
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.syntax import last_name

_HOMES = {"os.path.expanduser", "pathlib.Path.home", "os.path.expandvars"}
_HOME_PACKAGES = ("platformdirs.", "appdirs.")
_WHO = {
    *("getpass.getuser", "os.getlogin", "socket.gethostname", "socket.getfqdn", "platform.node"),
    *("os.getuid", "platform.uname", "os.uname", "platform.platform", "socket.gethostbyname", "os.getgid"),
    *("os.geteuid", "pwd.getpwuid", "platform.release", "platform.version", "uuid.getnode", "uuid.uuid1"),
    *("platform.processor", "platform.machine", "os.getgroups", "pwd.getpwnam", "platform.system"),
    "grp.getgrgid",
}
_MODES = {"os.umask", "os.access", "stat.filemode", "os.path.stat", "stat.S_IMODE"}


def _homes(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        method = last_name(call.func) == "expanduser" and isinstance(call.func, ast.Attribute)
        if dotted in _HOMES or method or dotted.startswith(_HOME_PACKAGES):
            yield RuleHit(node=call)
        elif last_name(call.func).startswith("fetch_") and dotted.startswith("sklearn."):
            yield RuleHit(node=call, likelihood=POSSIBLE, says="keeps its data in the home folder")
    yield from variables_of(context, "home")


def _who(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        if context.dotted(call.func) in _WHO:
            shown = context.uses.only_shown(context.module, call)
            yield RuleHit(node=call, likelihood=UNLIKELY if shown else LIKELY)
    for node in context.module.each(ast.Attribute):
        if node.attr in {"st_uid", "st_gid", "uname", "gname"} and isinstance(node.ctx, ast.Load):
            yield RuleHit(node=node, likelihood=POSSIBLE, says="is the owner of a file")
    yield from variables_of(context, "user-host")


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


RULES = (
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
        main=("umask",),
        says="depends on the modes of files",
        find=_modes,
        remedy=SourceRemedy.EXPLICIT_MODES,
    ),
)
