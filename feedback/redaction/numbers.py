"""Numbers and addresses that lead to one person: phone, ID, card, plate, account, badge, flat."""

import re
from collections.abc import Iterator

_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_WIDE = "".join(chr(ord(character) + 0xFEE0) for character in _ASCII)
# One character for one character, so that a place in the plain text is the same place in the original.
_PLAIN = str.maketrans(
    _WIDE + "〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖两①②③④⑤⑥⑦⑧⑨⓪。—－–",
    _ASCII + "000123456789112345678921234567890.---",
)

_HIDDEN = "\u00ad\u200b-\u200f\u2060-\u2064\ufe0f\u20e3\ufeff"
_GAP = rf"[\s\-‐-―_.·•,/*#~(){_HIDDEN}]"
_NEAR = rf"[\s\-·.{_HIDDEN}]"
_IS = r"(?:号码|号)?(?:是|为)?:?\s*"

_EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
# Labels are spaced out to slip past filters: 微 信 号, Q Q.
_ACCOUNT_IS = rf"{_NEAR}*(?:账{_NEAR}*号|号{_NEAR}*码|号|ID|id)?{_NEAR}*(?:是|为)?:?\s*"
_DIGITS_APART = r"[1-9](?:\s[0-9]){4,11}(?![0-9])"
_WECHAT = (
    rf"(?:[微威薇Vv]{_NEAR}*信|(?<![A-Za-z])[VvWw]{_NEAR}*[Xx]|[Ww]e[Cc]hat|抖音|快手|微博)"
    rf"{_ACCOUNT_IS}(?P<value>[A-Za-z][A-Za-z0-9_-]{{4,19}}|[1-9][0-9]{{5,11}}(?![0-9元])|{_DIGITS_APART})"
)
_QQ = (
    rf"(?:(?<![A-Za-z])[Qq]{_NEAR}*[Qq]|扣{_NEAR}*扣|企鹅)(?:{_NEAR}*群)?"
    rf"{_ACCOUNT_IS}(?P<value>[1-9][0-9]{{4,11}}|{_DIGITS_APART})"
)

_DIGITS = rf"[0-9](?:[{_HIDDEN}]*[0-9]){{10,}}(?:[Xx](?![A-Za-z]))?"
# A span of years (1971.12-1972.1) has as many digits.
_NO_YEARS = rf"(?!19[0-9]{{2}}{_GAP}[0-9]{{1,2}}{_GAP}{{1,3}}(?:19|20)[0-9]{{2}})"
_MOBILE = rf"(?:\+?{_GAP}?86{_GAP}{{0,3}})?(?<![0-9]){_NO_YEARS}1{_GAP}{{0,3}}[3-9](?:{_GAP}{{0,3}}[0-9]){{9}}"
_MASKED_MOBILE = r"(?<![0-9])1[3-9][0-9][*xX×]{4}[0-9]{4}(?![0-9])"
_LANDLINE = rf"(?<![0-9])\(?0[1-9][0-9]{{1,2}}\)?{_GAP}{{0,3}}[2-9][0-9]{{2,3}}{_GAP}?[0-9]{{4}}(?![0-9])"
_SAID_PHONE = (
    rf"(?:电话|手机|座机|联系方式|号码|打我|致电|[Tt][Ee][Ll])号?(?:是|为)?:?{_GAP}{{0,3}}"
    rf"(?P<value>[0-9](?:{_GAP}?[0-9]){{6,9}})(?!{_GAP}?[0-9])"
)
_GAPPED_ID = rf"(?<![0-9])[1-9][0-9]{{5}}{_GAP}{{1,3}}(?:19|20)[0-9]{{6}}{_GAP}{{1,3}}[0-9]{{3}}[0-9Xx]"
_SHORT_ID = r"(?<![0-9])[1-9][0-9]{5}[*xX×]{6,8}[0-9]{3}[0-9Xx](?![0-9])"
_YEARS = rf"(?:(?:19|20)[0-9]{{2}}{_GAP}{{1,2}}){{3}}"
_GAPPED_CARD = (
    rf"(?<![0-9])(?!{_YEARS})[0-9]{{4}}(?:{_GAP}{{1,2}}[0-9]{{4}}){{3}}(?:{_GAP}{{0,2}}[0-9]{{1,3}}(?![0-9]))?"
)

