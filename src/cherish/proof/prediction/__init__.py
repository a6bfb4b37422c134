"""The statistics of prediction: does a score rank, forecast or add to what was known, and how sure may one be?

Everything here is a function of arrays of one length, a row per customer: scores (float64, ties allowed, nulls
ranked by the caller) and outcomes (true or false, a count, or money). What comes back is an `Estimate`: the figure,
its standard error and interval, and what each customer does to it (`influence`), from which paired differences
(`compare`), sums over cut-offs (`influence.pooled`) and the customer bootstrap (`bootstrap`) follow without
looking at the scores again.
"""
