"""Telling by mail, without anything about anyone, that something waits for whoever has chosen to be told."""
