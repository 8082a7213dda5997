"""What a resident's reply to the survey SMS says: satisfied, basically satisfied, dissatisfied, no more messages.

The survey asks for 1 满意, 2 基本满意 or 3 不满意; TD, T, R, 退订 and 0 refuse further messages. People write more than
that, so the order is: a refusal, then a number at the head, then words. A number counts when what follows it could not
be read with it (``10``, ``1-3``, ``3 天了``) and does not contradict it (``1 没人来``). Words of dissatisfaction count
anywhere in the text, words of satisfaction only as a clause of their own at its head (``满意才怪``): a wrong 3 costs a
phone call, a wrong 1 closes a matter that is open. Whatever is not certain is UNCLEAR, and a person reads it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# No SMS is that long; the cut bounds the work on text made to be slow.
LONGEST = 2000
_LONGEST_CLAUSE = 30


class Answer(StrEnum):
    """What was answered. REFUSAL forbids further messages to the number; UNCLEAR waits for a person."""

    SATISFIED = "satisfied"
    BASICALLY = "basically"
    DISSATISFIED = "dissatisfied"
    REFUSAL = "refusal"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Reply:
    """One reply. ``comment`` is what the resident said beside the bare answer, in the resident's own characters."""

    answer: Answer
    comment: str


@dataclass(frozen=True)
class Standing:
    """What holds after several replies from one number.

    ``reply`` is the last one that answers the question (SATISFIED, BASICALLY, DISSATISFIED); where none does, the last
    UNCLEAR one; ``None`` where there were refusals only, or nothing. ``is_refused``: no more messages to this number.
    """

    reply: Reply | None
    is_refused: bool


_Reading = tuple[Answer, int]  # the answer, and where the comment starts; 0 where the whole text is the comment

_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_WIDE = "".join(chr(ord(character) + 0xFEE0) for character in _ASCII)
_TRADITIONAL = (
    "滿沒決問題訂發個無還嗎麼別請謝對處辦較經總體結態參叄貳樣說來幾"
    "點號樓們實時讓覺會開電話擾騙爛擇選項評復複為當過後給幫極現絕訴舉"
)
_SIMPLIFIED = (
    "满没决问题订发个无还吗么别请谢对处办较经总体结态叁叁贰样说来几"
    "点号楼们实时让觉会开电话扰骗烂择选项评复复为当过后给帮极现绝诉举"
)
_DIGITS = {"1": "①❶⓵➀➊⑴⒈Ⅰⅰ", "2": "②❷⓶➁➋⑵⒉Ⅱⅱ", "3": "③❸⓷➂➌⑶⒊Ⅲⅲ", "0": "⓪⓿", "一": "㈠㊀", "二": "㈡㊁", "三": "㈢㊂"}
# One character for one, so that a place in the plain text is the same place in what was said.
_PLAIN = (
    str.maketrans(_WIDE + "’‘_", _ASCII.lower() + "'' ")
    | str.maketrans({letter: letter.lower() for letter in _ASCII})
    | str.maketrans(_TRADITIONAL, _SIMPLIFIED)
    | {ord(form): digit for digit, forms in _DIGITS.items() for form in forms}
)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_KEYCAP = "\u20e3"

_NUMBERS = {
    **dict.fromkeys("1一壹", Answer.SATISFIED),
    **dict.fromkeys("2二贰", Answer.BASICALLY),
    **dict.fromkeys("3三叁", Answer.DISSATISFIED),
}
_BETWEEN = "[^\\w👍👎]"
# English words stay together, and 基本 满意; other Chinese words are parted by spaces.
_CLAUSE = re.compile(r"(?:[\w👍👎']|(?<=[a-z]) (?=[a-z])|(?<=[本上较很太不])\s(?=满)|(?<=满)\s(?=意))+")
_SIGNATURE = re.compile(r"\A\s*【([^【】]{2,16})】|【([^【】]{2,16})】\s*\Z")
_POLITE = re.compile(
    rf"(?:{_BETWEEN}*(?:[您你]好|谢谢(?:[您你]们?)?|感谢|多谢|收到|是的|好的?|嗯|辛苦了|警官"
    rf"|hello|hi|yes|thanks|thank you){_BETWEEN}+)*"
)

