"""Statistics on counts: intervals, inequality, ranking and survival from grouped numbers, with numpy alone.

The engine counts; these functions see the counts. Each works on a few numbers or on arrays of them, none on rows.
"""
