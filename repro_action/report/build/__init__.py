# SPDX-License-Identifier: Apache-2.0
"""From a finished run to its report: what every renderer shows is worked out here, once."""
