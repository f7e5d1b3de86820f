# SPDX-License-Identifier: Apache-2.0
"""Time zone, locale, language, dates in files, and how Matplotlib draws."""

from __future__ import annotations

from repro_action.determinism.knob import PINNED, Knob, KnobCheck, Library

_LC_CTYPE = {"Linux": 0, "Darwin": 2}  # of locale.h; the category that Python itself sets at its start


def _locale(system: str, value: str, pins: str) -> Knob:
    return Knob(
        variable="LC_ALL",
        value=value,
        pins=pins,
        profiles=PINNED,
        systems=(system,),
        source="POSIX",
        url="https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html",
        checks=(
            KnobCheck(
                fact=f"posix.locale_{system.lower()}",
                accepted=(value,),
                reason="The program sets another locale, or the machine does not have this one.",
            ),
        ),
    )


POSIX = Library(
    key="posix",
    name="POSIX",
    asks={
        "time_zone": (("time", "tzname"),),
        **{
            f"locale_{system.lower()}": (("_locale", "setlocale", (category,)),)
            for system, category in _LC_CTYPE.items()
        },
    },
    knobs=(
        Knob(
            variable="TZ",
            value="UTC",
            pins="local time",
            profiles=PINNED,
            source="POSIX",
            url="https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html",
            checks=(KnobCheck(fact="posix.time_zone", accepted=("UTC",)),),
        ),
        _locale("Linux", "C.UTF-8", "collation, numbers and encoding"),
        _locale("Darwin", "en_US.UTF-8", "collation, numbers and encoding; not every macOS has C.UTF-8"),
    ),
)
GETTEXT = Library(
    key="gettext",
    name="GNU gettext",
    knobs=(
        Knob(
            variable="LANGUAGE",
            value="C",
            pins="messages",
            profiles=PINNED,
            source="GNU gettext",
            url="https://www.gnu.org/software/gettext/manual/html_node/The-LANGUAGE-variable.html",
            unconfirmable="it is read for each message, and nothing returns what was read",
        ),
    ),
)
DATES = Library(
    key="dates",
    name="reproducible-builds.org",
    knobs=(
        Knob(
            variable="SOURCE_DATE_EPOCH",
            value="315532800",  # 1980-01-01, the first day that a zip member can carry
            pins="dates that tools write into files",
            profiles=PINNED,
            source="reproducible-builds.org, specification",
            url="https://reproducible-builds.org/specs/source-date-epoch/",
            unconfirmable="it is a convention that each tool may or may not follow",
        ),
    ),
)
MATPLOTLIB = Library(
    key="matplotlib",
    name="Matplotlib",
    # `get_backend` chooses one where none is set, and imports it.
    asks={"backend": (("matplotlib", "rcParams", "_get", ("backend",)),)},
    knobs=(
        Knob(
            variable="MPLBACKEND",
            value="Agg",
            pins="how Matplotlib draws, with or without a screen",
            profiles=PINNED,
            source="Matplotlib, backends",
            url="https://matplotlib.org/stable/users/explain/figure/backends.html",
            checks=(
                # In a notebook it is ipykernel's, which draws by Agg.
                KnobCheck(
                    fact="matplotlib.backend",
                    accepted=("agg", "inline", "module://matplotlib_inline.backend_inline"),
                    expected="agg",
                ),
            ),
        ),
    ),
)
