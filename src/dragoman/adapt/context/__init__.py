"""Conversations made to fit a model's window, only where the operator asked for it: pure, and the same cuts each time."""
