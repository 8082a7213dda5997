"""The figures of GB/T 9704-2012, 《党政机关公文格式》, in millimetres, sizes of type in points.

The number behind a figure is its clause. Where the standard names none, the comment says what was chosen and why.
"""

MM = 72 / 25.4  # points in a millimetre

# 5.1, 5.2: paper, margins, text block
PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
TOP, LEFT = 37.0, 28.0
WIDTH, HEIGHT = 156.0, 225.0
RIGHT, BOTTOM = LEFT + WIDTH, TOP + HEIGHT

# 5.2.3: 22 lines of 28 characters
LINES, CHARACTERS = 22, 28
PITCH = HEIGHT / LINES
CELL = WIDTH / CHARACTERS

# 5.2.2: sizes; a Chinese size number is a fixed size of type
SIZE_2, SIZE_3, SIZE_4, SIZE_5 = 22.0, 16.0, 14.0, 10.5
BODY, TITLE = SIZE_3, SIZE_2
EM = BODY / MM

# 7.2.4, 7.2.5, 7.2.7: mark, number, red line
MARK_TOP = TOP + 35.0
NUMBER_GAP_LINES = 2
RED_LINE_GAP = 4.0
# The standard leaves the mark's size open. This height puts the red line on the eighth line of the grid, so that the
# lines of the first page lie on those of the others.
MARK_HEIGHT = 8 * PITCH - 35.0 - NUMBER_GAP_LINES * PITCH - (PITCH + EM) / 2 - RED_LINE_GAP
MARK_MOST = 150.0  # long names are set narrower, as printers do, to stay inside the text block
NUMBER_TOP = MARK_TOP + MARK_HEIGHT + NUMBER_GAP_LINES * PITCH  # of the number's line; its type is centred in it
RED_LINE = TOP + 8 * PITCH
RED_LINE_WEIGHT = 0.7  # not in the standard; twice the heavy line of 7.4.1, as printed heads have it
# 7.3.1: the title is two lines below
TITLE_LINE = 10

# 7.3.3, 7.3.5.1, 7.3.5.2: indent of a paragraph, date, signature
INDENT = 2
DATE_RIGHT_SEALED, DATE_RIGHT_UNSEALED = 4, 2
# A district bureau's seal is 42 mm wide; its top stays within one line of the text and it covers name and date.
SEAL_LINES_ABOVE, SEAL_LINES_BELOW = 2, 0.5

# 7.4: the copies block
RULE_HEAVY, RULE_LIGHT = 0.35, 0.25
COPIES_PITCH = 0.75 * PITCH  # not in the standard

# 7.5: the page number
PAGE_NUMBER_GAP = 7.0
PAGE_NUMBER_SIZE = SIZE_4
PAGE_NUMBER_INDENT = SIZE_4 / MM

# Tables: not in the standard. Two lines of 10.5 pt make a row of exactly one line of the grid.
TABLE_PITCH, TABLE_PADDING = 0.43 * PITCH, 0.07 * PITCH
TABLE_SIZE = SIZE_5
TABLE_MARGIN, FORM_MARGIN = 1.0, 3.0
# Columns of the list of matters, together as wide as the text block.
MATTER_COLUMNS = (10.0, 31.0, 46.0, 33.0, 14.0, 22.0)
FORM_COLUMNS = (36.0, 120.0)

# The declaration of what was set otherwise than prescribed: outside the text block, below the page number.
DECLARATION_TOP, DECLARATION_SIZE, DECLARATION_PITCH = 278.0, 7.5, 3.6

RED = (200, 0, 0)
BLACK = (0, 0, 0)
GREY = (110, 110, 110)
PALE_RED, PALE_GREY = (250, 214, 214), (232, 232, 232)
