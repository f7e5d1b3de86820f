# SPDX-License-Identifier: Apache-2.0
"""Random numbers that no seed fixes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from repro_action.findings.source import estimators
from repro_action.findings.source.library_calls import LibraryCalls, calls_in, takes_unknown
from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import (
    HARMLESS,
    LIKELY,
    POSSIBLE,
    UNLIKELY,
    RuleHit,
    SourceContext,
    SourceRule,
    calls_of,
)
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.syntax import argument, constant, last_name, last_part

_MAKERS = {
    *("numpy.random.default_rng", "numpy.random.RandomState", "numpy.random.PCG64"),
    *("numpy.random.SeedSequence", "numpy.random.MT19937", "numpy.random.Philox", "numpy.random.SFC64"),
    *("numpy.random.PCG64DXSM", "random.Random", "numpy.random.seed", "random.seed"),
    *("sklearn.utils.check_random_state", "numpy.random.mtrand.RandomState"),
}
_ENTROPY = {
    *("os.urandom", "os.getrandom", "uuid.uuid4", "random.SystemRandom", "secrets.token_hex"),
    *("secrets.token_bytes", "secrets.token_urlsafe", "secrets.randbelow", "secrets.choice"),
    *("secrets.randbits", "secrets.SystemRandom", "torch.seed", "torch.random.seed", "uuid.uuid1"),
    "torch.Generator().seed",
}
_NAMES = {
    *("tempfile.mkdtemp", "tempfile.mkstemp", "tempfile.mktemp", "tempfile.NamedTemporaryFile"),
    *("tempfile.TemporaryDirectory", "tempfile.gettempdir"),
}
_SETTERS = {"seed", "get_state", "set_state", "getstate", "setstate", "bit_generator"}
_KINDS = {
    *("Generator", "RandomState", "default_rng", "Random", "SeedSequence", "BitGenerator", "SystemRandom"),
    *("PCG64", "MT19937", "Philox", "SFC64", "PCG64DXSM", "mtrand"),
}
_TORCH = {
    *("rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial", "rand_like"),
    *("randn_like", "poisson", "empty_strided"),
}
_SEEDS = ("seed", "rng", "random_state")
_FUNCTIONS = (
    LibraryCalls(
        package="scipy",
        options=_SEEDS,
        names=frozenset(
            {
                *(
                    "differential_evolution",
                    "dual_annealing",
                    "basinhopping",
                    "bootstrap",
                    "permutation_test",
                ),
                *(
                    "monte_carlo_test",
                    "kmeans",
                    "kmeans2",
                    "Sobol",
                    "Halton",
                    "LatinHypercube",
                    "random_array",
                ),
            }
        ),
    ),
    LibraryCalls(
        package="networkx",
        options=_SEEDS,
        names=frozenset(
            {
                *("spring_layout", "random_layout", "louvain_communities", "asyn_lpa_communities"),
                *(
                    "fast_label_propagation_communities",
                    "asyn_fluidc",
                    "gnp_random_graph",
                    "erdos_renyi_graph",
                ),
                *(
                    "fast_gnp_random_graph",
                    "barabasi_albert_graph",
                    "watts_strogatz_graph",
                    "gnm_random_graph",
                ),
                *("random_regular_graph", "powerlaw_cluster_graph", "random_geometric_graph"),
            }
        ),
    ),
)
_LAYERS = {
    *("Linear", "Conv1d", "Conv2d", "Conv3d", "LSTM", "GRU", "RNN", "Embedding", "Dropout", "Transformer"),
    *("TransformerEncoderLayer", "MultiheadAttention", "Bilinear", "ConvTranspose2d"),
}
_KERAS = {"tensorflow.keras.layers", "keras.layers"}
_KERAS_WEIGHTS = {
    *(
        "Dense",
        "EinsumDense",
        "Embedding",
        "LSTM",
        "GRU",
        "SimpleRNN",
        "LSTMCell",
        "GRUCell",
        "SimpleRNNCell",
    ),
    *("MultiHeadAttention", "GroupQueryAttention"),
    *(
        f"{kind}{size}D"
        for kind in ("Conv", "DepthwiseConv", "SeparableConv", "ConvLSTM")
        for size in (1, 2, 3)
    ),
    *(f"Conv{size}DTranspose" for size in (1, 2, 3)),
}
_KERAS_NOISE = {
    *("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise"),
    *(f"SpatialDropout{size}D" for size in (1, 2, 3)),
}
"""Layers that draw while they train, and so do all whose name begins with `Random`."""
DRAWING = frozenset(
    {
        *("random", "torch", "tensorflow", "keras", "sklearn", "scipy", "networkx", "umap", "imblearn"),
        *("rvs", "sample"),
    }
)
"""Words one of which a program has where rules of the variation `seed` find anything."""


def _unseeded(context: SourceContext) -> Iterator[RuleHit]:
    """`default_rng()`, also with `None` and with a name that is bound to it."""
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        if dotted not in _MAKERS:
            continue
        given = argument(call, 0, "seed", "x", "a", "entropy")
        starred = takes_unknown(call) or any(isinstance(item, ast.Starred) for item in call.args)
        if (given is None and not starred) or (given is not None and _none(context, given)):
            yield RuleHit(node=call, likelihood=HARMLESS if _seeded_later(context, call) else LIKELY)


def _seeded_later(context: SourceContext, call: ast.Call) -> bool:
    """Whether the generator is given a seed by the name that it is bound to: `rs.seed(7)`."""
    module = context.module
    loads = module.loads_of(module.parent(call)) or []
    return any(
        isinstance(method := module.parent(load), ast.Attribute)
        and method.attr == "seed"
        and isinstance(seeding := module.parent(method), ast.Call)
        and bool(given := [*seeding.args, *(item.value for item in seeding.keywords)])
        and constant(given[0]) is not None
        for load in loads
    )


def _none(context: SourceContext, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        bindings = context.module.bound(node)
        return bool(bindings) and all(
            item.value is not None and constant(item.value) is None and not _given(context, node)
            for item in bindings
        )
    return constant(node) is None


def _given(context: SourceContext, node: ast.Name) -> bool:
    """Whether a caller gives the parameter something else than None."""
    return any(constant(item.node) is not None for item in context.program.given(context.module, node))


def _global(context: SourceContext) -> Iterator[RuleHit]:
    """Global generators that are never seeded: `np.random.rand()`, `random.shuffle()`, `torch.randn()`."""
    seeded = context.seeded
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        package, _, name = dotted.rpartition(".")
        if name in _SETTERS | _KINDS or "()" in dotted:
            continue
        if package in {"numpy.random", "random"} and package.partition(".")[0] not in seeded:
            yield RuleHit(node=call)
        elif package == "torch" and name in _TORCH and "torch" not in seeded:
            if argument(call, -1, "generator") is None:
                yield RuleHit(node=call)
        elif package == "torch.nn" and name in _LAYERS and "torch" not in seeded:
            yield RuleHit(node=call, likelihood=POSSIBLE, says="starts from weights that no seed fixes")
        elif (
            package == "tensorflow.random"
            and "tensorflow" not in seeded
            and name != "set_seed"
            and argument(call, -1, "seed") is None
        ):
            yield RuleHit(node=call)


def _layers(context: SourceContext) -> Iterator[RuleHit]:
    """Layers of Keras whose first weights, or whose noise, no seed fixes."""
    if "tensorflow" in context.seeded:
        return
    for call in context.module.each(ast.Call):
        package, _, name = context.dotted(call.func).rpartition(".")
        if package not in _KERAS or argument(call, -1, "seed") is not None:
            continue
        if name in _KERAS_WEIGHTS:
            yield RuleHit(node=call, likelihood=POSSIBLE)
        elif name in _KERAS_NOISE or name.startswith("Random"):
            yield RuleHit(node=call, likelihood=POSSIBLE, says="draws noise that no seed fixes")


def _estimators(context: SourceContext) -> Iterator[RuleHit]:
    """scikit-learn without `random_state`, where NumPy's global generator is not seeded either."""
    if "numpy" in context.seeded:
        return
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        likelihood = estimators.likelihood(call, dotted)
        if likelihood is None:
            continue
        given = argument(call, -1, "random_state")
        if given is not None and not _none(context, given):
            continue
        yield RuleHit(node=call, likelihood=UNLIKELY if takes_unknown(call) else likelihood)


