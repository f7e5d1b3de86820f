# SPDX-License-Identifier: Apache-2.0
"""What R saves: `saveRDS` and `save`."""
