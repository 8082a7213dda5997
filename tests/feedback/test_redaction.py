"""What names a person, a flat or a vehicle is taken out of the text that handlers read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.redaction import MARKERS, redact

TAKEN_OUT = [
    ("我手机13800138000随时联系", "我手机〔电话〕随时联系"),
    ("打138 0013 8000或者139-0013-8000", "打〔电话〕或者〔电话〕"),
    ("１３８００１３８０００", "〔电话〕"),
    ("一三八零零一三八零零零", "〔电话〕"),
    ("幺三八〇〇幺三八〇〇〇", "〔电话〕"),
    ("①③⑧⓪⓪①③⑧⓪⓪⓪", "〔电话〕"),
    ("1\u200b3\u200b8\u200b0\u200b0\u200b1\u200b3\u200b8\u200b0\u200b0\u200b0", "〔电话〕"),
    ("+86 138.0013.8000", "〔电话〕"),
    ("138****8000", "〔电话〕"),
    ("座机024-22334455", "座机〔电话〕"),
    ("(0419)2233445", "〔电话〕"),
    ("电话是2233 4455", "电话是〔电话〕"),
    ("身份证11010519491231002X", "身份证〔证件号〕"),
    ("110105 19491231 002x", "〔证件号〕"),
    ("老证110105491231002", "老证〔证件号〕"),
    ("卡号6222 0200 0000 0000 018", "卡号〔卡号〕"),
    ("回执1234-5678-9012-3456", "回执〔卡号〕"),
    ("订单20240530112233445566", "订单〔号码〕"),
    ("辽A12345乱停", "〔车牌〕乱停"),
    ("辽a·d12345 京A 8B9C7", "〔车牌〕 〔车牌〕"),
    ("警车辽A1234警", "警车〔车牌〕"),
    ("车牌号是B3C45", "车牌号是〔车牌〕"),
    ("尾号3457的出租车", "尾号〔车牌〕的出租车"),
    ("发邮件zhang.san+1@mail.example.com", "发邮件〔邮箱〕"),
    ("加微信abc_12345", "加微信〔账号〕"),
    ("vx:lao_wang88", "vx:〔账号〕"),
    ("QQ号123456789", "QQ号〔账号〕"),
    ("警号012345的民警", "警号〔警号〕的民警"),
    ("编号为012345的交警", "编号为〔警号〕的交警"),
    ("民警(210345)", "民警(〔警号〕)"),
    ("住在3号楼2单元501", "住在〔门牌〕"),
    ("12栋3门402室", "〔门牌〕"),
    ("楼上502室", "楼上〔门牌〕"),
    ("十二号楼一单元", "〔门牌〕"),
    ("3-2-501天天吵", "〔门牌〕天天吵"),
    ("A座1203", "〔门牌〕"),
    ("8#楼3单元6楼左边", "〔门牌〕左边"),
    ("12栋楼下", "〔门牌〕楼下"),
    ("家住5-301", "家住〔门牌〕"),
    ("我叫张三,家里吵", "我叫〔姓名〕,家里吵"),
    ("我是刘建军\uff0c有事", "我是〔姓名〕\uff0c有事"),
    ("我是幸福小区的张丽\uff0c有事", "我是幸福小区的〔姓名〕\uff0c有事"),
    ("张先生和李女士", "〔姓名〕先生和〔姓名〕女士"),
    ("欧阳女士", "〔姓名〕女士"),
    ("王某某、李某打人", "〔姓名〕、〔姓名〕打人"),
    ("民警李某态度差", "民警〔姓名〕态度差"),
    ("民警李大伟张贴告示", "民警〔姓名〕张贴告示"),
    ("值班的王警官很耐心", "值班的〔姓名〕警官很耐心"),
    ("社区民警小赵真好", "社区民警〔姓名〕真好"),
    ("小赵警官真好", "〔姓名〕警官真好"),
    ("派出所陈所长", "派出所〔姓名〕所长"),
    ("我丈夫赵国强打我\uff0c赵国强喝酒就闹", "我丈夫〔姓名〕打我\uff0c〔姓名〕喝酒就闹"),
    ("反映人\uff1a刘健三", "反映人\uff1a〔姓名〕"),
    ("反映人张三电话另报", "反映人〔姓名〕电话另报"),
    ("报警人王五住在小区", "报警人〔姓名〕住在小区"),
    ("我叫张三今年50岁", "我叫〔姓名〕今年50岁"),
    ("邻居王大爷家", "邻居〔姓名〕大爷家"),
    ("文艺路18-3号2-4-1天天吵", "文艺路〔门牌〕天天吵"),
    ("我住文艺路18-3号2-4-1", "我住文艺路〔门牌〕"),
    ("文艺路18-3号", "文艺路〔门牌〕"),
    ("大西路乙12-1号", "大西路〔门牌〕"),
    ("帅府街12号院没人管", "帅府街〔门牌〕没人管"),
    ("帅府街12号院3楼西户", "帅府街〔门牌〕"),
    ("帅府街12号院2-1-3", "帅府街〔门牌〕"),
    ("南塔街115号甲2门", "南塔街〔门牌〕"),
    ("大南街45号402室", "大南街〔门牌〕"),
    ("家住万莲路9巷3号", "家住万莲路9巷〔门牌〕"),
    ("户籍地址是沈河区文艺路18号", "户籍地址是沈河区文艺路〔门牌〕"),
    ("泉园小区12-3-2", "泉园小区〔门牌〕"),
    ("锦绣花园12-402的狗", "锦绣花园〔门牌〕的狗"),
    ("楼上502天天跳绳", "楼上〔门牌〕天天跳绳"),
    ("隔壁1103房漏水", "隔壁〔门牌〕漏水"),
    ("Q Q：123456789", "Q Q：〔账号〕"),
    ("Q Q号 123456789", "Q Q号 〔账号〕"),
    ("q.q群123456789", "q.q群〔账号〕"),
    ("扣扣1 2 3 4 5 6 7", "扣扣〔账号〕"),
    ("微 信 号：abc12345", "微 信 号：〔账号〕"),
    ("微 信laowang_88", "微 信〔账号〕"),
    ("微信号是1234567", "微信号是〔账号〕"),
    ("门卫老赵态度差", "门卫〔姓名〕态度差"),
    ("保洁王姐很热心", "保洁〔姓名〕很热心"),
    ("网格员小孙总来，小孙人好", "网格员〔姓名〕总来，〔姓名〕人好"),
    ("物业小刘不理人", "物业〔姓名〕不理人"),
    ("看门的老张头骂人", "看门的〔姓名〕头骂人"),
    ("对门李姨和修鞋的孙大爷", "对门〔姓名〕姨和修鞋的〔姓名〕大爷"),
    ("门卫赵国强收钱", "门卫〔姓名〕收钱"),
    ("有个姓赵的保安", "有个姓〔姓名〕的保安"),
]

LEFT_ALONE = [
    "",
    "遛狗不拴绳,孩子吓哭了",
    "打110没人来,12345也不管",
    "2024年5月30日晚上8点半,2024-05-30 20:30:00",
    "2016 2017 2018 2019年都反映过",
    "1998.3-2003.6在厂里上班",
    "罚款200元扣3分,等了2个小时",
    "青年大街上的5号窗口,坐地铁2号线",
    "二楼大厅三号窗口",
    "盖了3栋楼,三室一厅,7座面包车",
    "建起了一栋三层楼房",
    "邻居高声喧哗,业主和物业吵架",
    "民警辛苦了,民警全程陪同,民警查看监控",
    "老板马上就跑,司机高峰期不让行",
    "公安局长和保安队长来了,向书记反映",
    "历史老师讲课,照顾爷爷",
    "孩子成绩好,老师任教多年",
    "某些人,某小区,有某单位",
    "卡拉OK唱到12点,KTV太吵",
    "派出所民警很热情,为人民服务",
    "老人多,老师傅们辛苦,小区很好,小孩在楼下玩",
    "社区老年人,社区小门关了,物业小时工,楼下小龙虾店,门卫老石头,保安老是睡觉,社区小黄车乱停",
    "楼上老公打呼噜,物业小毛病不断,社区小公园,隔壁小白楼",
    "老百姓的钱,百姓安心,姓党为民,姓名不便说",
    "要2-4天,有3-5个,5-6-7月,第2-4-1条,一家3-4-5口,小区9-12点停水,小区10-100米内",
    "110,119,12345,12328,坐218路、环路、3-5路车,2024-5-30,5-30",
    "文艺路18号的饭店,青年大街1号附近,五爱街27-1号网点,二环路18号公馆,青年大街100号公交线",
    "文艺路18号2024年开业,楼上200多人,楼下500米有站,2005房补文件,119号院线",
    "QQ群里有200人,微信转账20000元,微信200多人的群,发抖音10000多人看",
    "住房公积金中心在青年大街5号,公司住所地是文艺路18号",
]

PIECES = st.sampled_from(
    [
        *(given_text for given_text, _ in TAKEN_OUT),
        *LEFT_ALONE,
        *"0123456789零一二三幺栋号室楼门- ,.*张王李某民警我叫是先生辽京AX电话微信小老\uff0c\uff1a１２\u200b〔〕",
        *MARKERS.values(),
    ]
)
MIXED = st.lists(PIECES, max_size=14).map("".join)
SEPARATOR = st.sampled_from(["", " ", "-", ".", "\u3000", "\u200b", "—"])


@pytest.mark.parametrize(("text", "expected"), TAKEN_OUT)
def test_personal_details_become_markers(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_ordinary_words_and_numbers_stay(text: str) -> None:
    assert redact(text).text == text
    assert redact(text).spans == ()


def test_spans_are_places_in_the_original() -> None:
    text = "我叫张三,手机13800138000"
    assert [(text[span.start : span.end], span.kind) for span in redact(text).spans] == [
        ("张三", "name"),
        ("13800138000", "phone"),
    ]


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.lists(SEPARATOR, min_size=10, max_size=10), MIXED, MIXED)
def test_no_mobile_number_survives(number: str, separators: list[str], before: str, after: str) -> None:
    spaced = "".join(digit + separator for digit, separator in zip(number, [*separators, ""], strict=True))
    text = redact(f"{before}。{spaced}。{after}").text
    assert number not in re.sub(r"[\s\u200b.—-]", "", text)
    assert not re.search(r"1[3-9][0-9]{9}", text)


@given(st.text(alphabet="0123456789 张李民警,。", max_size=60))
def test_no_eleven_digits_in_a_row_survive(text: str) -> None:
    assert not re.search("[0-9]{11}", redact(text).text)


@given(MIXED)
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(text).text
    assert redact(once).text == once


@given(MIXED)
def test_the_spans_rebuild_the_redacted_text(text: str) -> None:
    result = redact(text)
    rebuilt, end = "", 0
    for span in result.spans:
        assert end <= span.start < span.end
        rebuilt, end = rebuilt + text[end : span.start] + MARKERS[span.kind], span.end
    assert rebuilt + text[end:] == result.text


@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(redact(text).text, str)


def test_a_text_of_five_thousand_digits_is_quick() -> None:
    for filler in (
        "1 ",
        "栋1",
        "某",
        "138-",
        "张" * 3 + "1" * 3,
        "民警王",
        "住",
        "住路1号",
        "路1-1号",
        "微 ",
        "门卫老",
    ):
        redact((filler * 5000)[:5000])
