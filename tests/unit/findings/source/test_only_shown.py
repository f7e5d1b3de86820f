# SPDX-License-Identifier: Apache-2.0
"""A time or an id that only people see is no cause; one that may reach an output is."""

from __future__ import annotations

import pytest

from repro_action.findings.source import harmless, unreported
from repro_action.observation import Observation, ObservationKind

CLOCK, ENTROPY = ObservationKind.CLOCK, ObservationKind.ENTROPY

SHOWN = {
    "hex": (ENTROPY, "r = uuid.uuid4().hex  #\nprint('run', r)"),
    "slice": (ENTROPY, "r = str(uuid.uuid4())[:8]  #\nprint(f'{r}')"),
    "in print": (ENTROPY, "print('run', uuid.uuid4().hex[:6])  #"),
    "bytes": (ENTROPY, "print(os.urandom(4).hex())  #"),
    "temporary": (ENTROPY, "print(tempfile.mkdtemp())  #"),
    "standard error": (CLOCK, "t = time.time()\nsys.stderr.write(f'{time.time() - t}')  #"),
    "start": (CLOCK, "t = time.time()  #\nsys.stderr.write(f'{time.time() - t}')"),
    "total": (CLOCK, "n = 0\nfor i in range(3):\n    s = time.time()\n    n += time.time() - s  #\nprint(n)"),
    "list": (CLOCK, "ts = []\nfor i in x:\n    ts.append(time.time())  #\nprint(sum(ts) / len(ts))"),
    "minutes": (CLOCK, "m, s = divmod(time.time(), 60)  #\nprint(m, s)"),
    "helper": (CLOCK, "def now():\n    return time.time()  #\nprint(now())"),
    "main": (CLOCK, "def main():\n    return time.time()  #\nmain()"),
    "table": (CLOCK, "d = {'t': time.time()}  #\nprint(d)"),
    "date": (CLOCK, "d = datetime.datetime.now()  #\nprint(d.year, d)"),
    "progress": (CLOCK, "tqdm.write(str(time.time()))  #"),
    "log": (CLOCK, "logging.getLogger().info('took %.1f', time.time())  #"),
}

USED = {
    "list": (CLOCK, "ts = []\nts.append(time.time())  #\njson.dump(ts, file)"),
    "helper": (CLOCK, "def now():\n    return time.time()  #\njson.dump(now(), file)"),
    "handed on": (CLOCK, "def now():\n    return time.time()  #\nprint(now())\nfit(key=now)"),
    "decorated": (CLOCK, "@step\ndef now():\n    return time.time()  #\nprint(now())"),
    "both": (CLOCK, "m, s = divmod(time.time(), 60)  #\nprint(m)\nsave(s)"),
    "table": (CLOCK, "d = {'t': time.time()}  #\nprint(d)\njson.dump(d, file)"),
    "decides": (CLOCK, "if time.time() > 5:  #\n    print('slow')"),
    "file": (CLOCK, "print(time.time(), file=log)  #"),
    "attribute": (ENTROPY, "r = uuid.uuid4().hex  #\nprint(r)\nopen(r, 'w')"),
}

IMPORTS = "import datetime, json, logging, os, sys, tempfile, time, uuid\nfrom tqdm import tqdm\n"


def left_out(kind: ObservationKind, code: str) -> bool:
    source = IMPORTS + code
    line = next(number for number, text in enumerate(source.split("\n"), 1) if text.endswith("#"))
    seen = Observation(kind=kind, what="x()", file="t.py", line=line)
    return bool(harmless({"t.py": source}, [seen]))


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_only_shown_is_left_out(name: str) -> None:
    assert left_out(*SHOWN[name])


@pytest.mark.parametrize("name", USED)
def test_what_may_reach_an_output_is_not(name: str) -> None:
    assert not left_out(*USED[name])


@pytest.mark.parametrize(
    "call",
    [
        "datetime.now()",
        "np.datetime64('now')",
        "pd.Timestamp.now()",
        "pd.to_datetime('today')",
        "formatdate()",
        "os.getloadavg()",
    ],
)
def test_a_clock_that_no_process_reports_is_read_in_the_source(call: str) -> None:
    imports = "import os, json, numpy as np, pandas as pd\nfrom datetime import datetime\n"
    source = f"{imports}from email.utils import formatdate\nx = {call}\njson.dump(x, file)\n"
    assert [("t.py:4", "reads the clock")] == [
        (one.location, one.what.partition("` ")[2]) for one in unreported({"t.py": source})
    ]
    assert not unreported({"t.py": source.replace("json.dump(x, file)", "print(x)")})


@pytest.mark.parametrize("call", ["np.datetime64('2020-01-01')", "pd.to_datetime(column)"])
def test_a_time_that_is_written_down_reads_no_clock(call: str) -> None:
    assert not unreported({"t.py": f"import numpy as np, pandas as pd\nx = {call}\nsave(x)\n"})
