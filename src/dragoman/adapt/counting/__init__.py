"""How many tokens a model would make of a request, where it cannot be asked: calibrated for each family of models."""
