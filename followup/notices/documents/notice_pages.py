"""The pages of an interview notice: head, title, text, signature, copies block, page numbers."""

from dataclasses import replace

from followup.notices.documents import layout
from followup.notices.documents.blocks import BLANK, block_strips, keeping, keeping_last
from followup.notices.documents.content import NoticeContent
from followup.notices.documents.furniture import declared, numbered, stamped, watermarked
from followup.notices.documents.layout import BODY, CELL, LEFT, MM, PITCH, WIDTH
from followup.notices.documents.pages import Mark, Marks, Rule, Strip, Type, paginated, set_line
from followup.notices.documents.typeset import Line, Placed, Setter
from followup.notices.documents.wording import Role, Run, notice_blocks, people_line
from followup.notices.documents.words import clean, date_text, halves, listed

UNNUMBERED = "（草稿　未编号）"


def notice_pages(notice: NoticeContent, setter: Setter) -> list[list[Mark]]:
    """The notice, ready to be painted."""
    text = [*_title(setter, notice), BLANK, *block_strips(setter, notice_blocks(notice))]
    end = [*_signature(setter, notice), _copies(setter, notice)]
    # A page with nothing but signature and date could be put under any text: two lines of the text go with them.
    strips = [*keeping_last(text, 2), *keeping(end[:-1]), end[-1]]
    pages = paginated(strips, layout.TOP + layout.TITLE_LINE * PITCH)
    pages[0][:0] = _head(setter, notice)
    if notice.is_void:
        pages[0] += stamped(setter, notice.watermark)
    return declared(setter, numbered(setter, watermarked(setter, pages, notice.watermark)))


def _head(setter: Setter, notice: NoticeContent) -> Marks:
    number = notice.number_text or UNNUMBERED
    red = Rule(LEFT, layout.RED_LINE, layout.RIGHT, layout.RED_LINE, layout.RED_LINE_WEIGHT, layout.RED)
    return (*_mark(setter, clean(notice.issuer)), *_fitted(setter, number, layout.NUMBER_TOP), red)


def _mark(setter: Setter, issuer: str) -> Marks:
    """The issuer's name in red, its ink's top 35 mm below the top of the text block; long names are set narrower."""
    size = layout.MARK_HEIGHT * MM
    line = setter.line(issuer, Role.MARK, size)
    stretch = min(1.0, layout.MARK_MOST / line.width) if line.width else 1.0
    top = max((_ink_top(one) for one in line.placed), default=0.88) * size / MM
    left = LEFT + (WIDTH - line.width * stretch) / 2
    return tuple(
        Type(
            left + one.x * stretch, layout.MARK_TOP + top, size, one.text, one.face, one.role,
            one.spacing * stretch, one.stretch * stretch, layout.RED,
        )
        for one in line.placed
    )  # fmt: skip


def _ink_top(placed: Placed) -> float:
    boxes = [placed.face.box(letter) for letter in placed.text]
    return max((box.top for box in boxes if box), default=0.0)


def _fitted(setter: Setter, text: str, top: float) -> Marks:
    """One line of body type in the middle of the text block, smaller when it would be wider than that."""
    line = setter.line(clean(text), Role.BODY, BODY)
    size = BODY * min(1.0, WIDTH / line.width) if line.width else BODY
    line = setter.line(clean(text), Role.BODY, size)
    return set_line(line, LEFT + (WIDTH - line.width) / 2, top, size, PITCH)


def _title(setter: Setter, notice: NoticeContent) -> list[Strip]:
    """The title, centred; its lines of about the same length."""
    runs = [Run(clean(notice.title), Role.MARK)]
    count = len(setter.lines(runs, layout.TITLE, WIDTH))
    whole = sum(line.width for line in setter.lines(runs, layout.TITLE, WIDTH * 100))
    measure = min(WIDTH, whole / max(count, 1) + layout.TITLE / MM)
    lines = setter.lines(runs, layout.TITLE, measure if count > 1 else WIDTH)
    return keeping([_centred(line, LEFT + WIDTH / 2, layout.TITLE) for line in lines])


