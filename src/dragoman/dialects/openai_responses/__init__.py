"""OpenAI Responses, both halves. Mapping table and known losses: README.md beside this file."""
