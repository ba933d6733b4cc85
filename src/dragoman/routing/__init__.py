"""Which target with which credential, and what to do when it fails. Pure policy: time and randomness are arguments."""
