"""How the work of a unit goes as a process: meetings, waits and endings, told in numbers that hide small ones."""
