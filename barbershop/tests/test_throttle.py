"""Token buckets, in the process and in Redis alike: what is given, when it is told, what is remembered."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from pytest_django import Settings
from redis.asyncio import Redis

from barbershop import throttle
from barbershop.shared_throttle import AWAY_SECONDS, SharedThrottle, build_throttle
from barbershop.throttle import Limits, LocalThrottle, Rate, Throttle, Verdict, configured_limits
from benchmarks.redis_server import redis_server

ANNA, VIKTOR = 1001, 1002
START = 1_800_000_000.0
LIMITS = Limits(one=Rate(3, 0.5), everybody=Rate(10, 10))
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()
        yield redis


@pytest.fixture
async def shared(redis: Redis, redis_url: str) -> AsyncIterator[SharedThrottle]:
    """Buckets in a Redis that has none yet."""
    throttle = SharedThrottle(LIMITS, url=redis_url)
    yield throttle
    await throttle.close()


@pytest.fixture(params=["here", pytest.param("shared", marks=pytest.mark.redis)])
def buckets(request: pytest.FixtureRequest) -> Iterator[Throttle]:
    """The throttle in either place, with nothing in it."""
    if request.param == "here":
        yield LocalThrottle(LIMITS)
        return
    shared: SharedThrottle = request.getfixturevalue("shared")
    yield shared
    assert shared.is_sharing


async def granted(buckets: Throttle, *, now: float, times: int = 50, lane: int = ANNA) -> int:
    """How many tokens a lane gets at a moment."""
    verdicts = [await buckets.take(lane, now=now) for _ in range(times)]
    return sum(not verdict.is_over for verdict in verdicts)


async def test_a_person_gets_the_burst_and_then_the_pace(buckets: Throttle) -> None:
    assert await granted(buckets, now=START) == 3
    assert await granted(buckets, now=START + 1.9) == 0
    assert await granted(buckets, now=START + 2) == 1
    assert await granted(buckets, now=START + 100) == 3


async def test_one_who_is_over_the_limit_costs_nobody_else_anything(buckets: Throttle) -> None:
    await granted(buckets, now=START)
    assert await granted(buckets, now=START, lane=VIKTOR) == 3
    # Six tokens of everybody's ten are spent, none of them on what was refused.
    assert [(await buckets.take(lane, now=START)).wait for lane in range(4)] == [0, 0, 0, 0]


async def test_it_is_told_once_until_the_bucket_was_full_again(buckets: Throttle) -> None:
    await granted(buckets, now=START, times=3)
    seen = [await buckets.take(ANNA, now=START + second / 4) for second in range(40)]
    assert [verdict.is_first for verdict in seen if verdict.is_over] == [True] + [False] * 35
    await granted(buckets, now=START + 30, times=3)
    assert (await buckets.take(ANNA, now=START + 30)).is_first


async def test_a_token_is_there_when_the_wait_is_over(buckets: Throttle) -> None:
    now = START
    await granted(buckets, now=now)
    for _ in range(20):
        verdict = await buckets.take(ANNA, now=now)
        assert verdict.is_over
        assert 0 < verdict.wait <= 2.01
        now += verdict.wait
        assert not (await buckets.take(ANNA, now=now)).is_over


async def test_everybody_together_is_paced_in_turn_and_loses_nothing(buckets: Throttle) -> None:
    verdicts = [await buckets.take(lane, now=START) for lane in range(40)]
    assert not any(verdict.is_over for verdict in verdicts)
    assert [round(verdict.wait, 1) for verdict in verdicts] == [0.0] * 10 + [round(n / 10, 1) for n in range(1, 31)]
    assert [n for n, verdict in enumerate(verdicts) if verdict.is_first] == [10]
    calm = await buckets.take(ANNA, now=START + 10)
    assert calm == Verdict(is_over=False, wait=0, is_first=False)
    assert [verdict.is_first for verdict in [await buckets.take(lane, now=START + 10) for lane in range(12)]].count(
        True
    )


async def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing(buckets: Throttle) -> None:
    await granted(buckets, now=START, times=2)
    assert await granted(buckets, now=START - 3600) == 1
    assert await granted(buckets, now=START - 3600 + 2) == 1
    await buckets.take(VIKTOR, now=START)
    assert (await buckets.take(VIKTOR, now=START - 7200)).wait == 0


async def test_a_clock_that_leaps_gives_one_burst_and_no_more(buckets: Throttle) -> None:
    await granted(buckets, now=START)
    assert await granted(buckets, now=START + 1e9) == 3
    assert await granted(buckets, now=START + 1e9) == 0


async def test_a_clock_that_swings_does_not_give_for_ever(buckets: Throttle) -> None:
    given = 0
    for swing in range(200):
        given += await granted(buckets, now=START + swing % 2, times=2)
    assert given == pytest.approx(3 + 100 * 0.5, abs=2)


async def test_those_who_go_quiet_are_forgotten() -> None:
    buckets = LocalThrottle(LIMITS)
    for lane in range(1000):
        await buckets.take(lane, now=START + lane * 0.001)
    assert len(buckets) == 1000
    await buckets.take(-1, now=START + 10)
    assert len(buckets) == 1


async def test_hostile_lanes_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MAX_BUCKETS", 100)
    buckets = LocalThrottle(LIMITS)
    for lane in range(1000):
        await buckets.take(lane, now=START - lane)  # on a clock that never lets a bucket fill up
        assert len(buckets) <= 100
    assert await granted(buckets, now=START - 1000, lane=999) == 2


@pytest.mark.redis
async def test_redis_forgets_those_who_go_quiet(shared: SharedThrottle, redis: Redis) -> None:
    await shared.take(ANNA, now=START)
    assert 0 < await redis.pttl("{throttle}:1001") <= 2000
    assert 0 < await redis.pttl("{throttle}:everybody") <= 100


@pytest.mark.redis
async def test_redis_and_the_process_judge_alike(shared: SharedThrottle) -> None:
    dice, now, here = random.Random(7), START, LocalThrottle(LIMITS)
    for _ in range(500):
        now += dice.choice([0, 0, 0.01, 0.05, 0.3, 2])
        lane = dice.randrange(6)
        mine, its = await here.take(lane, now=now), await shared.take(lane, now=now)
        assert (its.is_over, its.is_first) == (mine.is_over, mine.is_first)
        assert its.wait == pytest.approx(mine.wait, abs=1e-6)
    assert shared.is_sharing


@pytest.mark.redis
async def test_buckets_in_redis_outlive_the_bot(shared: SharedThrottle, redis_url: str) -> None:
    assert await granted(shared, now=START) == 3
    after_a_restart = SharedThrottle(LIMITS, url=redis_url)
    assert await granted(after_a_restart, now=START) == 0
    await after_a_restart.close()


async def test_without_redis_the_process_judges_at_once_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    shared = SharedThrottle(LIMITS, url=NOWHERE)
    assert await granted(shared, now=START) == 3
    assert not shared.is_sharing
    await shared.take(ANNA, now=START + AWAY_SECONDS)
    assert [record.message for record in caplog.records].count("throttle_fell_back") == 1
    await shared.close()


async def test_redis_that_hangs_is_not_waited_for_at_every_tap(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = SharedThrottle(LIMITS, url=NOWHERE)
    asked: list[float] = []

    async def hang(_lane: int, now: float) -> Verdict:
        asked.append(now)
        raise TimeoutError

    monkeypatch.setattr(shared, "_ask", hang)
    for moment in (0, 1, AWAY_SECONDS - 0.1, AWAY_SECONDS, AWAY_SECONDS + 1, -3600):
        await shared.take(ANNA, now=START + moment)
    assert [moment - START for moment in asked] == [0, AWAY_SECONDS, -3600]
    await shared.close()


async def test_redis_that_never_answers_is_given_up_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        shared = SharedThrottle(LIMITS, url=f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        async with asyncio.timeout(5):
            assert await granted(shared, now=START) == 3
        assert not shared.is_sharing
        await shared.close()


@pytest.mark.redis
async def test_redis_is_asked_again_after_it_lost_everything_or_was_of_no_use(
    shared: SharedThrottle, redis: Redis
) -> None:
    assert await granted(shared, now=START) == 3
    await redis.script_flush()
    await redis.flushall()
    assert await granted(shared, now=START) == 3
    await redis.set("{throttle}:1001", "somebody else's")
    assert await granted(shared, now=START + 1) == 3
    assert not shared.is_sharing
    await redis.delete("{throttle}:1001")
    assert await granted(shared, now=START + 1 + AWAY_SECONDS, times=1) == 1
    assert shared.is_sharing


async def test_limits_and_place_are_those_of_the_settings(settings: Settings) -> None:
    settings.THROTTLE_USER_BURST, settings.THROTTLE_USER_PER_MINUTE, settings.THROTTLE_ALL_PER_SECOND = 5, 30, 7
    settings.REDIS_URL = ""
    assert configured_limits() == Limits(one=Rate(5, 0.5), everybody=Rate(7, 7))
    assert isinstance(build_throttle(), LocalThrottle)
    settings.REDIS_URL = NOWHERE
    shared = build_throttle()
    assert isinstance(shared, SharedThrottle)
    await shared.close()
