# SPDX-License-Identifier: Apache-2.0
"""Gives a program no more threads than the profile has, where it asks a library for a number of its own.

REPRO_CAP_THREADS is that number. What is asked of OpenMP (LightGBM, XGBoost, implicit, faiss) is
bounded by its own variable, OMP_THREAD_LIMIT. What the program starts by itself is left alone:
threads that wait for each other would wait for ever.
"""

from __future__ import annotations

import os

from repro_hook import CAPPED
from repro_hook.entropy import Standin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

METHODS = {
    # module → class, method, parameter
    "gensim.models.word2vec": ("Word2Vec", "__init__", "workers"),
    "gensim.models.ldamulticore": ("LdaMulticore", "__init__", "workers"),
    "optuna.study.study": ("Study", "optimize", "n_jobs"),
}


def limit() -> int:
    """Return how many threads a program may ask for; 0 for any number."""
    text = os.environ.get("REPRO_CAP_THREADS", "")
    return int(text) if text.isdigit() and len(text) < 6 else 0


def capped(library: str, requested: object) -> object:
    """Return a number of threads that is asked for, or the limit; negative ones mean all cores."""
    most = limit()
    if not isinstance(requested, int) or isinstance(requested, bool) or not most or 1 <= requested <= most:
        return requested
    CAPPED[library] = (
        requested if requested < 1 or CAPPED.get(library, 0) < 0 else max(requested, CAPPED.get(library, 0))
    )
    return most


def actions() -> dict[str, Callable[[ModuleType], None]]:
    """Return what is to follow the import of which module; nothing where nothing is capped."""
    if not limit():
        return {}
    return {"joblib._parallel_backends": _joblib, "torch": _torch, **dict.fromkeys(METHODS, _method)}


def _joblib(module: ModuleType) -> None:
    """Bound what each backend makes of `n_jobs`: scikit-learn asks joblib too."""
    for kind in list(vars(module).values()):
        own = vars(kind).get("effective_n_jobs") if isinstance(kind, type) else None
        if own is not None:
            setattr(kind, "effective_n_jobs", _effective(own))  # noqa: B010 -- of a library


def _effective(original: Callable[..., object]) -> Callable[..., object]:
    def effective_n_jobs(self: object, *args: object, **kwargs: object) -> object:
        return capped("joblib", original(self, *args, **kwargs))

    effective_n_jobs.__doc__ = original.__doc__
    effective_n_jobs.__dict__["__wrapped__"] = original
    return effective_n_jobs


def _torch(module: ModuleType) -> None:
    original = getattr(module, "set_num_threads", None)
    if original is None:
        return

    class SetThreads(Standin):
        def __call__(self, *args: object, **kwargs: object) -> object:
            return self.original(*(capped("torch", one) for one in args), **kwargs)

    module.__dict__["set_num_threads"] = SetThreads(original, "torch")


def _method(module: ModuleType) -> None:
    name, method, parameter = METHODS[module.__name__]
    kind = getattr(module, name, None)
    original = getattr(kind, method, None)
    if kind is None or original is None:
        return
    from inspect import signature

    shape, library = signature(original), module.__name__.partition(".")[0]

    def bounded(*args: object, **kwargs: object) -> object:
        try:
            bound = shape.bind(*args, **kwargs)
            bound.apply_defaults()
            if parameter in bound.arguments:
                bound.arguments[parameter] = capped(library, bound.arguments[parameter])
        except TypeError:  # the library says it better
            return original(*args, **kwargs)
        return original(*bound.args, **bound.kwargs)

    bounded.__name__, bounded.__qualname__, bounded.__doc__ = method, original.__qualname__, original.__doc__
    bounded.__dict__["__wrapped__"] = original
    setattr(kind, method, bounded)
