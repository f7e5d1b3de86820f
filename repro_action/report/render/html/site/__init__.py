# SPDX-License-Identifier: Apache-2.0
"""A site of all models: pages and badges that load nothing, with relative links; no script is needed."""