_NUMBER = re.compile(
    r"[^\w👍👎+\-]*"
    r"(?:(?:我们?)?(?:选择?|选项|回复?|答复?|评价?)(?:是|为)?[\s:,]*)?"
    r"(?P<number>[123]|[一二三壹贰叁](?![^\W0-9]))(?![0-9a-z?%‰*#&@/\\+=×°℃$^])"
    rf"(?P<gap>{_BETWEEN}*+)(?![0-9])"
)
# After a space (3 天了) these make the number count things, which it does without one in any case.
_COUNTED = (
    "(?:[个天次月年日号点楼栋层室户人件条块元岁周遍]|位(?!置)|名(?!额)|回(?![访复电来])|小时|分钟|星期|单元|公里)"
)
# 3没人来 is what people write; 1没人来 contradicts itself, 3天 counts.
_COMPLAINT_HEAD = re.compile("还?没|还?未|不|无人|仍")
_ALONE = re.compile(rf"(?<![\w\-./:~#])[123一二三壹贰叁](?![\w\-./:~#]|\s*{_COUNTED})")
_LAST = re.compile(rf"{_BETWEEN}*([123一二三壹贰叁]){_BETWEEN}*\Z")

_NOT_SOLVED = (
    "(?:没有?|未)(?:能|得到|人|给|帮|我们?|你们|被|真正|彻底|完全|及时|有效|根本|任何|实质|妥善|怎么)*解决(?!不)"
    "|解决不了"
)
_NOT_PLEASED = (
    r"不\s?(?:太|大|怎么|咋|够|甚|很|算|会|可能|能说?|是\s?(?:很|太|特别|非常|十分)?|觉得|感到|[令让]人)?\s?满\s?意"
    r"|不满(?=\W|[的了啊]|\Z)|差评|👎"
)
_NOT_ENGLISH = (
    r"(?<![a-z])(?:(?:dis|un)satisfied|unhappy|un(?:re)?solved"
    r"|(?:not|never|isn't)(?: (?:at all|very|really|yet|been|so|fully))* (?:satisfied|happy|solved|resolved))"
)
_PARTLY = (
    r"(?:基\s?本\s?上?|比较|还算|较为?|大体上?|大致)很?\s?满\s?意|基本上?(?:已经?)?解决"
    r"|(?<![a-z])(?:basically|mostly|partly|fairly|somewhat|generally) satisfied"
)
# Said of satisfaction without saying how much there is: two negations, questions, conditions, the past.
_DOUBT = (
    "(?:不是|并非|没有?(?:什么|啥|任何|一点)?|无|不会|不敢|不得|不要|不能[说算]?|[谈说算]不上|何来|岂能)"
    r"[可好很太]?\s?不\s?(?:太|大|很|是很)?\s?满"
    r"|满\s?意?\s?不\s?满\s?意?|是否\s?满\s?意|不满意的(?:地方|之处|方面|事)?也?[没无]|(?:没有?|未)解决不"
    r"|(?:如果|要是|假如|假设|若(?!干)|万一|倘|只要|除非|一旦)[^。!?\n]{0,12}?(?:满\s?意|解决)"
    r"|(?:以前|之前|原来|上[次回]|当时|本来|原本|起初|开始|曾经?|过去|早先|先前)[^,。、;!?\n]{0,8}?"
    "(?:不满|不太?满意|没有?解决|未解决)"
)
_SIGNS = re.compile(
    f"(?P<doubt>{_DOUBT})|(?P<dissatisfied>{_NOT_PLEASED}|{_NOT_SOLVED}|{_NOT_ENGLISH})|(?P<basically>{_PARTLY})"
    r"|(?P<satisfied>满\s?意(?![度率])|👍|(?<![a-z])satisfied)"
    r"|(?P<solved>已经?[^\W没未不]{0,4}?解决|解决[了好完]|(?<![a-z])(?:re)?solved)"
)
_ASKING = re.compile(r"了?\s?(?:吗|么|与否|没有?(?=\W|\Z)|\?|的话|就?再)")

