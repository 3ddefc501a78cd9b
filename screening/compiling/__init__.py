"""How a test that is declared once becomes straight-line Python for one intake and numpy for a cohort."""
