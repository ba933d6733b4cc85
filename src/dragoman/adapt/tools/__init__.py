"""Tools for models that have none: described in the prompt, called as text."""