_WHO = (
    "(?:我们?|本人|大家|总体(?:上|来说)?|总的来说|整体)?(?:对(?:这次|本次|此次|你们)?的?(?:事项|事情|问题)?的?"
    "(?:处理|办理|处置|回复|工作)?的?(?:结果|情况)?)?(?:都|也|表示|感到|觉得)?"
)
_DEGREE = "(?:很|非常|十分|特别|挺|相当|完全|太|极其?|最|真的?|超级?|绝对)*"
_TAIL = "(?:的|了|啊|呀|啦|哦|哈|极了|谢谢|感谢|多谢|👍)*"
_SOLVED = (
    "(?:这个|我的)?(?:问题|事情|事)?(?:都|全部?|完全|圆满|顺利|及时)*"
    "(?:解决(?:好|完)?了|已经?(?:全部|完全|圆满|顺利|妥善)?解决好?)"
)
_I_AM = r"(?:yes )?(?:(?:i am|i'm|im|we are|it is|it's) )?"
_PURE = {
    Answer.SATISFIED: re.compile(
        f"{_WHO}{_DEGREE}(?:满\\s?意)+{_TAIL}|{_SOLVED}{_TAIL}|👍+"
        f"|{_I_AM}(?:(?:very|fully|completely|totally|quite|really) )?(?:satisfied|solved|resolved)"
        "(?: (?:thanks?|thank you))?"
    ),
    Answer.BASICALLY: re.compile(f"{_WHO}(?:{_PARTLY}){_TAIL}|{_I_AM}(?:{_PARTLY})"),
    Answer.DISSATISFIED: re.compile(
        f"{_WHO}{_DEGREE}(?:{_NOT_PLEASED})[的了啊呀👎]*|(?:问题|事情)?[还仍]?(?:{_NOT_SOLVED})了?👎*"
        f"|(?:no )?{_I_AM}(?:{_NOT_ENGLISH})"
    ),
}
_HARMLESS = re.compile(
    "不错|没有?(?:问题|意见|毛病|别的)|没得说|无(?:意见|问题)|不(?:用|必|需要?)再?(?:回|打|联系|谢|来)|不客气"
)
_ANGER = "骗|假|垃圾|敷衍|推诿|投诉|举报|呵呵|[👎😡😠🤬😤💩😭😢😞😒🙄]"
# With a 2 people say what was lacking; with a 1 any such word makes the answer doubtful, with a 3 any praise.
_AGAINST = {
    Answer.SATISFIED: re.compile(
        rf"[不没未无差慢拖烂仍又但?]|{_ANGER}|可是|不过|然而|只是|还[在是]|才怪|个屁|怎么|为什么|何时"
        r"|(?<![a-z])(?:not?|but|never|nobody)(?![a-z])"
    ),
    Answer.BASICALLY: re.compile(rf"[没未]|{_ANGER}|\A\W*\?"),
    Answer.DISSATISFIED: re.compile("(?<!不)[很太]好|非常好|好评|点赞|表扬|excellent|great"),
}

_MESSAGES = "(?:任何|这[些种]|此类|你们的|我|垃圾|骚扰)*(?:短信|信息|消息)"
_REFUSAL = re.compile(
    "(?:回复?|发送?)?t ?d(?:退订|(?:不要|别)再?发了?)?"
    f"|(?:我|请|要|想|申请|要求|帮我|给我)*退[订定](?:{_MESSAGES})?[了吧]?|取消订阅"
    f"|(?:我|请|全部|一律|以后)*拒[收绝](?:接收)?(?:{_MESSAGES})[了吧]?|(?:我|请)?拒收"
    "|(?:请|求|拜托|麻烦|以后|你们?|真的|都)*(?:不要|别|勿|不必|停止)(?:再|继续|给我|向我|乱|老|总)*(?:发送?|推送)(?:来|给我)?"
    f"(?:了|{_MESSAGES})*[了啦吧]?"
    f"|我?(?:不再|不想|不愿意?|不要|别)再?接?收到?(?:{_MESSAGES})了?"
)
_REFUSAL_ALONE = re.compile(r"[\s\"'“”(\[【]*(?:t|r|0|stop|unsubscribe)[\s.,!。，、;:~…\"'“”)\]】]*")
_QUESTION = re.compile(r"\s*\?")


