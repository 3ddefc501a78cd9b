"""What every page has around it: words, navigation, and what happens when a log-in has expired."""
