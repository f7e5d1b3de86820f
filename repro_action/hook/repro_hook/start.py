# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH100, PTH120 -- pathlib costs more than the whole hook
"""Seeds a step's generators when they are imported, and has a report written at its end.

Its folder leaves `sys.path` at once, so the program sees the path that it would see
without the hook. It stays in `PYTHONPATH`, because child processes are hooked too.

Every process starts from a seed of its own, or workers would draw the same numbers: a
forked one derives it from the order of the forks, one of multiprocessing or loky from its
name there. Plain child programs start from the run's seed, as they would by themselves.
"""

from __future__ import annotations

import atexit
import os
import sys

from repro_hook import ERRORS, LINEAGE, SEEDED, failed, seed, worker_name
from repro_hook.presence import ProcessStart

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing these takes as long as all the rest
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
"""What stands on PYTHONPATH."""
PRESENCE = ProcessStart()
FOLDER_OF_REPORTS = os.environ.get("REPRO_HOOK_DIR", "")
"""Taken at the start: the program may change its variables."""
UNTOUCHED: list[Callable[[], None]] = []
"""Each seeds a generator again, unless numbers were drawn from it or the program seeded it."""


def _guarded(name: str, action: Callable[[ModuleType], None], module: ModuleType) -> None:
    try:
        action(module)
    except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
        failed(name, error)


def _seed_random(module: ModuleType) -> None:
    # A program may have a file of its own by that name.
    if seed() is None or not hasattr(module, "_inst"):
        return
    module.seed(seed())
    # `random` takes a seed from the system in each forked child; this is called after that.
    os.register_at_fork(after_in_child=lambda: module.seed(seed()))
    SEEDED.append("random")
    fresh = module.getstate()
    UNTOUCHED.append(lambda: module.seed(seed()) if module.getstate() == fresh else None)


def _seed_numpy(module: ModuleType) -> None:
    if seed() is None:
        return
    module.seed(seed())
    SEEDED.append("numpy")

    def state() -> object:
        _, keys, position, *rest = module.get_state()
        return keys.tobytes(), position, rest

    fresh = state()
    UNTOUCHED.append(lambda: module.seed(seed()) if state() == fresh else None)


def _seed_torch(module: ModuleType) -> None:
    value = seed()
    if value is not None:
        module.manual_seed(value)
        module.use_deterministic_algorithms(True, warn_only=True)
        SEEDED.append("torch")


def _seed_tensorflow(module: ModuleType) -> None:
    # Keras needs nothing more: its own generators draw their seeds from `random`.
    value = seed()
    if value is not None:
        module.random.set_seed(value)
        SEEDED.append("tensorflow")
    if os.environ.get("REPRO_EIGEN_CACHES"):
        from repro_hook import eigen  # parses a library's table of symbols

        eigen.pin("libtensorflow_cc.")


def _follow_workers(module: ModuleType) -> None:
    """Let workers of multiprocessing and loky have their own seed, and a report: forks skip atexit."""

    def begin(_: object) -> None:
        module.Finalize(None, _report, exitpriority=0)
        # loky imports `random` before it gives the worker its name.
        for again in UNTOUCHED:
            again()

    module.register_after_fork(LINEAGE, begin)


ACTIONS: dict[str, Callable[[ModuleType], None]] = {
    "random": _seed_random,
    "numpy.random": _seed_numpy,
    "torch": _seed_torch,
    "tensorflow": _seed_tensorflow,
    "multiprocessing.util": _follow_workers,
}


def _find(
    name: str, path: object = None, target: ModuleType | None = None, *, leaving_out: object = None
) -> ModuleSpec | None:
    """Ask every finder but one, as the import system does."""
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = None if finder is leaving_out or find is None else find(name, path, target)
        if spec is not None:
            return spec
    return None


class _AfterImport:
    """A finder that finds nothing itself: it lets an action follow the import of a module."""

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in ACTIONS:
            return None
        spec = _find(name, path, target, leaving_out=self)
        if spec is not None:
            self._follow(spec)
        return spec

    def _follow(self, spec: ModuleSpec) -> None:
        """Shadow `exec_module` on the loader itself, so that the module keeps its own loader."""
        loader, name = spec.loader, spec.name
        execute = getattr(loader, "exec_module", None)
        if execute is None or isinstance(loader, type):
            ERRORS.append(f"{name}: its loader {loader!r} cannot be followed"[:500])
            return

        def execute_then_act(module: ModuleType) -> None:
            execute(module)
            if module.__name__ == name and name in ACTIONS:
                loader.__dict__.pop("exec_module", None)
                _guarded(name, ACTIONS.pop(name), module)

        try:
            # On the instance, and for one import only.
            loader.__dict__["exec_module"] = execute_then_act
        except (AttributeError, TypeError) as error:
            failed(name, error)