_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_PLATE_SIGN = "[A-HJ-NP-Za-hj-np-z0-9]"
_PLATE = (
    rf"[{_PROVINCE}]{_NEAR}?[A-HJ-NP-Za-hj-np-z]{_NEAR}{{0,2}}"
    rf"(?:{_PLATE_SIGN}{_NEAR}?){{4,5}}(?:{_PLATE_SIGN}|[挂学警港澳领试超])"
)
_LIKE_PLATE = r"[\u4e00-\u9fff](?!GB)[A-HJ-NP-Z]·?(?=(?:[A-Z]{0,2}[0-9]){3})[A-Z0-9]{5,6}(?![A-Za-z0-9])"
_ARMED_PLATE = rf"[Ww][Jj]{_NEAR}?[{_PROVINCE}]?{_NEAR}?[0-9]{{4}}[A-Za-z0-9]"
_SAID_PLATE = rf"(?:车牌|牌照|车号|尾号){_IS}(?P<value>[A-Za-z]?{_NEAR}?[A-Za-z0-9]{{3,7}})(?![A-Za-z0-9])"

_OFFICER = "(?:民警|警官|警察|交警|辅警|协警)"
_BADGE = rf"(?:警号|警员号|工号|胸牌|胸号|编号|执法证){_IS}(?P<value>[A-Za-z]{{0,2}}[0-9]{{3,10}})"
_BADGE_BEFORE = rf"(?<![0-9])(?P<value>[0-9]{{5,8}})号?的?(?={_OFFICER})"
_BADGE_AFTER = rf"{_OFFICER}\(?(?P<value>[A-Za-z]?[0-9]{{4,8}})(?![0-9])"

_COUNT = "[0-9十百]{1,4}"
_NO_COUNT_BEFORE = "(?<![0-9A-Za-z十百几数.])"
# 栋楼 counts buildings (盖了3栋楼), but 12栋楼下 names one.
_ONE = "(?!楼(?![上下前后道梯顶旁0-9]))"
_BUILDING = (
    rf"{_NO_COUNT_BEFORE}(?:{_COUNT}|[A-Za-z][0-9]{{0,3}})(?:-[0-9]{{1,3}})?\s?"
    rf"(?:号楼|#楼?(?=[\s0-9\u4e00-\u9fff])|(?:栋|幢){_ONE}|座(?=\s?[0-9A-Za-z]))"
    r"|(?<![A-Za-z])[A-Za-z][0-9]?座"
)
_UNIT = rf"{_COUNT}\s?单元|{_COUNT}\s?门(?=\s?[0-9])|[A-Za-z]单元"
_FLOOR = rf"{_COUNT}\s?[楼层]"
_NOT_A_COUNT = "(?![0-9年月日点时分个位辆次多余人元块%])"
_ROOM = (
    r"[A-Za-z]?[0-9]{1,4}(?:-[0-9]{1,4}){0,2}(?:室|户(?![口型主籍外])|号(?!楼))"
    rf"|[0-9]{{3,4}}(?:-[0-9]{{1,2}})?{_NOT_A_COUNT}"
)
_REST = rf"(?:{_NEAR}?(?:{_UNIT}|{_FLOOR}|{_ROOM}|-[0-9]{{1,2}}-[0-9]{{2,4}}|[东南西北中][户室]))"
_HOME = rf"(?:{_BUILDING}){_REST}{{0,4}}|{_NO_COUNT_BEFORE}(?:{_UNIT}){_REST}{{0,3}}"
_FLAT = (
    r"(?<![0-9])[0-9]{3,4}室|(?<![0-9.-])[0-9]{1,3}-[0-9]{1,2}-[0-9]{3,4}(?![0-9-])(?:室|户|号)?"
    r"|(?:住在?|家在?|门牌号?)(?:是|为)?:?(?P<value>[0-9]{1,2}-[0-9]{3,4})(?![0-9-])"
)

