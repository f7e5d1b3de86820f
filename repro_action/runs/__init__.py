# SPDX-License-Identifier: Apache-2.0
"""One run: materials sealed, steps executed, products read, and what of it is kept in `.repro/`."""
