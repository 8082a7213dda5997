"""What the people of the walk say, and what they remember from one step to the next."""

from dataclasses import dataclass, field

from tests.support.programs import until
from tests.support.stack import PortalStack

# Under which station's nose the poster hangs; the officers at hand serve in it.
STATION = "station-huangcheng"
COMPLAINT = "昨天下午在派出所户籍窗口办身份证，民警态度很差，推来推去等了两个小时也没人管。"
REMARK = "补充一下：是二号窗口，下午三点左右。"
ENGLISH = "Cars park on the pavement in front of the school every afternoon, so children walk on the road."
DANGER = "楼下有人拿刀追着砍人，快来人，就在大门口"
PHONE = "19900001234"

NOISE = "小区南门烧烤摊半夜两点还在大声放音响，吵得全楼老人孩子睡不着，请民警管一管。"
NOISE_AGAIN = "小区南门的烧烤摊天天半夜两点还大声放音响，全楼老人孩子都睡不着，请民警来管管。"
DOG = "公园里好几条大型犬不拴绳乱跑，昨天追着孩子跑，很吓人。"
HEATING = "家里暖气一直不热，物业和供热公司互相推，请帮忙催一催。"
NOTHING = "测试测试"
LETTERS = [
    f"A-1,半夜噪声,{NOISE},求助",
    f"A-2,不拴绳,{DOG},建议",
    f"A-3,暖气不热,{HEATING},求助",
    f"A-4,还是噪声,{NOISE_AGAIN},求助",
    f"A-5,,{NOTHING},",
    "A-6,,,",
]
HEARD = ["路口红绿灯配时太短，老人过不去马路。", "", "社区民警经常来走动，心里踏实，点个赞。"]


@dataclass
class Story:
    """The poster's link and code, and the receipts by what was said."""

    portal: PortalStack
    link: str = ""
    receipts: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return self.link.rstrip("/").rsplit("/", 1)[1]

    def number(self, words: str) -> int:
        """The number of the one feedback that says ``words``."""
        ((number,),) = self.portal.rows("SELECT id FROM feedback_feedback WHERE content LIKE %s", f"%{words}")
        return int(number)

    def count(self, table: str) -> int:
        """How many rows stand in ``table``."""
        return int(self.portal.rows(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608  # our own table's name

    def wait_until_classified(self) -> None:
        """The worker has looked at everything that waits."""
        waiting = "SELECT count(*) FROM feedback_feedback WHERE state = 'received' AND suggestion_id IS NULL"
        until(lambda: self.portal.rows(waiting)[0][0] == 0, seconds=40)
