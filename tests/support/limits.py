"""The send budget of tests: nobody waits for it."""

from bot.background.rate_limit import RateLimit
from bot.channels.telegram.delivery import SendingLimits

AT_ONCE = RateLimit(rate=1000, burst=1000)
FAST = SendingLimits(overall=1000, chat=AT_ONCE, group=AT_ONCE, staff=1000)
