# SPDX-License-Identifier: Apache-2.0
"""A small convolutional network in TensorFlow without Keras: variables, gradients, tf.function."""

import sys

import numpy as np
import tensorflow as tf


def main(out):
    source = np.random.RandomState(7)
    images = source.uniform(0, 1, (128, 16, 16, 3)).astype(np.float32)
    labels = source.randint(0, 4, 128)
    kernel = tf.Variable(tf.random.normal((3, 3, 3, 16), stddev=0.1))
    head = tf.Variable(tf.random.normal((16, 4), stddev=0.1))
    bias = tf.Variable(tf.zeros(4))

    @tf.function
    def step(batch, target):
        with tf.GradientTape() as tape:
            hidden = tf.nn.relu(tf.nn.conv2d(batch, kernel, 1, "SAME"))
            hidden = tf.nn.dropout(tf.reduce_mean(hidden, axis=(1, 2)), 0.1)
            logits = hidden @ head + bias
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=target, logits=logits)
            )
        for variable, gradient in zip(
            (kernel, head, bias), tape.gradient(loss, (kernel, head, bias)), strict=True
        ):
            variable.assign_sub(0.1 * gradient)

    data = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(128).batch(32).repeat(3)
    for batch, target in data:
        step(batch, target)
    np.savez(out, kernel=kernel.numpy(), head=head.numpy(), bias=bias.numpy())


if __name__ == "__main__":
    main(sys.argv[1])
