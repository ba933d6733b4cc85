"""What the gateway costs: CPU time, memory and start, measured on one machine beside nginx and beside other gateways."""
