"""Who calls, what each role may do, and which cases an account reaches: the guard before every view."""
