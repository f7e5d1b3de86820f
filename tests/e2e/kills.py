"""Ends `repro` at a chosen moment, and looks at what is left: files, processes, and the next command."""

import json
import os
import random
import signal
import subprocess
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from e2e.project import command, copy, environment, repro
from work import HANG, eventually

from repro_action.codec.baseline import load
from repro_action.errors import BaselineError

TINY = Path(__file__).parent / "tiny"
MARKER = "REPRO_TEST_MARKER"
NOTES, PRECIOUS = "extra/notes.txt", "six months of notes\n"
"""A file that somebody keeps in an output folder."""
GONE_WITHIN = 60.0
"""Seconds after a kill in which no process of the run may be left."""

# A process in a session of its own, as data loaders have them: the hardest to find again.
_HELPER = """\
import atexit
import subprocess

_helper = subprocess.Popen(["sleep", "600"], start_new_session=True)
atexit.register(_helper.wait)
atexit.register(_helper.kill)

"""


@dataclass(frozen=True)
class Subject:
    """A copy of the tiny project with two known states of its materials.

    Attributes:
        root: the project.
        marker: value of `MARKER` in the environment of every process of this project.
        baselines: ridge → the baseline that `accept` writes for it.
        seconds: command → how long it last took undisturbed, since other work slows a machine.
    """

    root: Path
    marker: str
    baselines: dict[int, bytes]
    seconds: dict[str, float]

    @property
    def baseline(self) -> Path:
        return self.root / "repro.baseline.json"

    def repro(self, *arguments: str):
        started = time.monotonic()
        ended = repro(self.root, *arguments, **{MARKER: self.marker})
        if ended.status in {0, 1, 3}:
            self.seconds[arguments[0]] = time.monotonic() - started
        return ended

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            command(*arguments),
            cwd=self.root,
            env=environment(**{MARKER: self.marker}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def set(self, ridge: int) -> None:
        """Change a parameter; the file keeps its size, so that only its content tells."""
        (self.root / "params.toml").write_text(
            f'ridge = {ridge}\nseed = 5\nfeatures = ["x1", "x2", "x3"]\n\n[split]\ntest_fraction = 0.25\n'
        )

    def accepted(self, ridge: int) -> None:
        self.baseline.write_bytes(self.baselines[ridge])


@dataclass
class Tally:
    """What many kills came to.

    Attributes:
        kills: command → how many kills hit it while it ran.
        late: command → how many came after its end.
        outcomes: what the next commands did → how often.
        troubles: one line for each broken promise; the kill that shows it stands in it.
        grown: path, with random parts starred → files that were not there before the kills.
    """

    kills: Counter = field(default_factory=Counter)
    late: Counter = field(default_factory=Counter)
    outcomes: Counter = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    grown: dict[str, int] = field(default_factory=dict)


def subject(root: Path) -> Subject:
    """Copy the tiny project, and learn both baselines and how long its commands take."""
    copy(TINY, root)
    marker = uuid.uuid4().hex
    config = root / "repro.toml"
    text = config.read_text()
    text = text.replace("[[steps]]\n", f'[[steps]]\nenv = {{ {MARKER} = "{marker}" }}\n')
    config.write_text(text.replace('"out/model.pkl", ', '"out/model.pkl", "extra", '))
    (root / "extra").mkdir()
    (root / NOTES).write_text(PRECIOUS)
    train = root / "train.py"
    text = train.read_text().replace(
        '    Path("out").mkdir', '    Path("extra").mkdir()\n    Path("out").mkdir'
    )
    first, rest = text.split("import pickle", 1)
    train.write_text(f"{first}{_HELPER}import pickle{rest}")
    made = Subject(root, marker, {}, {})
    for ridge in (2, 1):
        made.set(ridge)
        for name, expected in (("verify", {0, 1, 3}), ("accept", {0})):
            ended = made.repro(name)
            assert ended.status in expected, ended
        made.baselines[ridge] = made.baseline.read_bytes()
    assert made.baselines[1] != made.baselines[2]
    return made


def marked(marker: str) -> list[str]:
    """Return the command lines of living processes that have a marker in their environment."""
    wanted, found = f"{MARKER}={marker}".encode(), []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if wanted in (entry / "environ").read_bytes():
                    found.append(
                        (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    )
            except OSError:
                continue
    return found


def gone(marker: str, within: float = GONE_WITHIN) -> list[str]:
    """Wait until no marked process is left; returns those that stay."""
    eventually(lambda: not marked(marker), within=within)
    return marked(marker)


def end_at(process: subprocess.Popen, seconds: float, number: int = signal.SIGKILL):
    """Send a signal after some time; returns status, both streams, and whether it still ran."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
    out, err = process.communicate(timeout=HANG)
    return process.returncode, out.decode(), err.decode()


def end_while_writing(subject: Subject, process: subprocess.Popen, seconds: float) -> tuple[int, str, str]:
    """Kill `accept` so many seconds after its half-written baseline appears."""
    state = str(subject.root / ".repro")
    earlier = set(os.listdir(state))  # noqa: PTH208  # as below
    while process.poll() is None:
        new = set(os.listdir(state)) - earlier  # noqa: PTH208  # pathlib would be too slow for this
        if any(name.startswith(".repro.baseline.json.") for name in new):
            return end_at(process, seconds)
    return end_at(process, 0)


def whole(subject: Subject) -> int | None:
    """Return which known baseline stands there, byte for byte; None if it is neither."""
    data = subject.baseline.read_bytes()
    try:
        load(data.decode())
    except (BaselineError, UnicodeDecodeError):
        return None
    return next((ridge for ridge, value in subject.baselines.items() if value == data), None)


def kill_verify(subject: Subject, rng: random.Random, tally: Tally) -> None:
    """Kill a verification of ridge 2 beside the baseline of ridge 1, then go on with either."""
    subject.accepted(1)
    subject.set(2)
    at = rng.uniform(0, subject.seconds["verify"])
    status, _, _ = end_at(subject.start("verify"), at)
    _count(tally, "verify", status)
    here = f"verify killed at {at:.3f} s"
    _expect(tally, here, "a process is left", [], gone(subject.marker))
    _expect(tally, here, "the baseline changed", 1, whole(subject))
    stays = rng.random() < 0.5
    subject.set(2 if stays else 1)
    accepted = subject.repro("accept")
    _expect(tally, here, "accept shows a traceback", False, "Traceback" in accepted.err)
    _expect(tally, here, "the file that somebody keeps", PRECIOUS, _notes(subject))
    done = accepted.status == 0
    present = 2 if stays else 1
    # Killed early, an older run of the present materials may still be there, and it is complete.
    _expect(tally, here, "accept's status", True, accepted.status in {0, 2})
    _expect(tally, here, "the baseline after accept", present if done else 1, whole(subject))
    tally.outcomes[f"accept after a killed verify: {'a complete run' if done else 'refused'}"] += 1
    verdict = "changed" if stays and not done else "reproduced"
    _verify(tally, here, subject, verdict, ["params.toml: ridge"] if verdict == "changed" else [])


def kill_accept(subject: Subject, rng: random.Random, tally: Tally, *, writing: bool) -> None:
    """Kill an acceptance of ridge 2 over the baseline of ridge 1; the candidate of ridge 2 is there."""
    subject.accepted(1)
    process = subject.start("accept")
    if writing:
        at = rng.uniform(0, 0.004)
        status, _, _ = end_while_writing(subject, process, at)
    else:
        at = rng.uniform(0, subject.seconds["accept"])
        status, _, _ = end_at(process, at)
    name = "accept while it writes" if writing else "accept"
    _count(tally, name, status)
    here = f"{name} killed at {at:.4f} s"
    _expect(tally, here, "a process is left", [], gone(subject.marker))
    state = whole(subject)
    _expect(tally, here, "the baseline is neither old nor new", True, state in {1, 2})
    tally.outcomes[f"baseline after a killed {name}: {'old' if state == 1 else 'new'}"] += 1
    again = subject.repro("accept")
    _expect(tally, here, "the next accept", (0, 2), (again.status, whole(subject)))
    _verify(tally, here, subject, "reproduced", [])


def _verify(tally: Tally, here: str, subject: Subject, verdict: str, causes: list[str]) -> None:
    """Verify without cleaning up, and hold the report to what this run alone can say."""
    ended = subject.repro("verify", "--json", "-q")
    expected = {"reproduced": 0, "changed": 1}[verdict]
    _expect(tally, here, "the next verify's status", expected, ended.status)
    if ended.status != expected:
        tally.troubles.append(f"{here}: {ended.out[:300]} {ended.err[-600:]}")
        return
    _expect(tally, here, "the file that somebody keeps", PRECIOUS, _notes(subject))
    report = ended.json
    _expect(tally, here, "the next verdict", verdict, report["verdict"])
    named = [one["name"] for one in report["claim"]["materials"]]
    _expect(tally, here, "changed materials", causes, named)
    states = {step["state"] for step in report["steps"]}
    _expect(tally, here, "steps of the next run", {"ran"}, states)
    _expect(tally, here, "the report kept", report["fingerprint"], _kept(subject))
    tally.outcomes[f"verify after it: {verdict}"] += 1


def _notes(subject: Subject) -> str:
    path = subject.root / NOTES
    return path.read_text() if path.is_file() else ""


def _kept(subject: Subject) -> str:
    return json.loads((subject.root / ".repro" / "report.json").read_text())["fingerprint"]


def _count(tally: Tally, name: str, status: int) -> None:
    (tally.kills if status == -signal.SIGKILL else tally.late)[name] += 1


def _expect(tally: Tally, here: str, what: str, expected, actual) -> None:
    if expected != actual:
        tally.troubles.append(f"{here}: {what}: expected {expected!r}, found {actual!r}")


def files(root: Path) -> set[str]:
    """Return every file of a project, hidden ones too, relative to it."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


def kill_many(root: Path, count: int, seed: int) -> Tally:
    """Kill `count` commands: half `verify`, half `accept`, of those every other one while it writes.

    A command that ends before its moment comes does not count, and another one is started.
    """
    rng, tally = random.Random(seed), Tally()
    made = subject(root)
    made.set(2)
    before = files(root)
    for _ in range(3 * count):
        number = sum(tally.kills.values())
        if number == count:
            break
        if number % 2 == 0:
            kill_verify(made, rng, tally)
            made.set(2)
            made.repro("verify", "-q")
        else:
            kill_accept(made, rng, tally, writing=number % 4 == 3)
    runs = Counter(_starred(path) for path in files(root))
    counts = Counter(_starred(path) for path in before)
    tally.grown = {path: more for path in sorted(runs) if (more := runs[path] - counts[path]) > 0}
    return tally


def _starred(path: str) -> str:
    parts = list(Path(path).parts)
    if parts[:2] == [".repro", "runs"]:
        parts[2] = "RUN"
        return "/".join(parts[:3])
    if parts[:2] == [".repro", "products"]:
        parts[2] = "HEX"
    if parts[-1].endswith(".tmp"):
        parts[-1] = parts[-1].rsplit(".", 2)[0] + ".*.tmp"
    return "/".join(parts)
