"""The service: routes, pages, the command line."""