# In a street a number alone leads to a shop as well as to a home, and who handles a matter must find the shop. So the
# number goes where it says that people live there: with a flat, a gate (18-3号), a yard (12号院), or after 住.
_STREET = "(?:路|街|巷|胡同|大道|弄|里)"
_NUMBER = "[甲乙丙丁]?[0-9]{1,4}(?:-[0-9]{1,3})?[甲乙丙丁]?号(?![线楼])[甲乙丙丁]?"
_NO_AMOUNT = "(?![0-9年月日点时分个位辆次多余人元块%米平斤岁倍级厘公路线栋层口-]|天(?!天))"
_DOOR = (
    rf"{_NEAR}?(?:{_UNIT}|[甲乙丙丁]?[0-9]{{1,3}}门|-?[0-9]{{1,3}}(?:-[0-9]{{1,2}})?-[0-9]{{1,4}}{_NO_AMOUNT}"
    rf"|[0-9]{{1,4}}[室户](?![口型主籍外])|[0-9]{{3,4}}{_NO_AMOUNT})"
)
_YARD = rf"院(?![校长内外子士系线方办])(?:{_REST}|{_DOOR}){{0,4}}"
_SHOP = "(?:网点|门市|店|商铺|摊|商户|饭|超市|公司|酒|宾馆)"
_STREET_HOME = (
    rf"{_STREET}(?P<value>{_NUMBER}(?:(?:{_YARD}|院?(?:{_DOOR})+(?:{_REST}){{0,3}})|(?<=号)院(?=[内外])))"
    rf"|{_STREET}(?P<gate>[甲乙丙丁]?[0-9]{{1,4}}-[0-9]{{1,3}}[甲乙丙丁]?号(?![线楼])(?!{_SHOP}))"
    rf"|(?:住(?![建房宅院户宿持]|所地)|家在|住址|(?:家庭|户籍)地址)[^,;!?。\s]{{0,24}}?{_STREET}"
    rf"(?P<lived>{_NUMBER}院?(?:{_DOOR}|{_REST}){{0,4}})"
)
_ROOM_OF = (
    r"(?<![0-9.-])[0-9]{3,4}房(?![价贷租产款补])"
    rf"|(?:楼[上下]|对门|隔壁|对面)的?(?P<value>[0-9]{{3,4}}房?){_NO_AMOUNT}"
)
_ESTATE_HOME = (
    r"(?:小区|花园|家园|公寓|苑|庭|(?<!政)府|湾|寓|住在?|我家|家在|家住)\s?"
    rf"(?P<value>[0-9]{{1,3}}-[0-9]{{1,2}}-[0-9]{{1,4}}{_NO_AMOUNT}|[0-9]{{1,2}}-[0-9]{{3,4}}{_NO_AMOUNT})"
)

_KINDS = (
    ("email", _EMAIL),
    ("account", _WECHAT),
    ("account", _QQ),
    ("id", _GAPPED_ID),
    ("id", _SHORT_ID),
    ("bank", _GAPPED_CARD),
    ("phone", _MOBILE),
    ("phone", _MASKED_MOBILE),
    ("phone", _LANDLINE),
    ("phone", _SAID_PHONE),
    ("plate", _PLATE),
    ("plate", _LIKE_PLATE),
    ("plate", _ARMED_PLATE),
    ("plate", _SAID_PLATE),
    ("badge", _BADGE),
    ("badge", _BADGE_BEFORE),
    ("badge", _BADGE_AFTER),
    ("address", _HOME),
    ("address", _FLAT),
    ("address", _STREET_HOME),
    ("address", _ESTATE_HOME),
    ("address", _ROOM_OF),
)
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
_LONG_NUMBER = re.compile(_DIGITS)
_MAY_MATTER = re.compile(r"[0-9@]|[A-Za-z](?:座|单元)|十\s?(?:号楼|栋|幢|单元)")
_COUNTED = re.compile("[一两][栋幢](?:[0-9一二三四五六七八九十]+[层楼])?")  # as in 建了一栋三层楼房
_NO_DIGIT = re.compile(r"[^0-9Xx]")


def _kind_of_long(number: str) -> str:
    """What a run of 11 and more digits most likely is; it is taken out whatever it is."""
    digits = _NO_DIGIT.sub("", number)
    if len(digits) == 11 and digits[0] == "1":
        return "phone"
    if len(digits) in (15, 18):
        return "id"
    return "bank" if 16 <= len(digits) <= 19 else "number"


def _place(match: re.Match[str]) -> tuple[int, int]:
    """The value alone where the pattern names one, else all that matched, without trailing blanks."""
    named = next((name for name, value in match.groupdict().items() if value), 0)
    return match.start(named), match.start(named) + len(match[named].rstrip())


def find_numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, kind) of everything numeric that leads to a person; places may overlap."""
    plain = text.translate(_PLAIN)
    if not _MAY_MATTER.search(plain):
        return
    for match in _LONG_NUMBER.finditer(plain):
        yield match.start(), match.end(), _kind_of_long(match[0])
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(plain):
            start, end = _place(match)
            if not (kind == "address" and _COUNTED.fullmatch(text[start:end])):
                yield start, end, kind
