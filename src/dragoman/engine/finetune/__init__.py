"""Teaching a local model: conversations in, a LoRA out, which is served beside the model that it was made for."""
