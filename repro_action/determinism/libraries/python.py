# SPDX-License-Identifier: Apache-2.0
"""Python itself: the seed of its hashes, asked by hashing a text and computing what must come out."""

from __future__ import annotations

from repro_action.determinism.knob import PINNED, Facts, Knob, KnobCheck, Library, Pinned

_TEXT = "repro"
_ROUNDS = {"siphash13": (1, 3), "siphash24": (2, 4)}
_MASK = 2**64 - 1


def _hash_of(pinned: Pinned, facts: Facts) -> tuple[str, ...]:
    rounds = _ROUNDS.get(str(facts.get("python.algorithm")))
    if rounds is None or facts.get("python.implementation") != "cpython":
        return ()
    return (str(text_hash(_TEXT.encode("ascii"), pinned.seed, *rounds)),)


def text_hash(data: bytes, seed: int, compress: int, finish: int) -> int:
    """Return what CPython's `hash` of an ASCII text is under a PYTHONHASHSEED.

    Source: PEP 456; SipHash of Aumasson and Bernstein, 2012; the key follows from the seed as
    `lcg_urandom` of CPython's bootstrap_hash.c has it.

    Args:
        data: the text, up to 7 bytes.
        seed: 0 to 2**32 - 1.
        compress: rounds of each block.
        finish: rounds at the end.
    """
    secret = _secret(seed, 16)
    low, high = (int.from_bytes(secret[start : start + 8], "little") for start in (0, 8))
    state = [
        low ^ 0x736F6D6570736575,
        high ^ 0x646F72616E646F6D,
        low ^ 0x6C7967656E657261,
        high ^ 0x7465646279746573,
    ]
    block = int.from_bytes(data, "little") | len(data) << 56
    state[3] ^= block
    for _ in range(compress):
        state = _round(*state)
    state[0] ^= block
    state[2] ^= 0xFF
    for _ in range(finish):
        state = _round(*state)
    found = state[0] ^ state[1] ^ state[2] ^ state[3]
    signed = found - 2**64 if found >= 2**63 else found
    return -2 if signed == -1 else signed


def _secret(seed: int, size: int) -> bytes:
    if seed == 0:
        return bytes(size)
    found = bytearray()
    for _ in range(size):
        seed = (seed * 214013 + 2531011) % 2**32
        found.append(seed >> 16 & 0xFF)
    return bytes(found)


def _rotated(word: int, bits: int) -> int:
    return (word << bits | word >> (64 - bits)) & _MASK


def _round(a: int, b: int, c: int, d: int) -> list[int]:
    a, c = (a + b) & _MASK, (c + d) & _MASK
    b, d = _rotated(b, 13) ^ a, _rotated(d, 16) ^ c
    a = _rotated(a, 32)
    c, a = (c + b) & _MASK, (a + d) & _MASK
    b, d = _rotated(b, 17) ^ c, _rotated(d, 21) ^ a
    return [a, b, _rotated(c, 32), d]


LIBRARY = Library(
    key="python",
    name="Python",
    asks={
        "hash": (("builtins", "hash", (_TEXT,)),),
        "algorithm": (("sys", "hash_info", "algorithm"),),
        "implementation": (("sys", "implementation", "name"),),
    },
    knobs=(
        Knob(
            variable="PYTHONHASHSEED",
            value="{seed}",
            pins="the order of sets of strings",
            profiles=PINNED,
            source="Python reference, command line and environment",
            url="https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHASHSEED",
            checks=(
                KnobCheck(
                    fact="python.hash",
                    compute=_hash_of,
                    expected="the hashes of seed {seed}",
                    reason="The step, or a process of it, set the variable itself.",
                ),
            ),
            unconfirmable="interpreters other than CPython hash differently",
        ),
    ),
)
