"""A simulated company whose true effects are known: what every estimate can be held against."""

from .company import Company, simulate
from .effects import Effects
from .parameters import PARAMETERS, Parameters
from .truth import Truth

__all__ = ["PARAMETERS", "Company", "Effects", "Parameters", "Truth", "simulate"]
