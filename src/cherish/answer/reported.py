"""Reports: the plan's expression runs once, its finisher makes the table."""

from __future__ import annotations

from cherish.answer.made import Made
from cherish.query import Query
from cherish.spec.report import Report
from cherish.spec.view import View


def made(view: View, report: Report, query: Query) -> Made:
    """The report's table, headline, convention and notes."""
    plan = report.plan(view, view.log.run)
    table = plan.finish(view.log.run(plan.expression))
    fits = tuple(str(getattr(fit, "digest", fit)) for _, fit in sorted(plan.fits.items()))
    headline = dict(plan.headline(table))
    return Made(table, headline, plan.convention, lambda: plan.expression, "report", tuple(plan.notes), fits)
