"""From the journal into the log, exactly once."""

from cherish.load.loader import Loader

__all__ = ["Loader"]
