# SPDX-License-Identifier: Apache-2.0
"""Tables by column: CSV, Arrow, Excel, SQLite."""
