"""Torture: what an archive survives, in numbers. `make torture` runs it long, the test suite short.

Each module gives one function that does the harm a number of times and hands back an Outcome; what it finds broken, it says
in `failures`, and it stops for nothing.
"""
