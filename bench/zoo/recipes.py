# SPDX-License-Identifier: Apache-2.0
"""What each estimator is fitted to, and with which arguments, where the defaults do not do.

Sizes are such that BLAS splits its work over threads (2000 rows of 40 columns) wherever the
estimator is quick enough for that; `rows` makes them smaller for the slow ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Data = Callable[[str], object]
"""Returns the rows to fit of a data set by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to fit one estimator.

    Attributes:
        arguments: of its constructor; `random_state=0` is added where it is accepted.
        make: arguments that are estimators, or need data; called once for each fit.
        x: data set to fit.
        y: data set of the target; `auto` goes by what the estimator says it is, empty for none.
        rows: of the data, from the first.
        columns: of the data, from the first; 0 for all.
    """

    arguments: Mapping[str, object] = field(default_factory=dict)
    make: Callable[[Data], Mapping[str, object]] | None = None
    x: str = "features"
    y: str = "auto"
    rows: int = 2000
    columns: int = 0


def _given(**arguments: object) -> Recipe:
    return Recipe(arguments=arguments)


def _middle(**arguments: object) -> Recipe:
    return Recipe(arguments=arguments, rows=800)


def _small(**arguments: object) -> Recipe:
    return Recipe(arguments=arguments, rows=300, columns=12)


def _on(x: str, y: str = "auto", **arguments: object) -> Recipe:
    return Recipe(arguments=arguments, x=x, y=y)


def _for(y: str, **arguments: object) -> Recipe:
    return Recipe(arguments=arguments, y=y)


def _with(make: Callable[[Data], Mapping[str, object]], y: str = "auto", rows: int = 2000) -> Recipe:
    return Recipe(make=make, y=y, rows=rows)


def _ridge(_: Data) -> Mapping[str, object]:
    from sklearn.linear_model import Ridge

    return {"estimator": Ridge(random_state=0)}


def _logistic(_: Data) -> Mapping[str, object]:
    from sklearn.linear_model import LogisticRegression

    return {"estimator": LogisticRegression(max_iter=200, random_state=0)}


def _frozen(data: Data) -> Mapping[str, object]:
    from sklearn.linear_model import Ridge

    return {"estimator": Ridge(random_state=0).fit(data("features"), data("numbers"))}


def _search(parameter: str) -> Callable[[Data], Mapping[str, object]]:
    def make(data: Data) -> Mapping[str, object]:
        return {**_ridge(data), parameter: {"alpha": [0.01, 0.1, 1.0, 10.0]}, "cv": 3}

    return make


def _classifiers(_: Data) -> Mapping[str, object]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    members = [
        ("linear", LogisticRegression(max_iter=200, random_state=0)),
        ("tree", DecisionTreeClassifier(max_depth=6, random_state=0)),
    ]
    return {"estimators": members}


def _regressors(_: Data) -> Mapping[str, object]:
    from sklearn.linear_model import Ridge
    from sklearn.tree import DecisionTreeRegressor

    members = [
        ("linear", Ridge(random_state=0)),
        ("tree", DecisionTreeRegressor(max_depth=6, random_state=0)),
    ]
    return {"estimators": members}


def _columns(_: Data) -> Mapping[str, object]:
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    first, second = ("scale", StandardScaler(), slice(0, 20)), ("pca", PCA(5, random_state=0), slice(20, 40))
    return {"transformers": [first, second]}


def _union(_: Data) -> Mapping[str, object]:
    from sklearn.decomposition import PCA
    from sklearn.feature_selection import SelectKBest

    return {"transformer_list": [("pca", PCA(5, random_state=0)), ("best", SelectKBest(k=5))]}


def _steps(_: Data) -> Mapping[str, object]:
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    last = LogisticRegression(max_iter=200, random_state=0)
    return {"steps": [("scale", StandardScaler()), ("pca", PCA(10, random_state=0)), ("model", last)]}


def _transformed(_: Data) -> Mapping[str, object]:
    import numpy as np
    from sklearn.linear_model import Ridge

    return {"regressor": Ridge(random_state=0), "func": np.log1p, "inverse_func": np.expm1}


def _function(_: Data) -> Mapping[str, object]:
    import numpy as np

    return {"func": np.log1p}


def _dictionary(data: Data) -> Mapping[str, object]:
    import numpy as np

    return {"dictionary": np.asarray(data("features"))[:30], "transform_n_nonzero_coefs": 5}


_ENSEMBLE = _given(n_estimators=30)
_CATEGORIES = _on("categories")

RECIPES: Mapping[str, Recipe] = {
    # Ensembles, searches, and whatever else wraps another estimator.
    **dict.fromkeys(
        (
            "ExtraTreesClassifier",
            "ExtraTreesRegressor",
            "IsolationForest",
            "RandomForestClassifier",
            "RandomForestRegressor",
            "RandomTreesEmbedding",
        ),
        _ENSEMBLE,
    ),
    "AdaBoostRegressor": _middle(n_estimators=20),
    "BaggingRegressor": _middle(),
    "GradientBoostingClassifier": _middle(n_estimators=20),
    "GradientBoostingRegressor": _middle(n_estimators=30),
    "HistGradientBoostingClassifier": _given(max_iter=20),
    "HistGradientBoostingRegressor": _given(max_iter=30),
    "StackingClassifier": _with(_classifiers),
    "StackingRegressor": _with(_regressors),
    "VotingClassifier": _with(_classifiers),
    "VotingRegressor": _with(_regressors),
    "ClassifierChain": _with(_logistic, y="flags"),
    "MultiOutputClassifier": _with(_logistic, y="several"),
    "MultiOutputRegressor": _with(_ridge, y="targets"),
    "RegressorChain": _with(_ridge, y="targets"),
    "OneVsOneClassifier": _with(_logistic),
    "OneVsRestClassifier": _with(_logistic),
    "OutputCodeClassifier": _with(_logistic),
    "FixedThresholdClassifier": _with(_logistic, y="binary"),
    "TunedThresholdClassifierCV": _with(_logistic, y="binary"),
    "GridSearchCV": _with(_search("param_grid"), y="numbers"),
    "RandomizedSearchCV": _with(
        lambda data: {**_search("param_distributions")(data), "n_iter": 3}, y="numbers"
    ),
    "HalvingGridSearchCV": _with(_search("param_grid"), y="numbers"),
    "HalvingRandomSearchCV": _with(_search("param_distributions"), y="numbers"),
    "FrozenEstimator": _with(_frozen, y="numbers"),
    "ColumnTransformer": _with(_columns, y=""),
    "FeatureUnion": _with(_union, y="classes"),
    "Pipeline": _with(_steps, y="classes"),
    "TransformedTargetRegressor": _with(_transformed, y="amounts"),
    "RFE": _with(_ridge, y="numbers"),
    "RFECV": _with(_ridge, y="numbers"),
    "SelectFromModel": _with(_ridge, y="numbers"),
    "SequentialFeatureSelector": Recipe(make=_ridge, y="numbers", columns=12),
    "SelfTrainingClassifier": _with(_logistic, y="partly", rows=800),
    **dict.fromkeys(("SelectKBest", "SelectPercentile"), _for("classes")),
    # Targets of a kind of their own.
    **dict.fromkeys(("CCA", "PLSCanonical", "PLSRegression", "PLSSVD"), _for("targets")),
    **dict.fromkeys(("MultiTaskElasticNet", "MultiTaskLasso"), _for("targets", alpha=0.01)),
    "MultiTaskElasticNetCV": _for("targets", alphas=10, cv=3),
    "MultiTaskLassoCV": _for("targets", alphas=10, cv=3),
    "GammaRegressor": _for("amounts"),
    "PoissonRegressor": _for("amounts"),
    "TweedieRegressor": _for("amounts", power=1.5),
    "LabelPropagation": Recipe(y="partly", rows=800),
    "LabelSpreading": Recipe(y="partly", rows=800),
    "IsotonicRegression": Recipe(columns=1, y="numbers"),
    # Data of a kind of its own.
    "AdditiveChi2Sampler": _on("positive"),
    "SkewedChi2Sampler": _on("positive"),
    "BernoulliRBM": Recipe(x="positive", rows=800, arguments={"n_components": 16}),
    "CategoricalNB": _on("categories", "classes", min_categories=9),
    "ComplementNB": _on("counts"),
    "MultinomialNB": _on("counts"),
    "LatentDirichletAllocation": Recipe(x="counts", rows=800, arguments={"n_components": 5, "max_iter": 4}),
    "TfidfTransformer": _on("counts"),
    "MiniBatchNMF": _on("positive", n_components=5, max_iter=50),
    "NMF": _on("positive", n_components=5, max_iter=50),
    "SpectralBiclustering": Recipe(x="positive", rows=800, arguments={"n_clusters": 3}),
    "SpectralCoclustering": Recipe(x="positive", rows=800, arguments={"n_clusters": 3}),
    "FunctionTransformer": Recipe(x="positive", make=_function),
    "KernelCenterer": Recipe(x="kernel", rows=300, y=""),
    "PatchExtractor": Recipe(x="images", arguments={"patch_size": (5, 5), "max_patches": 20}, y=""),
    "OneHotEncoder": _on("categories", "", handle_unknown="ignore"),
    "OrdinalEncoder": _on("categories", ""),
    "TargetEncoder": _on("categories", "numbers"),
    "KNNImputer": Recipe(x="holes", rows=800),
    "MissingIndicator": _on("holes"),
    "SimpleImputer": _on("holes"),
    "IterativeImputer": Recipe(x="holes", rows=800, columns=12),
    "LabelBinarizer": _on("classes", ""),
    "LabelEncoder": _on("classes", ""),
    "MultiLabelBinarizer": Recipe(x="labels", rows=500, y=""),
    "DictVectorizer": Recipe(x="records", rows=500, y=""),
    "FeatureHasher": Recipe(x="records", rows=500, y="", arguments={"n_features": 64}),
    "CountVectorizer": Recipe(x="texts", rows=500, y=""),
    "HashingVectorizer": Recipe(x="texts", rows=500, y="", arguments={"n_features": 256}),
    "TfidfVectorizer": Recipe(x="texts", rows=500, y=""),
    "SparseCoder": _with(_dictionary, y=""),
    # Too slow at full size.
    "AffinityPropagation": _small(),
    "BisectingKMeans": _given(n_clusters=8),
    "KMeans": _given(n_clusters=8, n_init=3),
    "ClassicalMDS": _middle(),
    "DBSCAN": _given(eps=4.0),
    "HDBSCAN": _middle(),
    "MeanShift": _small(),
    "OPTICS": _middle(),
    "SpectralClustering": _middle(n_clusters=3),
    "SpectralEmbedding": _middle(),
    "Isomap": _middle(),
    "LocallyLinearEmbedding": _middle(),
    "MDS": _small(n_init=1, max_iter=60, init="random"),
    "TSNE": _small(max_iter=300),
    "DictionaryLearning": _middle(n_components=10, max_iter=10),
    "MiniBatchDictionaryLearning": _middle(n_components=10, max_iter=20),
    "MiniBatchSparsePCA": _middle(n_components=5, max_iter=20),
    "SparsePCA": _middle(n_components=5, max_iter=20),
    "IncrementalPCA": _given(n_components=10),
    "KernelPCA": Recipe(arguments={"n_components": 5, "kernel": "rbf"}, rows=800),
    "FactorAnalysis": _given(n_components=5),
    "FastICA": _given(n_components=8),
    "PCA": _given(n_components=10),
    "TruncatedSVD": _given(n_components=8),
    "GraphicalLasso": _given(alpha=0.05),
    "GraphicalLassoCV": Recipe(columns=15, arguments={"alphas": 3, "cv": 3}),
    "EllipticEnvelope": Recipe(columns=15),
    "MinCovDet": Recipe(columns=15),
    "BayesianGaussianMixture": _given(n_components=4, max_iter=30),
    "GaussianMixture": _given(n_components=4),
    "GaussianProcessClassifier": _small(),
    "GaussianProcessRegressor": _small(alpha=0.01),
    "KernelRidge": Recipe(arguments={"kernel": "rbf"}, rows=800),
    "NeighborhoodComponentsAnalysis": _small(max_iter=20),
    **dict.fromkeys(
        ("RadiusNeighborsRegressor", "RadiusNeighborsTransformer"),
        Recipe(arguments={"radius": 3.0}, columns=5),
    ),
    "RadiusNeighborsClassifier": Recipe(
        arguments={"radius": 3.0, "outlier_label": "most_frequent"}, columns=5
    ),
    "MLPClassifier": _given(max_iter=15, hidden_layer_sizes=(50,)),
    "MLPRegressor": _given(max_iter=15, hidden_layer_sizes=(50,)),
    **dict.fromkeys(("SVC", "SVR", "NuSVR", "OneClassSVM"), _middle()),
    "NuSVC": _middle(nu=0.2),
    "LogisticRegression": _given(max_iter=300),
    "LogisticRegressionCV": _middle(Cs=3, cv=3, max_iter=300),
    "QuantileRegressor": Recipe(rows=300),
    "TheilSenRegressor": Recipe(columns=5, rows=800, arguments={"max_subpopulation": 500}),
    "PolynomialFeatures": Recipe(columns=12),
    "GaussianRandomProjection": _given(n_components=10),
    "SparseRandomProjection": _given(n_components=10),
    "SGDOneClassSVM": _given(nu=0.2),
}

DEFAULT = Recipe()
