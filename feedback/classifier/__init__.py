"""What a text is about: one of the fifteen items of the taxonomy or OUT, and why. Plain functions on plain data.

Linear weights of character sequences, learnt from examples written for this project (`examples/`), plus weighted rules
(`rules.csv`). Every suggestion names the words and rules that led to it; a person decides.
"""

from .suggest import Classifier, Suggestion, Word, classifier_load

__all__ = ["Classifier", "Suggestion", "Word", "classifier_load"]
