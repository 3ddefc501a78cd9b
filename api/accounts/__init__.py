"""Accounts: who may log in, what each role may do, and which cases an account may reach."""
