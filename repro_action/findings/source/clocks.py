# SPDX-License-Identifier: Apache-2.0
"""The time that enters results: readings of the clock, times inside archives, times of files, zones."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repro_action.findings.source.rule import Doubt, Hit, Rule, Scene
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.program import argument, bare, constant

_NOW = {
    *("time.time", "time.time_ns", "datetime.datetime.now", "datetime.datetime.utcnow", "uuid.uuid1"),
    *("datetime.datetime.today", "datetime.date.today", "time.gmtime", "time.localtime", "time.ctime"),
    *("time.asctime", "pandas.Timestamp.now", "pandas.Timestamp.today", "pandas.Timestamp.utcnow"),
    *("arrow.now", "arrow.utcnow", "pendulum.now", "email.utils.formatdate", "time.clock_gettime"),
    *(
        "django.utils.timezone.now",
        "pendulum.today",
        "time.strftime",
        "numpy.datetime64",
        "pandas.to_datetime",
    ),
    *("pandas.Timestamp", "email.utils.localtime"),
}
_ONLY_WITHOUT = {
    "time.gmtime": 0,
    "time.localtime": 0,
    "time.ctime": 0,
    "time.asctime": 0,
    "time.strftime": 1,
    "email.utils.formatdate": 0,
    "email.utils.localtime": 0,
}
_ONLY_WITH = {"numpy.datetime64", "pandas.to_datetime", "pandas.Timestamp"}
_COUNTERS = {
    *(
        "time.perf_counter",
        "time.perf_counter_ns",
        "time.monotonic",
        "time.monotonic_ns",
        "time.process_time",
    ),
    *("time.process_time_ns", "timeit.default_timer", "timeit.timeit", "time.thread_time", "os.times"),
}
_FILE_TIMES = {"os.path.getmtime", "os.path.getctime", "os.path.getatime"}
_STAT_TIMES = {"st_mtime", "st_ctime", "st_atime", "st_mtime_ns", "st_ctime_ns", "st_birthtime"}
_LOCAL = {
    *(
        "time.mktime",
        "datetime.date.fromtimestamp",
        "time.tzset",
        "tzlocal.get_localzone",
        "dateutil.tz.tzlocal",
    ),
    *("tzlocal.get_localzone_name", "dateutil.tz.gettz", "email.utils.localtime", "datetime.datetime.today"),
    *("datetime.date.today", "time.localtime", "time.ctime", "time.strftime", "pandas.Timestamp.today"),
    "time.asctime",
}


def _clock(scene: Scene, call: ast.Call) -> bool:
    """Whether a call reads the wall clock, given its arguments."""
    dotted = scene.dotted(call.func)
    if dotted not in _NOW:
        return False
    if dotted in _ONLY_WITHOUT:
        return len(call.args) <= _ONLY_WITHOUT[dotted]
    if dotted in _ONLY_WITH:
        given = constant(argument(call, 0, "ts_input", "arg"))
        return isinstance(given, str) and given in {"now", "today"}
    return True


def _read(scene: Scene) -> Iterator[Hit]:
    for call in scene.module.each(ast.Call):
        if _clock(scene, call) or scene.dotted(call.func) in _COUNTERS:
            told = scene.uses.told(scene.module, call)
            start = Doubt.SOME if _starts(scene, call) else Doubt.NONE
            yield Hit(node=call, doubt=Doubt.MUCH if told else start)


def _starts(scene: Scene, call: ast.Call) -> bool:
    """Whether it is the start of a duration, which shows where the duration is taken."""
    above = scene.module.parent(call)
    if not isinstance(above, ast.Assign) or not isinstance(above.targets[0], ast.Name):
        return False
    scope = scene.module.scopes.get(above, scene.module.tree)
    loads = scene.module.loads.get((scope, above.targets[0].id), [])
    around = [scene.module.parent(load) for load in loads]
    return all(
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and node.right is load
        for node, load in zip(around, loads, strict=True)
    )


def _archived(scene: Scene) -> Iterator[Hit]:
    """Archives and figures that write the time down; readers of members do not mind."""
    for call in scene.module.each(ast.Call):
        dotted = scene.dotted(call.func)
        name = bare(call.func)
        keywords = {item.arg for item in call.keywords}
        if dotted in {"gzip.open", "gzip.GzipFile", "gzip.compress"}:
            if "mtime" not in keywords and _writes(call, dotted):
                yield Hit(node=call, doubt=Doubt.SOME, says="writes the time into the gzip header")
        elif name == "writestr" and call.args:
            if not _made_by(scene, call.args[0], "ZipInfo"):
                yield Hit(node=call, doubt=Doubt.SOME, says="writes the time into the archive")
        elif dotted.endswith("ZipFile().write") or name == "make_archive":
            yield Hit(node=call, doubt=Doubt.SOME, says="writes times of files into the archive")
        elif name in {"add", "gettarinfo"} and "tar" in dotted.lower() and "filter" not in keywords:
            yield Hit(
                node=call, doubt=Doubt.SOME, says="writes times, owners and modes of files into the archive"
            )
        elif name == "to_excel" or (name == "savefig" and _dated_figure(call) and "metadata" not in keywords):
            yield Hit(node=call, says="writes the time and random names into the file", doubt=Doubt.SOME)
        elif name.startswith("to_") and _gzipped(call):
            yield Hit(node=call, says="writes the time into the gzip header", doubt=Doubt.SOME)


def _writes(call: ast.Call, dotted: str) -> bool:
    if dotted == "gzip.compress":
        return True
    mode = constant(argument(call, 1, "mode"))
    return isinstance(mode, str) and any(letter in mode for letter in "wax")


def _gzipped(call: ast.Call) -> bool:
    path, given = constant(argument(call, 0, "path_or_buf")), constant(argument(call, -1, "compression"))
    return given == "gzip" or (isinstance(path, str) and path.endswith(".gz") and given is ...)


def _dated_figure(call: ast.Call) -> bool:
    path = constant(argument(call, 0, "fname"))
    return isinstance(path, str) and path.endswith((".svg", ".pdf", ".ps", ".eps"))


def _made_by(scene: Scene, node: ast.expr, name: str) -> bool:
    return scene.dotted(node).removesuffix("()").rpartition(".")[2] == name


def _file_times(scene: Scene) -> Iterator[Hit]:
    for call in scene.module.each(ast.Call):
        if scene.dotted(call.func) in _FILE_TIMES:
            yield Hit(node=call, doubt=_when_told(scene, call))
    for node in scene.module.each(ast.Attribute):
        if node.attr in _STAT_TIMES:
            yield Hit(node=node, doubt=_when_told(scene, node))


def _when_told(scene: Scene, node: ast.AST) -> Doubt:
    return Doubt.MUCH if scene.uses.told(scene.module, node) else Doubt.NONE


def _zoned(scene: Scene) -> Iterator[Hit]:
    """Times without a zone, which mean the machine's."""
    for call in scene.module.each(ast.Call):
        dotted = scene.dotted(call.func)
        name = bare(call.func)
        local = dotted in _LOCAL or (name == "astimezone" and not call.args and not call.keywords)
        if dotted == "datetime.datetime.fromtimestamp":
            local = argument(call, 1, "tz") is None
        elif dotted == "datetime.datetime.now":
            local = argument(call, 0, "tz") is None
        elif name == "timestamp" and not call.args and isinstance(call.func, ast.Attribute):
            local = _naive(scene, call.func.value)
        if local:
            yield Hit(node=call, doubt=_when_told(scene, call))
    for node in scene.module.each(ast.Attribute):
        if scene.dotted(node) in {"time.tzname", "time.timezone", "time.altzone", "time.daylight"}:
            yield Hit(node=node)


