"""Secrets that a cloud lends: tokens and keys that end, each bought by what the machine or the operator can show."""
