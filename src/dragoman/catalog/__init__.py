"""What is known beforehand of providers and models. Rows and tables, not code: a new provider is a few lines of TOML."""