def reply_parse(text: str) -> Reply:
    """Read one reply; see the module for what counts. Never raises.

    In: the text as the provider delivers it; of more than ``LONGEST`` characters only the first ones are read. Out: the
    answer and the comment, which is empty for a bare answer and the whole text (without our signature and invisible
    characters) where the answer stands in the middle of it or is UNCLEAR. A text that answers and refuses is a
    REFUSAL with the answer in its comment. A bare N, yes or no is UNCLEAR: the survey asks no such question.
    """
    said = _without_signature(_clean(text))
    plain = said.translate(_PLAIN)
    answer, place = _refusal(plain) or _numbered(plain) or _worded(plain) or (Answer.UNCLEAR, 0)
    return Reply(answer, _words(said[place:]) if place else said)


def is_late(question_sent_at: datetime, replied_at: datetime, hours: int) -> bool:
    """Whether a reply came more than ``hours`` clock hours after its question; exactly then is still in time.

    A reply dated before its question (a provider's clock) is not late. ValueError for naive moments or negative hours.
    """
    if question_sent_at.utcoffset() is None or replied_at.utcoffset() is None:
        raise ValueError("both moments need a time zone")
    if hours < 0:
        raise ValueError(f"{hours} hours")
    return replied_at - question_sent_at > timedelta(hours=hours)


def latest(replies: Iterable[Reply]) -> Standing:
    """What holds after ``replies`` of one number to one question, in the order in which they were sent.

    A later answer replaces an earlier one with its comment; an UNCLEAR one never replaces an answer. A refusal is final
    for the number whatever follows, and takes nothing back: ``3`` and then ``TD`` still wants its call.
    """
    replies = list(replies)
    unclear = [reply for reply in replies if reply.answer is Answer.UNCLEAR]
    refused = [reply for reply in replies if reply.answer is Answer.REFUSAL]
    answers = [reply for reply in replies if reply.answer not in {Answer.UNCLEAR, Answer.REFUSAL}]
    return Standing(next(reversed(answers or unclear), None), bool(refused))


def _clean(text: str) -> str:
    """The text without what cannot be seen (joiners, variation selectors, skin tones) or cannot be stored."""
    return "".join(filter(_is_seen, text.strip()[:LONGEST])).strip()


def _is_seen(character: str) -> bool:
    if character.isspace():
        return True
    if character == _KEYCAP or "\ufe00" <= character <= "\ufe0f" or ord(character) in _SKIN_TONES:
        return False
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs"}


def _without_signature(said: str) -> str:
    """The text without our quoted 【signature】; brackets around the answer itself stay."""
    return _SIGNATURE.sub(lambda found: found[0] if _is_answer(found[1] or found[2]) else "", said).strip()


def _is_answer(bracketed: str) -> bool:
    plain = bracketed.translate(_PLAIN)
    return bool(_signs(plain) or _refusal(plain))


def _refusal(plain: str) -> _Reading | None:
    if _REFUSAL_ALONE.fullmatch(plain):
        return Answer.REFUSAL, len(plain)
    places = [place.span() for place in _CLAUSE.finditer(plain) if _is_refusal(plain, *place.span())]
    if not places:
        return None
    start, end = places[0]
    return Answer.REFUSAL, 0 if _CLAUSE.search(plain, 0, start) else end


def _is_refusal(plain: str, start: int, end: int) -> bool:
    if end - start > _LONGEST_CLAUSE or _QUESTION.match(plain, end):
        return False
    return bool(_REFUSAL.fullmatch(plain, start, end))


