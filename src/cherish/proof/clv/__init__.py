"""Buy-till-you-die models and customer lifetime value: one model, one file, fitted on counts of like customers.

A customer enters as three numbers in one unit of time, usually weeks: how often they came back (x, repeat days),
when last (t_x, last minus first) and how long ago they first came (T, the moment minus the first). Customers with
the same three are one row with a count (`cells.Cells`), so that a hundred million of them are as many rows as there
are distinct rows. Each model file has `fit(...)` and a frozen model with its parameters, `fitting` (how sure, from
which starts, which directions are flat) and its predictions. SciPy is needed: `pip install "cherish[stats]"`.
"""
