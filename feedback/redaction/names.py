"""Names of persons, found by the words around them and checked with the segmenter."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from feedback.segmentation import segmenter

# Surnames that are rarely anything else at the start of a word.
_CLEAR = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪"
    "姜范石姚谭廖邹熊陆郝孔崔康毛邱秦侯邵孟龙汤尹黎武乔贺赖龚庞樊殷陶洪翟颜倪牛芦季俞葛伍韦尤毕聂丛焦柳邢岳齐莫庄"
    "涂谷祁舒耿牟詹苗凌纪靳盛童欧甄曲阳裴席屈鲍覃霍翁隋植甘柏柯阮闵柴冉辜饶刁瞿戚丘滕晋苑邬臧畅苟褚廉娄符奚肖付"
    "穆燕郎邸冀姬屠郜晏栾郁蒙窦迟敖糜鄢艾巩稽虞卞竺冼佟佘梅闫代江钱田白万段雷施鲁"
)
# Surnames that are also everyday verbs, adverbs and nouns: taken only where the segmenter sees a name.
_DOUBTFUL = (
    "高任方常易兰温章向路左时关费包司宁解华房边米池全简木党商计喻揭宇冷卓花都井练仲乐官衣楚明应经成管查支"
    "顾曾严桂封史黑满红平游展宣门水火国公卫位祝辛古吉景薄项于尚金文安"
)
# Of these, the ones that never stand before a title as a surname (向书记反映, 公安局长, 支队长).
_NEVER_TITLED = frozenset("向于时从经成应查管关支常安公国任全史")
_COMPOUND = "欧阳|上官|司马|诸葛|司徒|独孤|夏侯|尉迟|皇甫|慕容|令狐|端木|公孙|长孙|申屠"
_HAN = r"\u4e00-\u9fff"
# Characters that follow a surname in a sentence but stand in nobody's given name.
_NO_GIVEN = (
    "的了是在不没有就都也说把被和与对给让要会能去到很又再还这那他她它我你们个着过得地以及等后前上下里外从叫问找打骂"
    "某并却则先已将拿收跑某号住"
)
_TITLES = (
    "先生|女士|小姐|太太|警官|警长|所长|副所长|教导员|指导员|副?队长|副?局长|科长|处长|副?主任|副?书记|经理|老师|医生"
    "|大夫|律师|师傅|大爷|大娘|大妈|大叔|大姐|大哥|大嫂|阿姨|奶奶|爷爷|叔叔|同志|同学|老板|校长|院长|站长|村长|支书"
)
# What else people write right behind a name.
_NEXT = "电话|手机|身份证?|今年|现年"
_GIVEN = rf"(?![{_NO_GIVEN}]|{_TITLES}|{_NEXT})[{_HAN}]"
_SURNAME = rf"(?:{_COMPOUND}|[{_CLEAR}{_DOUBTFUL}])"
_FULL_NAME = rf"{_SURNAME}(?:{_GIVEN}){{1,2}}"

_POLICE = "(?:民警|辅警|交警|协警|片警|警察|警官|警长)"
_ROLES = (
    rf"{_POLICE}|所长|教导员|指导员|队长|局长|科长|主任|书记|经理|队员|保安|举报人|投诉人|反映人|报警人|求助人|当事人|嫌疑人|受害人"
    "|被害人|负责人|联系人|法人|法人代表|法定代表人|户主|房东|业主|租客|租户|司机|车主|店主|老板|邻居|同事|朋友|爱人|丈夫"
    "|妻子|老公|老婆|父亲|母亲|爸|妈|儿子|女儿|孩子|哥|姐|弟|妹|对象|男友|女友|前夫|前妻|同学|老师|门卫|门岗|保洁|网格员|楼长"
)
_POSTS = (
    rf"{_POLICE}|{_TITLES}|邻居|房东|业主|户主|租户|门卫|门岗|保安|保洁员?|物业|更夫|楼长|组长|班长|网格员|社区|居委会|楼[上下]|对门|隔壁"
    "|同事|朋友|司机|店主|摊主|工人|电工|水工|收费员|管理员|协管员?|大厅|窗口"
    "|(?:看门|打更|值班|收费|修车|看车|管车|开车|扫地|保洁|管事|修理|送水|送货|卖菜|开店|做饭|看摊)的"
)
_INTRODUCTIONS = (
    "[我他她]叫|名叫|叫做|名字叫|名字是|姓名(?:是|为)?|署名|落款|联系人|举报人|反映人|投诉人|申请人|敬礼[!.]?"
)
_NO_PERSON = "[些人个种地处时天日月年宾店小路楼栋单公家一区街校院厂局]"

_INTRODUCED = re.compile(rf"(?:{_INTRODUCTIONS})\s*:?\s*(?P<name>{_FULL_NAME}(?:·[{_HAN}]{{1,8}})?)")
_MASKED = re.compile(rf"(?P<name>{_SURNAME}(?:某某|某(?!{_NO_PERSON})|[×xX*○]{{1,2}}(?![A-Za-z0-9×*])))")
# Surnames that make an everyday word with 小 or 老: 小时, 小门, 老公.
_THINGS = "门水火国公路时花井木池米房边官商计党经成应旗宣黑红康"
_NICKNAMED = re.compile(rf"(?P<name>[小老大]{_SURNAME})(?={_TITLES}|{_POLICE})")
_NICKNAME = re.compile(rf"(?:{_POSTS})(?:叫|的?是|:)?(?P<name>[小老](?![{_THINGS}]|黄[车狗]){_SURNAME})")
_SURNAMED = re.compile(rf"(?P<name>{_SURNAME})(?={_TITLES}|哥|姐|叔|婶|姨(?!妈))")
# 姓公, 姓党 say whose side somebody is on.
_CALLED = re.compile(rf"(?<!百)姓(?P<name>(?![公党]){_SURNAME})(?=的|[,.;!)\s]|$)")
_TITLED = re.compile(rf"(?=(?P<name>{_FULL_NAME})(?:{_TITLES}|{_POLICE}))")
_SELF = re.compile(rf"(?:我是|本人是?):?(?:[^,.;!\s]{{1,24}}的)?(?P<name>{_FULL_NAME})(?=[,.;!\s]|$)")
_ROLE = re.compile(rf"(?:{_ROLES})(?:名?叫|:\s*)?(?P<name>{_FULL_NAME})")
_MAY_MATTER = re.compile(rf"{_TITLES}|{_ROLES}|{_POSTS}|{_INTRODUCTIONS}|我是|本人|某|姓|[叔婶姨]|[×xX*○]")

# One character for one character: full-width signs to plain ones, all kinds of middle dot to one.
_SIGNS = str.maketrans("\uff1a\uff0c\u3002\uff0e\u3001\uff1b\uff01\u2022\u30fb", ":,..,;!··")


class _Word(NamedTuple):
    start: int
    end: int
    text: str
    tag: str


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    place = 0
    for word, tag in segmenter().tag(text):
        words.append(_Word(place, place + len(word), word, tag))
        place += len(word)
    return words


def _is_person(start: int, end: int, text: str, words: list[_Word]) -> bool:
    """Whether the segmenter agrees: a name starts where a word starts, and runs over no dictionary word but a name."""
    touched = [word for word in words if word.start < end and word.end > start]
    if not touched or touched[0].start != start:
        return False
    if text[start] in _DOUBTFUL and not touched[0].tag.startswith("nr"):
        return False
    return all(word.tag.startswith("nr") or not _is_dictionary_word(word.text) for word in touched)


def _is_dictionary_word(word: str) -> bool:
    return len(word) > 1 and segmenter().has_word(word)


def _longest_person(match: re.Match[str], text: str, words: list[_Word]) -> Iterator[tuple[int, int]]:
    """The name of `match`, or the name one character shorter, when the segmenter sees a person there."""
    start, end = match.span("name")
    for stop in (end, end - 1):
        if stop - start > 1 and _is_person(start, stop, text, words):
            yield start, stop
            return


def _surely_named(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_INTRODUCED, _MASKED, _NICKNAMED, _CALLED):
        yield from (match.span("name") for match in pattern.finditer(text))


def _probably_named(text: str) -> Iterator[tuple[int, int]]:
    words = _words(text)
    starts = {word.start for word in words}
    yield from _nicknames(text, words)
    for match in _SURNAMED.finditer(text):
        surname = match["name"]
        if surname not in _DOUBTFUL or (match.start() in starts and surname not in _NEVER_TITLED):
            yield match.span("name")
    for pattern in (_TITLED, _SELF, _ROLE):
        for match in pattern.finditer(text):
            yield from _longest_person(match, text, words)


def _nicknames(text: str, words: list[_Word]) -> Iterator[tuple[int, int]]:
    """老赵 behind 门卫, also as 老赵头, unless the surname begins a longer word (小龙虾, 老石头)."""
    inside = {place for word in words if _is_dictionary_word(word.text) for place in range(word.start + 1, word.end)}
    return (match.span("name") for match in _NICKNAME.finditer(text) if match.end() not in inside)


def find_names(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, "name") of persons' names, and of every place where a name that was found comes again."""
    plain = text.translate(_SIGNS)
    if not _MAY_MATTER.search(plain):
        return
    places = [*_surely_named(plain), *_probably_named(plain)]
    for name in {plain[start:end] for start, end in places if end - start > 1}:
        places += [match.span() for match in re.finditer(re.escape(name), plain)]
    yield from ((start, end, "name") for start, end in places)