def _numbered(plain: str) -> _Reading | None:
    """The answer by a number at the head: ``None`` where no number counts, UNCLEAR where the rest contradicts it."""
    found = _NUMBER.match(plain, _head(plain))
    if found is None:
        return None
    answer, place = _NUMBERS[found["number"]], found.end("number")
    if not _stands(plain, found.end(), answer, found["gap"]):
        return None
    if _contradicts(plain[place:], answer):
        return Answer.UNCLEAR, 0
    return answer, _pure_end(plain, place, answer) or place


def _stands(plain: str, place: int, answer: Answer, gap: str) -> bool:
    """Whether the number before ``place`` is an answer, not the beginning of something longer."""
    if place == len(plain) or plain[place] in "👍👎":
        return True
    if gap:
        return not (gap.isspace() and re.match(_COUNTED, plain[place:]))
    if _pure_end(plain, place, answer):
        return True
    complains = _COMPLAINT_HEAD.match(plain, place) and not _HARMLESS.match(plain, place)
    return answer is Answer.DISSATISFIED and bool(complains)


def _worded(plain: str) -> _Reading | None:
    """The answer by words: one kind of them and no doubt, and for a good answer a clause of its own at the head."""
    signs = {Answer.SATISFIED if sign == "solved" else sign for sign in _signs(plain)}
    if len(signs) != 1 or signs == {"doubt"}:
        return None
    answer = Answer(signs.pop())
    end = _pure_end(plain, _head(plain), answer)
    if answer is Answer.DISSATISFIED:
        is_clear = not _numbers(plain) - {answer}
    else:
        is_clear = end > 0 and not _contradicts(plain[end:], answer)
    return (answer, _past_number(plain, end) if end else 0) if is_clear else None


def _past_number(plain: str, place: int) -> int:
    """``place``, or the end where nothing but a number follows: 满意 1."""
    return len(plain) if _LAST.match(plain, place) else place


def _head(plain: str) -> int:
    """Where the text begins after greetings and thanks."""
    polite = _POLITE.match(plain)
    return polite.end() if polite else 0


def _pure_end(plain: str, place: int, answer: Answer) -> int:
    """The end of the next clause after ``place`` if it says ``answer`` and nothing else, else 0."""
    clause = _CLAUSE.search(plain, place)
    return clause.end() if clause and _is_pure(clause[0], answer) else 0


def _is_pure(clause: str, answer: Answer) -> bool:
    return len(clause) <= _LONGEST_CLAUSE and bool(_PURE[answer].fullmatch(clause))


def _contradicts(rest: str, answer: Answer) -> bool:
    """Whether ``rest``, which follows the answer, says something else."""
    signs = set(_signs(rest))
    if answer is Answer.DISSATISFIED and not any(_is_pure(clause, Answer.SATISFIED) for clause in _clauses(rest)):
        signs.discard("solved")  # "3 只解决了一半" is no praise
    meant = {answer, "solved"} if answer is Answer.SATISFIED else {answer}
    return bool((signs | _numbers(rest)) - meant or _AGAINST[answer].search(_HARMLESS.sub("", rest)))


def _clauses(plain: str) -> Iterator[str]:
    return (clause[0] for clause in _CLAUSE.finditer(plain))


def _signs(plain: str) -> list[str]:
    """The words for or against in the text, by their kind: ``solved``, ``doubt`` or the value of an answer."""
    return ["doubt" if _ASKING.match(plain, sign.end()) else sign.lastgroup or "" for sign in _SIGNS.finditer(plain)]


def _numbers(plain: str) -> set[Answer]:
    """The answers whose numbers stand alone in the text, not in a date, a house number or a word."""
    return {_NUMBERS[number] for number in _ALONE.findall(plain)}


def _words(rest: str) -> str:
    """``rest`` without the punctuation that parted it from the answer; empty where no word or picture is in it."""
    words = rest.strip()
    while words and unicodedata.category(words[0]) in {"Po", "Pe", "Pd", "Pf", "Sm", "Zs"}:
        words = words[1:].lstrip()
    return words if any(unicodedata.category(character)[0] in "LNS" for character in words) else ""
