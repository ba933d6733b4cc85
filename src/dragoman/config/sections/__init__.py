"""One file for each section of the configuration: its settings with their types, defaults and meanings."""
