"""Transports that stand before the network: to models of our own, and within sessions of accounts."""
