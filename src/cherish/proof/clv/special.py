"""SciPy, asked for only when a model is used: the base install does without it."""

from __future__ import annotations

from typing import Any

from cherish.errors import Unsupported

_MISSING = 'models of customer value need SciPy: pip install "cherish[stats]"'


def functions() -> Any:
    """`scipy.special`; raises `Unsupported` where SciPy is not installed."""
    try:
        import scipy.special
    except ImportError:
        raise Unsupported(_MISSING) from None
    return scipy.special


def optimizers() -> Any:
    """`scipy.optimize`; raises `Unsupported` where SciPy is not installed."""
    try:
        import scipy.optimize
    except ImportError:
        raise Unsupported(_MISSING) from None
    return scipy.optimize


def log_beta(first: Any, second: Any) -> Any:
    """The logarithm of the beta function, for arrays."""
    return functions().betaln(first, second)
