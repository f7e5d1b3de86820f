# SPDX-License-Identifier: Apache-2.0
"""Files of arrays by name: NumPy, safetensors, GGUF."""
