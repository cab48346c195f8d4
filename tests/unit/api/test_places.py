"""Places for files, given to clients in turn."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from lect.api.places import RETRY, Places
from lect.core.errors import TooManyRequests


async def hold(stack, places, client):
    await stack.enter_async_context(places.place(client))


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


def arun(work):
    return asyncio.run(asyncio.wait_for(work, 30))


def test_one_client_with_many_files_leaves_room_for_another():
    async def story():
        places = Places(16, patience=0.01)
        async with AsyncExitStack() as stack:
            for _ in range(12):
                await hold(stack, places, "many")
            with pytest.raises(TooManyRequests) as refused:
                await hold(stack, places, "many")
            for other in "abcd":
                await hold(stack, places, other)
            assert places.taken == 16
            with pytest.raises(TooManyRequests):
                await hold(stack, places, "e")
        assert places.taken == 0
        return refused.value

    error = arun(story())
    assert "12 files are being recognised, 12 of them yours" in error.message
    assert error.details["retry_after"] == RETRY
    assert f"Try again in {RETRY} s" in error.hint


def test_a_single_place_is_for_whoever_comes():
    async def story():
        places = Places(1, patience=0.01)
        async with places.place("a"):
            with pytest.raises(TooManyRequests):
                await hold(AsyncExitStack(), places, "b")
        async with places.place("b"):
            return places.taken

    assert arun(story()) == 1


def test_what_becomes_free_is_for_whoever_has_none_and_then_in_turn():
    async def story():
        places, order, held = Places(4, patience=20), [], {}

        async def take(client):
            held[client] = AsyncExitStack()
            await hold(held[client], places, client[0])
            order.append(client)

        for client in ("a1", "a2", "b1", "c1"):
            await take(client)
        waiting = []
        for client in ("a3", "a4", "b2", "c2", "d1", "e1"):
            waiting.append(asyncio.ensure_future(take(client)))
            await settle()
        order.clear()
        for client in ("a1", "a2", "b1", "c1", "d1"):
            await held[client].aclose()
            await settle()
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return order

    assert arun(story()) == ["d1", "a3", "b2", "c2", "e1"]


def test_whoever_waits_and_goes_leaves_no_trace():
    async def story():
        places = Places(2, patience=20)
        async with places.place("a"), places.place("b"):
            waiting = asyncio.ensure_future(hold(AsyncExitStack(), places, "c"))
            await settle()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        async with places.place("d"), places.place("e"):
            return places.taken

    assert arun(story()) == 2


def test_a_client_that_queues_without_end_is_refused_at_once():
    async def story():
        places = Places(2, patience=20)
        async with places.place("a"):
            waiting = [asyncio.ensure_future(hold(AsyncExitStack(), places, "a")) for _ in range(2)]
            await settle()
            with pytest.raises(TooManyRequests):
                await hold(AsyncExitStack(), places, "a")
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    arun(story())
