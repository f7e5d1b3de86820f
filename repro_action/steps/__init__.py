# SPDX-License-Identifier: Apache-2.0
"""Steps: their order (`graph`), their inputs, running them (`execute`), not running them (`reuse`)."""
