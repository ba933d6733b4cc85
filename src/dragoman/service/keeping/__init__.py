"""What callers leave here and build on later: responses, conversations, uploads."""
