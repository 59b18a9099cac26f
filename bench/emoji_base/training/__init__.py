"""Training of the emoji base: autoencoder, tokenizer, denoiser."""
