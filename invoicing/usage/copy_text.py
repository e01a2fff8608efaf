"""PostgreSQL's COPY text format: what a value looks like in it."""

NULL = "\\N"
# COPY's own signs, and the line ends that a title or an element may hold.
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def escaped(text: str) -> str:
    return text.translate(ESCAPES)
