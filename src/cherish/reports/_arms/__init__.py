"""Arms: who was assigned to which arm and when, and what came of it, as moments per arm from the point engine."""

from cherish.reports._arms.assigning import assigned
from cherish.reports._arms.guards import Assigned, Counts
from cherish.reports._arms.measuring import measured
from cherish.reports._arms.metrics import Metric, metric

__all__ = ["Assigned", "Counts", "Metric", "assigned", "measured", "metric"]
