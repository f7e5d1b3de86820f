# SPDX-License-Identifier: Apache-2.0
"""Runs of repro in Weights & Biases, or in a folder that `wandb sync` uploads."""
