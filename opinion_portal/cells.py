"""Cells of exported tables: what people wrote must stay text in whatever program opens the file."""

# What a spreadsheet takes for the start of a formula; set to Chinese, it takes the full-width signs too.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BREAKS = ("\t", "\r", "\n")


def cell_plain(value: object) -> str:
    """``value`` as text, ``None`` as nothing; what would start a formula gets an apostrophe in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_BREAKS) or text.lstrip().startswith(_FORMULA) else text
