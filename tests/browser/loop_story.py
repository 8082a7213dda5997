"""What the people of the loop say, and what they remember from one step to the next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from opinion_portal import clock
from tests.browser.story import STATION
from tests.support.programs import until
from tests.support.stack import PortalStack

ITEM = "P1"
PHONE = "19900004321"
COMPLAINT = "南门烧烤摊半夜两点还在放音响，老人孩子睡不着，请管一管。我是文化路77号3单元402室的李建国。"
# The portal takes these out by itself; whatever else could tell who spoke, the centre takes out before dispatch.
NUMBERS = ("402", "3单元", PHONE)
BRIEF = "南门烧烤摊半夜两点还在放音响，老人孩子睡不着，请管一管。"
# What must reach neither the unit nor any paper.
SECRETS = (*NUMBERS, "李建国", "文化路77号")
TITLE = "烧烤摊夜间噪声扰民"
PROGRESS = "今晚十点到现场，摊主承诺零点收摊。"
RESULT = "连续三晚巡查，音响已收走，零点前收摊。"
REPLY = "已责令摊主收走音响并在零点前收摊，巡逻每晚回看。"
STILL = "昨晚又放到两点"
ANSWER = f"3 {STILL}"
ON_THE_PHONE = "周末最厉害，民警走了又摆出来。"
WHY_OPEN = "群众短信回复未解决，需要电话回访了解周末的情况。"
PLACE = "分局三楼会议室"
TALK = "问：为什么没有办好？\n答：巡查排班不够。"
PLAN = "每周五、周六晚增派一组巡逻，零点后固定岗。"


def notice(now: datetime) -> dict[str, str]:
    """The draft of a notice whose dates lie ahead, by the names of its fields."""
    day = clock.bureau_day(now)
    return {
        "person": "示例所长",
        "post": "所长",
        "facts": "你单位承办的1件群众诉求事项，经回访群众反映问题仍未解决。",
        "meets_at": f"{day + timedelta(days=2)}T09:30",
        "place": PLACE,
        "plan_by": str(day + timedelta(days=9)),
        "rectify_by": str(day + timedelta(days=20)),
        "appeal_until": str(day + timedelta(days=10)),
        "appeal_to": "分局纪检室",
    }


@dataclass
class Loop:
    """The receipt of the one voice, and the numbers of what came of it."""

    portal: PortalStack
    receipt: str = ""
    matter: int = 0
    notice: int = 0

    def link(self) -> str:
        """What the poster under the nose of the unit leads to."""
        found = self._one(
            "SELECT c.code FROM stations_pointcode c JOIN stations_sensingpoint p ON p.id = c.point_id"
            " JOIN accounts_unit u ON u.id = p.station_id WHERE u.code = %s AND c.revoked_at IS NULL ORDER BY c.id",
            STATION,
        )
        return f"/p/{found}/"

    def unit_name(self) -> str:
        """The unit's name as the Chinese pages show it."""
        return str(self._one("SELECT name FROM accounts_unit WHERE code = %s", STATION))

    @property
    def feedback(self) -> int:
        return int(str(self._one("SELECT id FROM feedback_feedback WHERE content = %s", COMPLAINT)))

    @property
    def feedback_reference(self) -> str:
        return f"F-{self.feedback:08d}"

    @property
    def reference(self) -> str:
        """The matter's number as pages show it."""
        return f"M-{self.matter:08d}"

    def matter_state(self) -> str:
        return str(self._one("SELECT state FROM measures_rectification WHERE id = %s", self.matter))

    def wait_until_classified(self) -> None:
        until(lambda: bool(self._one("SELECT suggestion_id FROM feedback_feedback WHERE id = %s", self.feedback)), 40)

    def wait_until_counted(self) -> None:
        """The tallies know of the notice."""
        until(lambda: self._one("SELECT count(*) FROM insights_looptally WHERE dimension = 'notice'") != 0, seconds=60)

    def _one(self, statement: str, *values: object) -> object:
        return self.portal.rows(statement, *values)[0][0]
