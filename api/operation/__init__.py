"""Running the service: health, keys, measurements and how requests arrive."""
