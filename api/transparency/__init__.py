"""The log proves itself to somebody outside: signed checkpoints, proofs, and a witness that cosigns."""
