# SPDX-License-Identifier: Apache-2.0
"""Which of scikit-learn's names draw random numbers where they are given no `random_state`."""

from __future__ import annotations

import ast

from repro_action.findings.source.rule import LIKELY, POSSIBLE, UNLIKELY, Likelihood
from repro_action.pyanalysis.syntax import argument, constant, last_part

_ALWAYS = {
    *("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor"),
    *("RandomTreesEmbedding", "IsolationForest", "BaggingClassifier", "BaggingRegressor", "MLPClassifier"),
    *("MLPRegressor", "BernoulliRBM", "KMeans", "MiniBatchKMeans", "BisectingKMeans", "GaussianMixture"),
    *("BayesianGaussianMixture", "SGDClassifier", "SGDRegressor", "SGDOneClassSVM", "Perceptron"),
    *("PassiveAggressiveClassifier", "PassiveAggressiveRegressor", "LatentDirichletAllocation", "TSNE"),
    *("FastICA", "TruncatedSVD", "GaussianRandomProjection", "SparseRandomProjection", "RBFSampler"),
    *("Nystroem", "SkewedChi2Sampler", "PolynomialCountSketch", "DictionaryLearning", "SpectralClustering"),
    *("MiniBatchDictionaryLearning", "RandomizedSearchCV", "HalvingRandomSearchCV", "train_test_split"),
    *("shuffle", "resample", "ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit", "RepeatedKFold"),
    *("RepeatedStratifiedKFold", "permutation_importance", "mutual_info_classif", "mutual_info_regression"),
    *("make_classification", "make_regression", "make_blobs", "make_moons", "make_circles"),
    *("make_friedman1", "make_friedman2", "make_friedman3", "make_swiss_roll", "make_s_curve"),
    *("make_low_rank_matrix", "make_sparse_uncorrelated", "make_multilabel_classification"),
    *("make_gaussian_quantiles", "permutation_test_score", "DecisionTreeClassifier"),
    *("DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor", "GradientBoostingClassifier"),
    *("GradientBoostingRegressor", "SpectralBiclustering", "SpectralCoclustering", "MiniBatchNMF"),
    *("MiniBatchSparsePCA", "MDS", "k_means", "randomized_svd", "TargetEncoder", "KBinsDiscretizer"),
    *("QuantileTransformer", "AdaBoostClassifier", "AdaBoostRegressor"),
}
_SOMETIMES = {
    *("HistGradientBoostingClassifier", "HistGradientBoostingRegressor", "PCA", "NMF", "LinearSVC"),
    *("LinearSVR", "LogisticRegression", "LogisticRegressionCV", "Ridge", "SVC", "NuSVC", "DummyClassifier"),
    *("RANSACRegressor", "MinCovDet", "EllipticEnvelope", "IterativeImputer", "SequentialFeatureSelector"),
    *("GaussianProcessRegressor", "GaussianProcessClassifier", "SparsePCA", "LabelPropagation", "Lasso"),
    *("ElasticNet", "TheilSenRegressor", "AffinityPropagation", "FactorAnalysis"),
}
_SHUFFLED = {"KFold", "StratifiedKFold", "StratifiedGroupKFold"}
_CERTAIN_TREES = {"DecisionTreeClassifier", "DecisionTreeRegressor", "AdaBoostClassifier"}


def likelihood(call: ast.Call, dotted: str) -> Likelihood | None:
    """Return whether a call without `random_state` draws; None where it does not.

    Args:
        call: with its arguments.
        dotted: what it calls.
    """
    name = last_part(dotted)
    if not dotted.startswith(("sklearn.", "imblearn.", "umap.")):
        return None
    if name in _SHUFFLED:
        return LIKELY if constant(argument(call, -1, "shuffle")) is True else None
    if name == "train_test_split" and constant(argument(call, -1, "shuffle")) is False:
        return None
    if name in _CERTAIN_TREES:
        return POSSIBLE  # only equal splits are drawn
    if name in _ALWAYS or dotted.startswith(("imblearn.over_sampling", "umap.")):
        return LIKELY
    return UNLIKELY if name in _SOMETIMES else None
