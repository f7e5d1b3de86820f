# SPDX-License-Identifier: Apache-2.0
"""One short file a command: `configure` adds its options, `execute` runs it."""
