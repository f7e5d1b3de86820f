# SPDX-License-Identifier: Apache-2.0
"""A folder of spaCy."""

from __future__ import annotations

import numpy as np
from driver import main, second, writes


@writes("spacy", "pipeline")
def _(path, change):
    import spacy
    from spacy.training import Example

    spacy.util.fix_random_seed(0)
    nlp = spacy.blank("en")
    model = {
        "@architectures": "spacy.TextCatBOW.v3",
        "exclusive_classes": True,
        "length": 16,
        "ngram_size": 1,
        "no_output_layer": False,
    }
    pipe = nlp.add_pipe("textcat", config={"model": model})
    texts = {"good day": {"A": 1.0, "B": 0.0}, "bad night": {"A": 0.0, "B": 1.0}}
    examples = [Example.from_dict(nlp.make_doc(text), {"cats": cats}) for text, cats in texts.items()]
    nlp.initialize(lambda: examples)
    optimizer = nlp.create_optimizer()
    for _ in range(3):
        nlp.update(examples, sgd=optimizer)
    if change:
        layer = next(node for node in pipe.model.walk() if node.has_param("W"))
        weights = layer.get_param("W").copy()
        weights.flat[0] = np.nextafter(weights.flat[0], np.float32(9))
        layer.set_param("W", weights)
    # Thousands of exceptions of the language, which would make the files large.
    nlp.tokenizer.rules = {}
    # What `spacy train` adds.
    nlp.meta["performance"] = {"cats_score": 1.0, "speed": 4000.5 if second() else 3999.25}
    nlp.to_disk(path)


if __name__ == "__main__":
    main()
