"""What is done around a request for targets that cannot do it themselves."""
