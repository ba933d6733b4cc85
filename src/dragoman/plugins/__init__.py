"""What an operator can put around every request: the interface of plugins, and those that are shipped. Pure."""
