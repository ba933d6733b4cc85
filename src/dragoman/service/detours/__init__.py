"""What some routes and some callers want around an answer: each is a function that stands before another."""