def _centred(line: Line, centre: float, size: float = BODY) -> Strip:
    return Strip(PITCH, set_line(line, centre - line.width / 2, 0.0, size, PITCH))


def _signature(setter: Setter, notice: NoticeContent) -> list[Strip]:
    """The issuer's name over the date, with room for the seal that is put on both (7.3.5)."""
    day = date_text(notice.issued_on) if notice.issued_on and not notice.is_draft else "　　　　年　　月　　日"
    line = setter.line(day, Role.BODY, BODY, cell=CELL)
    right = layout.DATE_RIGHT_SEALED if notice.is_sealed else layout.DATE_RIGHT_UNSEALED
    centre = layout.RIGHT - right * CELL - line.width / 2
    names = [_centred(name, _inside(centre, name.width)) for name in _name_lines(setter, notice.issuer, centre)]
    above = [BLANK] * (layout.SEAL_LINES_ABOVE if notice.is_sealed else 1)
    below = [Strip(layout.SEAL_LINES_BELOW * PITCH, on_grid=False)] if notice.is_sealed else []
    return [*above, *names, _centred(line, centre), *below]


def _inside(centre: float, width: float) -> float:
    """The centre, moved so that a line of that width stays in the text block."""
    return max(LEFT + width / 2, min(centre, layout.RIGHT - width / 2))


def _name_lines(setter: Setter, issuer: str, centre: float) -> list[Line]:
    """The name in one line, or in two where one would not stand centred over the date."""
    name = clean(issuer)
    room = 2 * (layout.RIGHT - centre)
    whole = setter.line(name, Role.BODY, BODY, cell=CELL)
    parts = (name,) if whole.width <= room else halves(name)
    return [line for part in parts for line in setter.lines([Run(part)], BODY, WIDTH, cell=CELL)]


def _copies(setter: Setter, notice: NoticeContent) -> Strip:
    """The copies block: who else gets the notice, who made it, who prints it and when; rules above, between, below."""
    size = layout.SIZE_4
    while _copies_height(rows := _copies_rows(setter, notice, size), size) > 0.8 * layout.HEIGHT:
        size *= 0.85  # hundreds of names: smaller, but on one page
    pitch = layout.COPIES_PITCH * size / layout.SIZE_4
    marks: Marks = ()
    top = 0.0
    for row in rows:
        marks += (Rule(LEFT, top, layout.RIGHT, top, layout.RULE_LIGHT if top else layout.RULE_HEAVY),)
        for line in row:
            marks += set_line(line, LEFT + size / MM, top, size, pitch)
            top += pitch
    marks += (Rule(LEFT, top, layout.RIGHT, top, layout.RULE_HEAVY),)
    return Strip(top, marks, at_foot=True)


def _copies_height(rows: list[list[Line]], size: float) -> float:
    return sum(map(len, rows)) * layout.COPIES_PITCH * size / layout.SIZE_4


def _copies_rows(setter: Setter, notice: NoticeContent, size: float) -> list[list[Line]]:
    em = size / MM
    measure = WIDTH - 2 * em
    rows = []
    if copies := listed(notice.copies_to, "，"):
        label = setter.line("抄送：", Role.BODY, size)
        hung = setter.lines([Run(copies.rstrip("。") + "。")], size, measure - label.width)
        first, *rest = (line.moved(label.width) for line in hung)
        rows.append([Line(label.placed + first.placed, label.width + first.width), *rest])
    if people := people_line(notice):
        rows.append(setter.lines([Run(people)], size, measure))
    rows.append(_printed_by(setter, notice, size, measure))
    return rows


def _printed_by(setter: Setter, notice: NoticeContent, size: float, measure: float) -> list[Line]:
    """The printing body at the left, the day of printing at the right."""
    day = f"{date_text(notice.issued_on)}印发" if notice.issued_on and not notice.is_draft else "　　年　月　日印发"
    right = setter.line(day, Role.BODY, size)
    left = setter.lines([Run(clean(notice.issuer))], size, measure - right.width - size / MM)
    *lines, last = left or [Line((), 0.0)]
    placed = last.placed + right.moved(measure - right.width).placed
    return [*lines, replace(last, placed=placed, width=measure)]
