# SPDX-License-Identifier: Apache-2.0
"""The fuzzer of readers with its changes chosen by coverage: `python -m bench.fuzz --atheris --seconds 3600`.

The laws, seeds and oracle are those of `bench.fuzz`; atheris (libFuzzer) keeps each file that reaches a
branch of a reader that none reached before, and changes it further. One process a format, one after another.
atheris is no dependency: `uv pip install atheris`, into an environment of its own.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import pkgutil
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path

MISSING = (
    "atheris is not installed: `uv pip install atheris` into an environment of its own (Linux, CPython 3.11+)"
)
_MEMORY = 128 << 20
"""Bytes of files whose trees one process remembers."""
_STEP = re.compile(r"#(\d+)\s+\S+\s+cov: (\d+) ft: (\d+)")


def guided(seconds: float, seed: int, formats: Collection[str] = ()) -> int:
    """Share the seconds between the formats, and print a line of figures for each.

    Returns:
        The exit status: 1 where a law was broken, 2 without atheris.
    """
    if importlib.util.find_spec("atheris") is None:
        print(MISSING, file=sys.stderr)
        return 2
    from bench.fuzz_seeds import seeds, written

    suffixes = sorted({name.rpartition(".")[2] for name in seeds() | written()})
    chosen = [suffix for suffix in suffixes if not formats or suffix in formats]
    print(
        "format|executions|coverage|features|readable|pairs of one tree|loaded|slowest (s)|faults", flush=True
    )
    faults = 0
    for suffix in chosen:
        with tempfile.TemporaryDirectory() as folder:
            figures, found = _child(suffix, seconds / len(chosen), seed, Path(folder))
        print("|".join(str(figures.get(key, "")) for key in _COLUMNS) + f"|{len(found)}", flush=True)
        faults += len(found)
        for fault in found:
            print("    " + fault, flush=True)
    return 1 if faults else 0


_COLUMNS = ("format", "executions", "coverage", "features", "readable", "equal", "compared", "slowest")


def _child(suffix: str, seconds: float, seed: int, folder: Path) -> tuple[dict[str, object], list[str]]:
    """Fuzz one format in a process of its own; a reader that takes the process down is started again."""
    end, total, found = time.monotonic() + seconds, dict[str, float](), list[str]()
    while (left := int(end - time.monotonic())) > 0 and len(found) < 20:
        command = [sys.executable, "-m", "bench.fuzz_atheris", suffix, str(left), str(seed), str(folder)]
        with (folder / "log").open("w") as log:
            child = subprocess.Popen(command, stderr=log, stdout=log, start_new_session=True)
            status = child.wait()
            os.killpg(child.pid, signal.SIGKILL) if _alive(child.pid) else None
        figures = _read(folder / "figures.json")
        steps = _STEP.findall((folder / "log").read_text(errors="replace"))
        executions, coverage, features = map(int, steps[-1] if steps else (0, 0, 0))
        for key, value in {**figures.pop("counts", {}), "executions": executions}.items():
            total[key] = total.get(key, 0) + value
        for key, value in {"coverage": coverage, "features": features, **figures.pop("most", {})}.items():
            total[key] = max(total.get(key, 0), value)
        found += figures.pop("faults", [])
        for crash in sorted(folder.glob("*-*")):
            found.append(f"{crash.name.partition('-')[0]}: {crash.read_bytes().hex()}")
            crash.unlink()
        if status and not executions:
            found.append(f"did not start: {(folder / 'log').read_text(errors='replace')[-1000:]}")
            break
        seed += 1
    return {"format": suffix, **total}, list(dict.fromkeys(found))


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _read(path: Path) -> dict[str, object]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _modules(package: str) -> Iterator[str]:
    paths = importlib.import_module(package).__path__
    for module in pkgutil.walk_packages(paths, package + "."):
        yield module.name


def one(suffix: str, seconds: int, seed: int, folder: Path) -> None:
    """Fuzz one format in this process; does not return."""
    import atheris

    with atheris.instrument_imports(include=["repro_action.readers"]):
        for name in _modules("repro_action.readers"):
            importlib.import_module(name)
    from bench.fuzz import Figures, fixed, mutate, one_file
    from bench.fuzz_oracle import Oracle
    from bench.fuzz_seeds import seeds, written

    corpus = seeds() | written()
    others = list(corpus.values())
    chosen = {name: data for name, data in corpus.items() if name.rpartition(".")[2] == suffix}
    name, largest = min(chosen), 2 * max(map(len, chosen.values()))
    figures, oracle, known = Figures(), Oracle(), {}
    kinds: dict[str, str] = {}
    state = {"written": 0.0, "bytes": 0}

    readable = list(chosen.values())

    def attempt(data: bytes) -> None:
        before = len(known)
        for fault in one_file(name, data, figures, (known, oracle)):
            kind = re.sub(r"[0-9a-f]{8,}|\d+", "#", fault)[:120]
            kinds.setdefault(kind, f"{name}: {fault}: {data.hex()}")
            state["written"] = 0.0
        if len(known) > before:
            if len(readable) < 500:
                readable.append(data)
            else:
                readable[len(data) * 7919 % 500] = data
        state["bytes"] += len(data)
        if state["bytes"] > _MEMORY:
            known.clear()
            state["bytes"] = 0
        if time.monotonic() > state["written"] + 1:
            state["written"] = time.monotonic()
            counts = {key: getattr(figures, key) for key in ("files", "readable", "equal", "compared")}
            text = {
                "counts": counts,
                "most": {"slowest": round(figures.slowest, 2)},
                "faults": list(kinds.values()),
            }
            (folder / "figures.json").write_text(json.dumps(text))

    def mutated(data: bytes, most: int, number: int) -> bytes:
        chance = random.Random(number)
        if (
            chance.random() < 0.4
        ):  # what broke early is most of what coverage keeps; two trees need sound files
            made = mutate(chance.choice(readable), others, chance)
        else:
            made = atheris.Mutate(data, most) if chance.random() < 0.6 else mutate(data, others, chance)
        return fixed(name, made)[:most]

    files = folder / "corpus"
    files.mkdir(exist_ok=True)
    for at, data in enumerate(chosen.values()):
        (files / f"seed{at}").write_bytes(data)
    options = [f"-max_total_time={seconds}", f"-seed={seed + 1}", f"-max_len={largest}", "-timeout=60"]
    options += [
        "-rss_limit_mb=3000",
        "-report_slow_units=100000",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
        "-len_control=0",
    ]
    atheris.Setup([sys.argv[0], *options, str(files)], attempt, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    one(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
