"""A block at the foot of a page of a DOCX: a frameless text box at the lower edge of the text block.

A floating table would be plainer, but LibreOffice lets no table float that is as wide as the text block.
"""

from typing import Any

from docx.oxml.ns import nsdecls
from docx.oxml.parser import parse_xml
from docx.text.paragraph import Paragraph

from followup.notices.documents.docx_parts import mm, spaced

_TAIL = 1.0  # points: Word wants a paragraph after a table, even in a box
_WPS = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_BOX = """
<w:r {names} xmlns:wps="{wps}" xmlns:mc="{mc}">
 <mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>
  <wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="2" behindDoc="0" locked="0"
             layoutInCell="1" allowOverlap="0">
   <wp:simplePos x="0" y="0"/>
   <wp:positionH relativeFrom="margin"><wp:align>left</wp:align></wp:positionH>
   <wp:positionV relativeFrom="margin"><wp:align>bottom</wp:align></wp:positionV>
   <wp:extent cx="{width}" cy="{height}"/>
   <wp:effectExtent l="0" t="0" r="0" b="0"/>
   <wp:wrapTopAndBottom/>
   <wp:docPr id="1" name="版记"/>
   <wp:cNvGraphicFramePr/>
   <a:graphic><a:graphicData uri="{wps}"><wps:wsp>
    <wps:cNvSpPr txBox="1"/>
    <wps:spPr>
     <a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>
     <a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/><a:ln><a:noFill/></a:ln>
    </wps:spPr>
    <wps:txbx><w:txbxContent/></wps:txbx>
    <wps:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="b"><a:noAutofit/></wps:bodyPr>
   </wps:wsp></a:graphicData></a:graphic>
  </wp:anchor>
 </w:drawing></mc:Choice></mc:AlternateContent>
</w:r>
"""


def put_at_foot(table: Any, anchor: Paragraph, tail: Paragraph, width: float, height: float) -> None:
    """Moves the table's element and the paragraph after it into a box at the foot of the page that ``anchor`` is on.

    ``width`` and ``height`` of the table in millimetres.
    """
    spaced(tail, line=_TAIL, on_grid=False)
    box = parse_xml(
        _BOX.format(names=nsdecls("w", "wp", "a"), wps=_WPS, mc=_MC, width=mm(width), height=mm(height + _TAIL / 2.8))
    )
    [content] = box.xpath(".//w:txbxContent")
    content.extend([table, tail.paragraph_format.element])
    anchor.paragraph_format.element.append(box)
