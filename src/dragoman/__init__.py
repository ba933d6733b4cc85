"""Dragoman: a self-hosted LLM gateway. `ARCHITECTURE.md` is the map of the rooms below."""

__version__ = "0.1.0"
