# SPDX-License-Identifier: Apache-2.0
"""What checks a pack, with nothing but the standard library of Python 3.10 or later; packs bring a copy."""
