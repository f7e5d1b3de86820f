# SPDX-License-Identifier: Apache-2.0
"""The time that enters results: readings of the clock, times inside archives, times of files, zones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import LIKELY, POSSIBLE, RuleHit, SourceContext, SourceRule
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.syntax import argument, constant, last_name

_NOW = {
    *("time.time", "time.time_ns", "datetime.datetime.now", "datetime.datetime.utcnow", "uuid.uuid1"),
    *("datetime.datetime.today", "datetime.date.today", "time.gmtime", "time.localtime", "time.ctime"),
    *("time.asctime", "pandas.Timestamp.now", "pandas.Timestamp.today", "pandas.Timestamp.utcnow"),
    *("arrow.now", "arrow.utcnow", "pendulum.now", "email.utils.formatdate", "time.clock_gettime"),
    *("django.utils.timezone.now", "pendulum.today", "time.strftime", "numpy.datetime64"),
    *("pandas.to_datetime", "pandas.Timestamp", "email.utils.localtime"),
}
_LOADS = {"os.getloadavg", "psutil.cpu_times", "psutil.boot_time"}
_REPORTED = ("time.", "uuid.")
"""Modules whose clocks every process reports; those of others show in the source alone."""

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
    *("time.perf_counter", "time.perf_counter_ns", "time.monotonic", "time.monotonic_ns"),
    *("time.process_time", "time.process_time_ns", "timeit.default_timer", "timeit.timeit"),
    *("time.thread_time", "os.times"),
}
_FILE_TIMES = {"os.path.getmtime", "os.path.getctime", "os.path.getatime"}
_STAT_TIMES = {"st_mtime", "st_ctime", "st_atime", "st_mtime_ns", "st_ctime_ns", "st_birthtime"}
_LOCAL = {
    *("time.mktime", "datetime.date.fromtimestamp", "time.tzset", "tzlocal.get_localzone"),
    *("dateutil.tz.tzlocal", "tzlocal.get_localzone_name", "dateutil.tz.gettz", "email.utils.localtime"),
    *("datetime.datetime.today", "datetime.date.today", "time.localtime", "time.ctime", "time.strftime"),
    *("pandas.Timestamp.today", "time.asctime"),
}


def _clock(context: SourceContext, call: ast.Call) -> bool:
    """Whether a call reads the wall clock, given its arguments."""
    dotted = context.dotted(call.func)
    if dotted not in _NOW:
        return False
    if dotted in _ONLY_WITHOUT:
        return len(call.args) <= _ONLY_WITHOUT[dotted]
    if dotted in _ONLY_WITH:
        given = constant(argument(call, 0, "ts_input", "arg"))
        return isinstance(given, str) and given in {"now", "today"}
    return True


def reads_clock(context: SourceContext, call: ast.Call) -> bool:
    """Whether a call reads a clock: the time of day, or one that measures durations."""
    return _clock(context, call) or context.dotted(call.func) in _COUNTERS


def _read(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        if reads_clock(context, call):
            start = POSSIBLE if _starts(context, call) else LIKELY
            yield RuleHit(node=call, likelihood=context.unless_shown(call, start))


def _dates(context: SourceContext) -> Iterator[RuleHit]:
    """Clocks that a process does not report, or from Python 3.12 on only: of dates, tables and the system."""
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        if (_clock(context, call) and not dotted.startswith(_REPORTED)) or dotted in _LOADS:
            yield RuleHit(node=call, likelihood=context.unless_shown(call))


def _starts(context: SourceContext, call: ast.Call) -> bool:
    """Whether it is the start of a duration, which shows where the duration is taken."""
    loads = context.module.loads_of(context.module.parent(call))
    if loads is None:
        return False
    around = [context.module.parent(load) for load in loads]
    return all(
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and node.right is load
        for node, load in zip(around, loads, strict=True)
    )


def _archived(context: SourceContext) -> Iterator[RuleHit]:
    """Archives and figures that write the time down; readers of members do not mind."""
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        name = last_name(call.func)
        keywords = {item.arg for item in call.keywords}
        if dotted in {"gzip.open", "gzip.GzipFile", "gzip.compress"}:
            if "mtime" not in keywords and _writes(call, dotted):
                yield RuleHit(node=call, likelihood=POSSIBLE, says="writes the time into the gzip header")
        elif name == "writestr" and call.args:
            if not _made_by(context, call.args[0], "ZipInfo"):
                yield RuleHit(node=call, likelihood=POSSIBLE, says="writes the time into the archive")
        elif dotted.endswith("ZipFile().write") or name == "make_archive":
            yield RuleHit(node=call, likelihood=POSSIBLE, says="writes times of files into the archive")
        elif name in {"add", "gettarinfo"} and "tar" in dotted.lower() and "filter" not in keywords:
            yield RuleHit(
                node=call,
                likelihood=POSSIBLE,
                says="writes times, owners and modes of files into the archive",
            )
        elif name == "to_excel" or (name == "savefig" and _dated_figure(call) and "metadata" not in keywords):
            yield RuleHit(
                node=call,
                says="writes the time and random names into the file",
                likelihood=POSSIBLE,
            )
        elif name.startswith("to_") and _gzipped(call):
            yield RuleHit(node=call, says="writes the time into the gzip header", likelihood=POSSIBLE)


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


def _made_by(context: SourceContext, node: ast.expr, name: str) -> bool:
    return context.dotted(node).removesuffix("()").rpartition(".")[2] == name


def _file_times(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        if context.dotted(call.func) in _FILE_TIMES:
            yield RuleHit(node=call, likelihood=context.unless_shown(call))
    for node in context.module.each(ast.Attribute):
        if node.attr in _STAT_TIMES:
            yield RuleHit(node=node, likelihood=context.unless_shown(node))


def _zoned(context: SourceContext) -> Iterator[RuleHit]:
    """Times without a zone, which mean the machine's."""
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        name = last_name(call.func)
        local = dotted in _LOCAL or (name == "astimezone" and not call.args and not call.keywords)
        if dotted == "datetime.datetime.fromtimestamp":
            local = argument(call, 1, "tz") is None
        elif dotted == "datetime.datetime.now":
            local = argument(call, 0, "tz") is None
        elif name == "timestamp" and not call.args and isinstance(call.func, ast.Attribute):
            local = _naive(context, call.func.value)
        if local:
            yield RuleHit(node=call, likelihood=context.unless_shown(call))
    for node in context.module.each(ast.Attribute):
        if context.dotted(node) in {"time.tzname", "time.timezone", "time.altzone", "time.daylight"}:
            yield RuleHit(node=node)


