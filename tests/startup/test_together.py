"""Work that is shared by those who wait for it."""

import asyncio
from collections.abc import Sequence

from opinion_portal.together import Together


class Work:
    """Doubles numbers, piece by piece, each when it is let; seven spoils its piece."""

    def __init__(self) -> None:
        self.pieces: list[list[int]] = []
        self.may_go_on = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.pieces.append(list(numbers))
        await self.may_go_on.wait()
        if 7 in numbers:
            raise ValueError("seven")
        return [number * 2 for number in numbers]


async def _shared(*numbers: int, most: int = 10, cancel: int | None = None) -> tuple[list[list[int]], list[object]]:
    """One comes first, ``numbers`` while it is worked on; the pieces that were made, and what each was told."""
    work = Work()
    together = Together[int, int](work, most=most)
    first = asyncio.create_task(together.done(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(together.done(number)) for number in numbers]
    await asyncio.sleep(0)
    if cancel is not None:
        others[cancel].cancel()
    work.may_go_on.set()
    told = await asyncio.gather(first, *others, return_exceptions=True)
    return work.pieces, list(told)


def test_who_comes_while_a_piece_is_under_way_shares_the_next() -> None:
    pieces, told = asyncio.run(_shared(2, 3, 4))
    assert pieces == [[1], [2, 3, 4]]
    assert told == [2, 4, 6, 8]


def test_a_piece_is_no_larger_than_it_may_be() -> None:
    pieces, told = asyncio.run(_shared(2, 3, 4, 5, 6, most=2))
    assert pieces == [[1], [2, 3], [4, 5], [6]]
    assert told == [2, 4, 6, 8, 10, 12]


def test_a_piece_that_fails_fails_for_those_who_share_it_alone() -> None:
    _, told = asyncio.run(_shared(2, 3, 7, 8, most=2))
    assert told[:3] == [2, 4, 6]
    assert [str(error) for error in told[3:]] == ["seven", "seven"]


def test_who_does_not_wait_any_longer_spoils_nothing_for_the_others() -> None:
    _, told = asyncio.run(_shared(2, 3, cancel=0))
    assert told[0] == 2
    assert isinstance(told[1], asyncio.CancelledError)
    assert told[2] == 6


def test_work_goes_on_after_it_had_ceased() -> None:
    async def twice() -> list[int]:
        work = Work()
        work.may_go_on.set()
        together = Together[int, int](work, most=10)
        return [await together.done(1), await together.done(2)]

    assert asyncio.run(twice()) == [2, 4]
