"""OpenAI Chat Completions, and the many servers that speak it with an accent. Both halves; see README.md beside this."""
