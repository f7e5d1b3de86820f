# SPDX-License-Identifier: Apache-2.0
"""A small tagger of spaCy, after `fix_random_seed`."""
import spacy
from spacy.training import Example

spacy.util.fix_random_seed(0)
nlp = spacy.blank("en")
names = nlp.add_pipe("textcat")
for label in ("GOOD", "BAD"):
    names.add_label(label)
rows = [("fine work", {"cats": {"GOOD": 1.0, "BAD": 0.0}}), ("poor work", {"cats": {"GOOD": 0.0, "BAD": 1.0}})]
examples = [Example.from_dict(nlp.make_doc(text), known) for text, known in rows]
optimizer = nlp.initialize(lambda: examples)
for _ in range(3):
    nlp.update(examples, sgd=optimizer)
nlp.to_disk("out/model")
