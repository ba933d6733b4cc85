"""Who may do what, and how much of it: callers, keys, teams, limits and budgets."""
