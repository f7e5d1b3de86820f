# SPDX-License-Identifier: Apache-2.0
"""How values are written and read: canonical JSON, the baseline, tables of parameters."""
