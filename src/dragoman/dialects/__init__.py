"""Wire formats. Each folder speaks one dialect and knows the model; none knows another."""
