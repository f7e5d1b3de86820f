# SPDX-License-Identifier: Apache-2.0
"""A multilayer perceptron in JAX, compiled by XLA; its keys are explicit."""

import sys

import jax
import jax.numpy as jnp
import numpy as np


def main(out):
    source = np.random.RandomState(7)
    features = jnp.asarray(source.uniform(-1, 1, (512, 40)).astype(np.float32))
    labels = jnp.asarray(source.randint(0, 4, 512))
    first, second = jax.random.split(jax.random.key(0))
    weights = {
        "hidden": jax.random.normal(first, (40, 256)) * 0.1,
        "head": jax.random.normal(second, (256, 4)) * 0.1,
    }

    def loss(weights, batch, target):
        logits = jnp.tanh(batch @ weights["hidden"]) @ weights["head"]
        return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(len(target)), target])

    @jax.jit
    def step(weights, batch, target):
        gradients = jax.grad(loss)(weights, batch, target)
        return jax.tree.map(lambda weight, gradient: weight - 0.1 * gradient, weights, gradients)

    for _ in range(4):
        for start in range(0, 512, 128):
            weights = step(weights, features[start : start + 128], labels[start : start + 128])
    np.savez(out, **{name: np.asarray(value) for name, value in weights.items()})


if __name__ == "__main__":
    main(sys.argv[1])