def _naive(context: SourceContext, node: ast.expr) -> bool:
    """Whether a time was visibly made without a zone."""
    dotted = context.dotted(node)
    call: ast.AST | None = node
    if isinstance(node, ast.Name):
        bindings = context.module.bound(node)
        call = bindings[0].value if len(bindings) == 1 else None
    if isinstance(call, ast.Call) and any(item.arg in {"tz", "tzinfo"} for item in call.keywords):
        return False
    made = dotted.removesuffix("()")
    if made in {"datetime.datetime.now", "datetime.datetime"}:
        return isinstance(call, ast.Call) and (len(call.args) == 0 or made.endswith("datetime.datetime"))
    return made in {
        *("datetime.datetime.strptime", "datetime.datetime.fromisoformat", "datetime.datetime.utcnow"),
        *("datetime.datetime.combine", "datetime.datetime.today", "datetime.datetime.utcfromtimestamp"),
    }


def _archived_local(context: SourceContext) -> Iterator[RuleHit]:
    """Zip archives hold local time."""
    for hit in _archived(context):
        if isinstance(hit.node, ast.Call) and last_name(hit.node.func) in {
            *("writestr", "write", "make_archive"),
        }:
            yield hit


_by_time = partial(SourceRule, main=("time",), also=("again",))
_by_zone = partial(SourceRule, main=("timezone",))

RULES = (
    _by_time(
        also=("again", "timezone"),
        says="reads the clock",
        remedy=SourceRemedy.FIXED_TIME,
        find=_read,
        kind=ObservationKind.CLOCK,
    ),
    _by_time(says="reads the clock", remedy=SourceRemedy.FIXED_TIME, find=_dates),
    _by_time(says="writes the time", remedy=SourceRemedy.TIME_IN_ARCHIVE, find=_archived),
    _by_time(
        also=("again", "build-path"),
        says="reads the time of a file",
        remedy=SourceRemedy.CONTENT_NOT_FILE_TIME,
        find=_file_times,
    ),
    _by_zone(
        says="uses the machine's time zone",
        remedy=SourceRemedy.TIME_ZONE,
        find=_zoned,
        kind=ObservationKind.CLOCK,
    ),
    _by_zone(says="writes the local time", remedy=SourceRemedy.TIME_IN_ARCHIVE, find=_archived_local),
)