def _methods(context: SourceContext) -> Iterator[RuleHit]:
    """Samples and shuffles of tables, distributions and loaders without seed."""
    seeded = context.seeded
    for call in context.module.each(ast.Call):
        if not isinstance(call.func, ast.Attribute) and last_name(call.func) != "DataLoader":
            continue
        name = last_part(context.dotted(call.func))
        keywords = {item.arg for item in call.keywords}
        if name == "sample" and keywords & {"frac", "n"} and "random_state" not in keywords:
            if "numpy" not in seeded and not keywords & {"k", "seed"}:
                yield RuleHit(node=call)
        elif name == "rvs" and "random_state" not in keywords and "numpy" not in seeded:
            yield RuleHit(node=call)
        elif name == "DataLoader" and "generator" not in keywords and "torch" not in seeded:
            if constant(argument(call, -1, "shuffle")) is True or "num_workers" in keywords:
                yield RuleHit(node=call)
        elif name == "list_files" and constant(argument(call, -1, "shuffle")) is not False:
            yield RuleHit(node=call, likelihood=POSSIBLE, says="shuffles the files")


def _functions(context: SourceContext) -> Iterator[RuleHit]:
    """Functions of SciPy and NetworkX that draw from the global generators where they are given no seed."""
    if "numpy" in context.seeded:
        return
    for call, row in calls_in(context, _FUNCTIONS):
        given = row.given(call)
        if _none(context, given) if given is not None else not takes_unknown(call):
            yield RuleHit(node=call)