def _naive(scene: Scene, node: ast.expr) -> bool:
    """Whether a time was visibly made without a zone."""
    dotted = scene.dotted(node)
    call: ast.AST | None = node
    if isinstance(node, ast.Name):
        held = scene.module.bound(node)
        call = held[0].value if len(held) == 1 else None
    if isinstance(call, ast.Call) and any(item.arg in {"tz", "tzinfo"} for item in call.keywords):
        return False
    made = dotted.removesuffix("()")
    if made in {"datetime.datetime.now", "datetime.datetime"}:
        return isinstance(call, ast.Call) and (len(call.args) == 0 or made.endswith("datetime.datetime"))
    return made in {
        *("datetime.datetime.strptime", "datetime.datetime.fromisoformat", "datetime.datetime.utcnow"),
        *("datetime.datetime.combine", "datetime.datetime.today", "datetime.datetime.utcfromtimestamp"),
    }


def _archived_local(scene: Scene) -> Iterator[Hit]:
    """Zip archives hold local time."""
    for hit in _archived(scene):
        if isinstance(hit.node, ast.Call) and bare(hit.node.func) in {"writestr", "write", "make_archive"}:
            yield hit


_REMEDY = "Keep the clock out of outputs and seeds: write a fixed time, or the one in `SOURCE_DATE_EPOCH`."
_ARCHIVE = "Give the time yourself: `gzip.GzipFile(…, mtime=0)`, `zipfile.ZipInfo(name, date_time=…)`."
_ZONE = "Give the time a zone: `datetime.fromtimestamp(…, tz=UTC)`, `calendar.timegm`, `time.gmtime`."

RULES = (
    Rule(
        main=("time",),
        also=("again", "timezone"),
        says="reads the clock",
        remedy=_REMEDY,
        find=_read,
        kind=ObservationKind.CLOCK,
    ),
    Rule(main=("time",), also=("again",), says="writes the time", remedy=_ARCHIVE, find=_archived),
    Rule(
        main=("time",),
        also=("again", "build-path"),
        says="reads the time of a file",
        remedy="Use the file's content, not its time: a checkout sets new times.",
        find=_file_times,
    ),
    Rule(
        main=("timezone",),
        says="means the machine's time zone",
        remedy=_ZONE,
        find=_zoned,
        kind=ObservationKind.CLOCK,
    ),
    Rule(main=("timezone",), says="writes the local time", remedy=_ARCHIVE, find=_archived_local),
)
