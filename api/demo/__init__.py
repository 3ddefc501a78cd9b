"""The demo: invented cases, made as people would make them."""
