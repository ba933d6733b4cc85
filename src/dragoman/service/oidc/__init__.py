"""Signing in to the console by somebody else's word: OpenID Connect."""
