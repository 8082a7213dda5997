"""The demonstration's own officers. They have no password, so nobody can log in as one of them."""

from functools import cached_property

from accounts.models import Officer, Role, Unit
from accounts.services import SYSTEM, audit_record


def demo_officer(username: str, name: str, unit: Unit, role: Role) -> Officer:
    """The officer of this account name, made when there is none.

    Not by ``officer_create``: sixty first passwords that nobody will read take longer to hash than all they do.
    """
    known = Officer.objects.filter(username=username).first()
    if known is not None:
        return known
    made = Officer(username=username, name=name, unit=unit, role=role)
    made.set_unusable_password()
    made.save()
    audit_record(
        action="officer.create", actor=SYSTEM, object_type="officer", object_id=made.pk, data={"role": str(role)}
    )
    return made


class Cast:
    """Who plays the loop: the posts of the bureau, and the heads of the units, made as they are needed."""

    def __init__(self) -> None:
        self._heads: dict[int, Officer] = {}

    @cached_property
    def bureau(self) -> Unit:
        return Unit.objects.get(kind=Unit.Kind.BUREAU)

    @cached_property
    def centre(self) -> Officer:
        return demo_officer("demo-centre", "演示中心", self.bureau, Role.CENTRE)

    @cached_property
    def discipline(self) -> Officer:
        return demo_officer("demo-discipline", "演示纪检", self.bureau, Role.DISCIPLINE)

    @cached_property
    def leader(self) -> Officer:
        return demo_officer("demo-leader", "演示局领导", self.bureau, Role.LEADER)

    @cached_property
    def judge(self) -> Officer:
        """A second leader: whoever had a hand in a notice decides no appeal against it."""
        return demo_officer("demo-leader-2", "演示局领导乙", self.bureau, Role.LEADER)

    @cached_property
    def custodian(self) -> Officer:
        return demo_officer("demo-custodian", "演示保管员", self.bureau, Role.CUSTODIAN)

    @cached_property
    def visited(self) -> Unit | None:
        """The unit whose head can log in: whoever tries the portal with that account is to find work there."""
        heads = Officer.objects.filter(role=Role.UNIT_HEAD, is_active=True).exclude(username__startswith="demo-")
        first = heads.select_related("unit").order_by("id").first()
        return first.unit if first else None

    def head(self, unit: Unit) -> Officer:
        """The head of ``unit``."""
        if unit.pk not in self._heads:
            self._heads[unit.pk] = demo_officer(f"demo-head-{unit.code}"[:32], "演示负责人", unit, Role.UNIT_HEAD)
        return self._heads[unit.pk]
