"""Users, and what is left of the rate limit."""

from __future__ import annotations

import copy

from loopback.answers import Answer, Refused, error, not_found
from loopback.calls import Call, serves


@serves("users/get-authenticated")
def _get_me(call: Call) -> Answer:
    if call.token.installation:
        raise Refused(error(403, "Resource not accessible by integration"))
    return Answer(200, call.bodies.account(call.token.user))


@serves("users/get-by-username")
def _get_user(call: Call) -> Answer:
    if call.path["username"] not in call.state.users:
        raise not_found()
    return Answer(200, call.bodies.account(call.path["username"]))


@serves("rate-limit/get")
def _get_rate_limit(call: Call) -> Answer:
    return Answer(200, copy.deepcopy(call.bodies.examples["rate-limit-overview"]["value"]))
