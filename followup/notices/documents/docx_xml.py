"""Elements of WordprocessingML that python-docx has no words for, put where the schema wants them.

Word takes the children of a property element in one order only (ECMA-376, part 1, 17.3 to 17.6) and may call a file
damaged that has them in another.
"""

from typing import Any

from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.oxml.xmlchemy import BaseOxmlElement

# Only what these documents use, in the schema's order.
ORDER: dict[str, tuple[str, ...]] = {
    "pPr": ("pStyle", "keepNext", "keepLines", "pBdr", "tabs", "autoSpaceDE", "autoSpaceDN", "snapToGrid", "spacing",
              "ind", "jc", "rPr"),
    "rPr": ("rFonts", "b", "snapToGrid", "color", "spacing", "w", "sz", "szCs", "bdr", "lang"),
    "tblPr": ("tblStyle", "tblpPr", "tblW", "jc", "tblBorders", "tblLayout", "tblCellMar", "tblLook"),
    "tcPr": ("tcW", "tcBorders", "vAlign"),
    "trPr": ("cantSplit", "trHeight", "tblHeader"),
    "sectPr": ("type", "pgSz", "pgMar", "cols", "titlePg", "docGrid"),
}  # fmt: skip


def element(tag: str, **values: str) -> BaseOxmlElement:
    """A Word element with its attributes."""
    made: BaseOxmlElement = OxmlElement(f"w:{tag}")
    for name, value in values.items():
        made.set(qn(f"w:{name}"), value)
    return made


def put(parent: Any, child: BaseOxmlElement) -> None:
    """``child`` among the properties of ``parent``, in the place of another of its kind if there is one."""
    for old in parent.findall(child.tag):
        parent.remove(old)
    order = [qn(f"w:{tag}") for tag in ORDER[parent.tag.rpartition("}")[2]]]
    later = set(order[order.index(child.tag) + 1 :])
    for other in parent:
        if other.tag in later:
            other.addprevious(child)
            return
    parent.append(child)
