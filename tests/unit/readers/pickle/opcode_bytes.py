# SPDX-License-Identifier: Apache-2.0
"""Opcodes and arguments of pickles as bytes, for pickles that no pickler writes."""

import struct


def u8(value):
    return struct.pack("<Q", value)


def u4(value):
    return struct.pack("<I", value)


def text(value):
    return b"X" + u4(len(value)) + value


def named(module, name):
    return f"c{module}\n{name}\n".encode()
