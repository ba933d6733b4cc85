"""Media that a target does not take as they came: what they are, and what has to become of them. Pure."""