class _Observers:
    """Everything that looks on: each part by itself, so that one may fail without the others."""

    def __init__(self, root: str) -> None:
        from repro_hook.audit import Audit
        from repro_hook.clock import Clock
        from repro_hook.entropy import Entropy
        from repro_hook.events import AuditEvents

        self.audit = Audit(root, failed)
        policy = os.environ.get("REPRO_ENTROPY", "")
        self.entropy = Entropy(self.audit, policy, worker_name)
        self.events = AuditEvents(self.audit, self.entropy.device)
        clock = Clock(self.audit)
        begun = clock.monitor()
        for name, action in {**self.entropy.actions(), "numpy.random": self._follow_numpy}.items():
            _first(name, action)
        if begun is None:
            for name in clock.modules():
                _first(name, clock.stand_in)
        else:
            self.events.handlers["exec"] = begun
        os.register_at_fork(after_in_child=self._forked)
        replaced = self.events.handlers["os.exec"]

        def becomes_another(args: tuple[object, ...]) -> None:
            replaced(args)
            if not LINEAGE.path:
                _report(last=False)

        self.events.handlers["os.exec"] = becomes_another
        self.events.install()
        if os.environ.get("REPRO_HIDES_FILES"):
            from repro_hook.probes import stand_in

            stand_in(self.audit)

    def _follow_numpy(self, module: ModuleType) -> None:
        from repro_hook.numpy_random import NumpyEntropy  # costs nothing where NumPy is not used

        NumpyEntropy(self.entropy).stand_in(module)

    def _forked(self) -> None:
        self.audit.forget()
        self.entropy.forget()

    def observations(self, errors: list[str], *, last: bool) -> list[dict[str, object]]:
        """Return what was seen, and at last look on no longer: modules fall apart from here on."""
        if last:
            self.events.handlers.clear()
        return self.audit.observations(errors)


OBSERVERS: _Observers | None = None


def _first(name: str, action: Callable[[ModuleType], None]) -> None:
    """Have an action follow the import of a module, before any that follows it already."""
    after = ACTIONS.get(name)

    def both(module: ModuleType) -> None:
        _guarded(name, action, module)
        if after is not None:
            after(module)

    ACTIONS[name] = both


def _look_on() -> None:
    """Start the audit, and the trace of calls where one is asked for."""
    global OBSERVERS  # noqa: PLW0603 -- there is one for the process
    root = os.environ.get("REPRO_PROJECT_ROOT", "")
    try:
        # "off" is for measuring what the audit costs.
        if root and os.environ.get("REPRO_AUDIT") != "off":
            OBSERVERS = _Observers(root)
    except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
        failed("audit", error)
    try:
        if os.environ.get("REPRO_TRACE"):
            from repro_hook import trace

            trace.start()
    except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
        failed("trace", error)


def _report(*, last: bool = True) -> None:
    if not FOLDER_OF_REPORTS:
        return
    try:
        from repro_hook import report

        seen = OBSERVERS.observations(ERRORS, last=last) if OBSERVERS else []
        report.write(FOLDER_OF_REPORTS, LINEAGE.path, SEEDED, ERRORS, seen, PRESENCE)
    except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
        failed("report", error)


def _follow_exit() -> None:
    """Report in `os._exit` too, which leaves out what is registered; a fork's is its parent's affair."""
    from repro_hook.entropy import Standin

    leave = os._exit

    class Exit(Standin):
        def __call__(self, *args: object, **kwargs: object) -> object:
            if not LINEAGE.path:
                _report()
            return self.original(*args, **kwargs)

    setattr(os, "_exit", Exit(leave, "os"))  # noqa: B010 -- a function of the standard library


def _chain() -> None:
    """Run the `sitecustomize` that stands further down the path, as if ours were not there."""
    spec = _find("sitecustomize")
    if spec is None or spec.loader is None:
        return
    from importlib.util import module_from_spec

    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


def start() -> None:
    """Install the hook, then hand over to the next `sitecustomize`, whose errors stay its own."""
    if FOLDER_OF_REPORTS:
        PRESENCE.announce(FOLDER_OF_REPORTS)
    if os.environ.get("REPRO_DISTURB"):
        from repro_hook import disturb

        disturb.start()
    _look_on()
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") != FOLDER]
    try:
        os.register_at_fork(before=LINEAGE.forking, after_in_child=LINEAGE.forked)
        for name in [name for name in ACTIONS if name in sys.modules]:
            _guarded(name, ACTIONS.pop(name), sys.modules[name])
        if os.environ.get("REPRO_CAP_THREADS"):
            from repro_hook import cap

            for name, action in cap.actions().items():
                _first(name, action)
        sys.meta_path.insert(0, _AfterImport())
        atexit.register(_report)
        _follow_exit()
    except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
        failed("start", error)
    _chain()
