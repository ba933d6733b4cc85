"""The protocol between the AI SDK (npm `ai`) and its gateway. README.md has the mapping; dialect.py is the way in."""
