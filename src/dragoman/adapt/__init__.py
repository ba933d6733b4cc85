"""What a target cannot do natively, done in requests and answers: pure, in the words of the canonical model."""
