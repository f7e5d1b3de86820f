# SPDX-License-Identifier: Apache-2.0
"""One model of Python source: parsed, never executed."""
