"""What an operator sees and steers: the use cases behind the admin API and the console."""
