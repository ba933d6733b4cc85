"""What the operator has set by the API or the command line: keys, teams, providers' keys, and who changed what."""
