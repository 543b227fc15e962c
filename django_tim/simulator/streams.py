"""Messages that arrive piece by piece, as a language model writes them."""
