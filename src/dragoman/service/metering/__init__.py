"""What an exchange was, what it cost, and who is told of it."""