def _entropy(context: SourceContext) -> Iterator[RuleHit]:
    """The system's randomness, but for an id that is only printed."""
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        if dotted in _ENTROPY:
            # What seeds a generator has its effect there, whatever becomes of the number.
            seeds = dotted.endswith(".seed")
            yield RuleHit(node=call, likelihood=LIKELY if seeds else context.unless_shown(call))


def _temporary(context: SourceContext) -> Iterator[RuleHit]:
    """Names of temporary files, but for one that is only printed."""
    for hit in calls_of(_NAMES, UNLIKELY)(context):
        yield RuleHit(node=hit.node, likelihood=context.unless_shown(hit.node, UNLIKELY))


_WHEN = ("aslr", "gc", "time", "threads", "affinity")

_drawn = partial(SourceRule, main=("again",), also=_WHEN, kind=ObservationKind.GENERATOR)
_by_repro = partial(SourceRule, main=("again", "seed"), also=_WHEN, kind=ObservationKind.GENERATOR)

RULES = (
    _drawn(says="makes a generator without a seed", remedy=SourceRemedy.SEED, find=_unseeded),
    _by_repro(says="draws from a generator that nothing seeds", remedy=SourceRemedy.SEED, find=_global),
    _by_repro(says="starts from weights that no seed fixes", remedy=SourceRemedy.KERAS_SEED, find=_layers),
    _by_repro(says="has no `random_state`", remedy=SourceRemedy.RANDOM_STATE, find=_estimators),
    _by_repro(says="draws without a seed", remedy=SourceRemedy.RANDOM_STATE_OR_GENERATOR, find=_methods),
    _by_repro(says="is given no seed", remedy=SourceRemedy.SEED_ARGUMENT, find=_functions),
    SourceRule(
        main=("again",),
        also=_WHEN,
        says="reads the system's randomness",
        remedy=SourceRemedy.SEEDED_OR_DIGEST,
        find=_entropy,
        kind=ObservationKind.ENTROPY,
    ),
    SourceRule(
        main=("again",),
        also=("environment", "home"),
        says="has a different name in every run",
        remedy=SourceRemedy.NO_TEMPORARY_NAMES,
        find=_temporary,
        kind=ObservationKind.ENTROPY,
    ),
)
