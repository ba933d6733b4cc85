"""JSON by a schema from models that cannot be held to one: asked for, checked, mended once."""
