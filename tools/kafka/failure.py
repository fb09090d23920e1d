"""What every part of this program needs to end with a sentence instead of a stack."""

import sys


class Failure(Exception):
    """Ends the program with its text, which says what to do."""


def say(text):
    print(f"kafka: {text}", file=sys.stderr, flush=True)
