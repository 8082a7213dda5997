"""Work of many that is done together: whoever comes while a piece of it is under way shares the next piece."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Given = TypeVar("Given")
Done = TypeVar("Done")


class Together(Generic[Given, Done]):
    """``work`` takes what has gathered, at most ``most``, and gives a result for each."""

    def __init__(self, work: Callable[[Sequence[Given]], Awaitable[Sequence[Done]]], *, most: int) -> None:
        self._work, self._most = work, most
        self._waiting: list[tuple[Given, asyncio.Future[Done]]] = []
        self._working: asyncio.Task[None] | None = None

    async def done(self, given: Given) -> Done:
        """The result for ``given``. Raises what ended the piece of work that it was part of."""
        result: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self._waiting.append((given, result))
        if self._working is None:
            self._working = asyncio.create_task(self._run())
        return await result

    async def _run(self) -> None:
        try:
            while self._waiting:
                gathered, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._told(gathered)
        finally:
            self._working = None

    async def _told(self, gathered: list[tuple[Given, asyncio.Future[Done]]]) -> None:
        results = [result for _, result in gathered]
        try:
            done = await self._work([given for given, _ in gathered])
            for result, value in zip(results, done, strict=True):
                if not result.done():  # whoever waited may be gone
                    result.set_result(value)
        except Exception as error:  # noqa: BLE001  (who waits is told, whatever it is)
            for result in results:
                if not result.done():
                    result.set_exception(error)
        finally:
            for result in results:
                result.cancel()  # of what has its result nothing changes
