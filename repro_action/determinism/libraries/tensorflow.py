# SPDX-License-Identifier: Apache-2.0
"""TensorFlow: deterministic kernels, whether it uses oneDNN, and threads."""

from __future__ import annotations

from repro_action.determinism.knob import PINNED, PORTABLE, THREADS, Knob, KnobCheck, Library, Needs

NEEDS = Needs(name="tensorflow", at_least=(2,), also=("tensorflow-cpu",))
_SOURCES = "https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core"

LIBRARY = Library(
    key="tensorflow",
    name="TensorFlow",
    asks={
        "version": (("tensorflow", "__version__"),),
        "deterministic": (("tensorflow.python.framework.config", "is_op_determinism_enabled", ()),),
        "onednn": (("tensorflow.python.util._pywrap_util_port", "IsMklEnabled", ()),),
        "intra": (("tensorflow", "config", "threading", "get_intra_op_parallelism_threads", ()),),
        "inter": (("tensorflow", "config", "threading", "get_inter_op_parallelism_threads", ()),),
    },
    knobs=(
        Knob(
            variable="TF_DETERMINISTIC_OPS",
            value="1",
            pins="TensorFlow's choice among kernels",
            profiles=PINNED,
            source="TensorFlow, tf.config.experimental.enable_op_determinism",
            url="https://www.tensorflow.org/api_docs/python/tf/config/experimental/enable_op_determinism",
            checks=(KnobCheck(fact="tensorflow.deterministic", accepted=("1",)),),
            cost="not measured",
        ),
        Knob(
            variable="TF_ENABLE_ONEDNN_OPTS",
            value="0",
            pins="whether TensorFlow uses oneDNN, which it decides by CPU",
            profiles=PORTABLE,
            needs=NEEDS,
            source="TensorFlow, tensorflow/core/util/util.cc",
            url=f"{_SOURCES}/util/util.cc",
            checks=(KnobCheck(fact="tensorflow.onednn", accepted=("0",)),),
            cost="not measured",
        ),
        *(
            Knob(
                variable=variable,
                value="{threads}",
                pins=THREADS,
                profiles=PINNED,
                needs=NEEDS,
                source="TensorFlow, tensorflow/core/common_runtime/process_util.cc",
                url=f"{_SOURCES}/common_runtime/process_util.cc",
                checks=(KnobCheck(fact=f"tensorflow.{fact}", accepted=("{threads}",), silent=("0",)),),
                unconfirmable="TensorFlow reports only a number that the program itself sets",
            )
            for variable, fact in (("TF_NUM_INTRAOP_THREADS", "intra"), ("TF_NUM_INTEROP_THREADS", "inter"))
        ),
    ),
)
