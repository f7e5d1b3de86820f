"""What a step sees of its surroundings, as a program of its own that writes JSON."""

import datetime as dt
import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path

here = Path(sys.argv[1])
started = time.monotonic()
time.sleep(0.01)
slept = 0.005 < time.monotonic() - started < 3600
listing = f"import os; print(os.listdir({str(here)!r}))"
child = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
# What libfaketime adds holds the number of the process.
variables = {
    name: value for name, value in os.environ.items() if not name.startswith(("REPRO_", "FAKETIME_SH"))
}
new_year = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
seen = {
    "hash": hash("text"),
    "environ": variables,
    "umask": os.umask(0),
    "host": os.uname().nodename,
    "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0,
    "told": os.cpu_count(),
    "switch": sys.getswitchinterval(),
    "gc": [
        gc.isenabled(),
        list(gc.get_threshold()),
        gc.get_freeze_count() > 1000,
    ],  # Python 3.12 freezes some hundred objects when it starts
    "hour": new_year.astimezone().hour,
    "day": time.strftime("%Y-%m-%d"),
    "slept": slept,
    "listdir": os.listdir(here),  # noqa: PTH208 -- one of the ways to list
    "scandir": [entry.name for entry in os.scandir(here)],
    "glob": [path.name for path in here.glob("*")],
    "iterdir": [path.name for path in here.iterdir()],
    "walk": [name for _, _, files in os.walk(here) for name in files],
    "child": child.stdout,
    "personality": Path("/proc/self/personality").read_text().strip() if sys.platform == "linux" else "",
    "user": os.getuid(),
}
sys.stdout.write(json.dumps(seen))
