"""Work that blocks, on a thread that holds up neither the event loop nor the exit."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial


async def on_thread(work: Callable[[], None], *, name: str) -> None:
    """Return when `work` has, or raise what it raised; who stops waiting leaves it to itself."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def end(error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def body() -> None:
        failure: BaseException | None = None
        try:
            work()
        except Exception as error:  # noqa: BLE001  raised where it is awaited
            failure = error
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(partial(end, failure))

    threading.Thread(target=body, name=name, daemon=True).start()
    await done
