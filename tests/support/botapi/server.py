"""In-memory stand-in for the Bot API server plus the 'other side': users, chats, clients' screens.

It only listens on loopback.  Behaviour that tests usually get wrong is copied from the published
source of the official server: update ids and offset acknowledgement, long poll conflicts, webhook
retry and ordering (messages are ordered per chat, button presses per user in a *separate* queue,
and a press expires after 150 s), error texts, entity rules, the 48 h deletion rule.
"""
from __future__ import annotations

import asyncio
import collections
import copy
import fnmatch
import inspect
import json
import random
import re
import time
from typing import Any, Awaitable, Callable

import aiohttp
from aiohttp import web

from .markup import MAX_CAPTION, MAX_TEXT, ParseError, render, u16


class ApiError(Exception):
    def __init__(self, code: int, description: str, **parameters: Any):
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def bad(msg: str) -> ApiError:
    return ApiError(400, "Bad Request: " + msg)


NOT_MODIFIED = ("message is not modified: specified new message content and reply markup are exactly the same as "
                "a current content and reply markup of the message")
MEDIA = {"sendDocument": "document", "sendPhoto": "photo", "sendVoice": "voice", "sendAudio": "audio",
         "sendVideo": "video", "sendAnimation": "animation", "sendSticker": "sticker", "sendVideoNote": "video_note"}
MEDIA_EXTRA = {"voice": {"duration": 1}, "audio": {"duration": 1}, "video": {"width": 64, "height": 64, "duration": 1},
               "animation": {"width": 64, "height": 64, "duration": 1}, "video_note": {"length": 64, "duration": 1},
               "sticker": {"type": "regular", "width": 64, "height": 64, "is_animated": False, "is_video": False}}
JUST_TRUE = {
    "setChatMenuButton", "setMyDescription", "setMyShortDescription", "setMyName", "pinChatMessage",
    "unpinChatMessage", "unpinAllChatMessages", "leaveChat", "banChatMember", "unbanChatMember",
    "restrictChatMember", "promoteChatMember", "approveChatJoinRequest", "declineChatJoinRequest",
    "answerInlineQuery", "answerPreCheckoutQuery", "answerShippingQuery", "setMyDefaultAdministratorRights",
    "setChatTitle", "setChatDescription", "setChatPermissions", "readBusinessMessage", "hideGeneralForumTopic",
    "unhideGeneralForumTopic", "unpinAllForumTopicMessages", "setStickerSetTitle", "setUserEmojiStatus", "logOut",
    "close",
}
SEND_LIKE = set(MEDIA) | {"sendMessage", "sendMediaGroup", "copyMessage", "copyMessages", "forwardMessage",
                          "forwardMessages", "sendPoll", "sendContact", "sendLocation", "sendVenue", "sendDice",
                          "sendChecklist", "sendInvoice"}


class Event:
    """Something the user's client shows (or the bot asked for) in one chat."""
    __slots__ = ("seq", "t", "kind", "chat_id", "message_id", "data", "used", "calls")

    def __init__(self, seq: int, t: float, kind: str, chat_id: int, message_id: int | None, data: dict):
        self.seq, self.t, self.kind, self.chat_id = seq, t, kind, chat_id
        self.message_id, self.data, self.used = message_id, data, False

    @property
    def text(self) -> str:
        d = self.data
        return d.get("text") or d.get("caption") or ""


class Chat:
    def __init__(self, info: dict):
        self.info = info
        self.messages: dict[int, dict] = {}
        self.events: list[Event] = []
        self.cond = asyncio.Condition()
        self.waiters: set[asyncio.Future] = set()
        self.deleted: dict[int, float] = {}
        self.next_id = 1
        self.reply_keyboard: dict | None = None
        self.started = info.get("type") != "private"
        self.blocked = False
        self.topics: dict[int, dict] = {}
        self.members: dict[int, str] = {}
        self.draft: str | None = None


class Bot:
    def __init__(self, token: str, profile: dict):
        self.token = token
        self.user = profile
        self.queue: collections.deque[tuple[dict, float]] = collections.deque()
        self.next_update = 100_000 + random.randrange(1000)
        self.poll: asyncio.Future | None = None
        self.wake = asyncio.Event()
        self.hook: dict | None = None
        self.hook_error: tuple[float, str] | None = None
        self.hook_queues: dict[int, collections.deque] = {}
        self.hook_sem = asyncio.Semaphore(40)
        self.commands: dict[str, list] = {}
        self.props: dict[str, Any] = {}
        self.allowed: list[str] | None = None
        self.odd: list[Any] = []  # told with every batch: things that are no updates
        self.acked = 0
        self.delivered: collections.Counter = collections.Counter()


class Server:
    def __init__(self, *, strict: bool = True, flood: dict | None = None, latency_ms: float = 0.0,
                 username: str = "helpdesk_test_bot", schema=None, upstream=None, record_calls: bool = True,
                 spread: bool = False):
        self.bots: dict[str, Bot] = {}
        self.chats: dict[int, Chat] = {}
        self.users: dict[int, dict] = {}
        self.files: dict[str, dict] = {}
        self.callbacks: dict[str, dict] = {}
        self.pm_id = 1
        self.seq = 0
        self.file_no = 0
        self.topic_no = 0
        self.username = username
        self.strict, self.flood, self.latency_ms = strict, flood, latency_ms
        self.spread = spread  # deliver over new connections: each may reach another process
        self.schema, self.upstream, self.record_calls = schema, upstream, record_calls
        self.calls: list[dict] = []
        self.call_count: collections.Counter = collections.Counter()
        self.errors: collections.Counter = collections.Counter()
        self.faults: list[dict] = []
        self.buckets: dict[Any, tuple[float, float]] = {}
        self.clock: Callable[[], float] = time.time
        self.clock_shift = 0.0
        self.detour = ""  # where deliveries land instead of at the webhook: a proxy that is down
        self.problems: list[str] = []
        self.schema_problems: collections.Counter = collections.Counter()
        self._m: dict[str, tuple[str, Callable]] = {
            k[3:].lower(): (k[3:], getattr(self, k)) for k in dir(self) if k.startswith("do_")}
        self.http: aiohttp.ClientSession | None = None
        self.tasks: set[asyncio.Task] = set()
        self.runner: web.AppRunner | None = None
        self.port = 0

    # ---------------------------------------------------------------- plumbing
    def now(self) -> float:
        return self.clock() + self.clock_shift

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("this server only listens on loopback")
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._http_method)
        app.router.add_get("/file/bot{token}/{path:.+}", self._http_file)
        app.router.add_post("/_t/user", self._http_user)
        app.router.add_get("/_t/calls", self._http_calls)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        await self.runner.setup()
        site = web.TCPSite(self.runner, host, port, backlog=1024)
        await site.start()
        self.port = self.runner.addresses[0][1]
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200, force_close=self.spread))
        return f"http://{host}:{self.port}"

    async def stop(self) -> None:
        for t in self.tasks:
            t.cancel()
        for bot in self.bots.values():
            if bot.poll and not bot.poll.done():
                bot.poll.set_result(True)
        if self.http:
            await self.http.close()
        if self.runner:
            await self.runner.cleanup()

    def spawn(self, coro: Awaitable) -> None:
        t = asyncio.ensure_future(coro)
        self.tasks.add(t)
        t.add_done_callback(self.tasks.discard)

    def bot(self, token: str) -> Bot:
        b = self.bots.get(token)
        if b is None:
            m = re.fullmatch(r"(\d{3,12}):[A-Za-z0-9_-]{10,}", token)
            if not m:
                raise ApiError(401, "Unauthorized")
            b = self.bots[token] = Bot(token, {
                "id": int(m[1]), "is_bot": True, "first_name": "Help desk", "username": self.username})
        return b

    async def _http_file(self, req: web.Request) -> web.Response:
        f = self.files.get(req.match_info["path"].split("/")[-1].rsplit(".", 1)[0])
        return web.Response(body=f["data"]) if f else web.json_response(
            {"ok": False, "error_code": 404, "description": "Not Found"}, status=404)

    async def _http_calls(self, req: web.Request) -> web.Response:
        return web.json_response(self.calls)

    async def _http_user(self, req: web.Request) -> web.Response:
        d = await req.json()
        uid = d["user"]["id"]
        self.add_user(uid)
        await self.user_says(next(iter(self.bots)), uid, d["text"])
        return web.json_response({"ok": True})

    async def _http_method(self, req: web.Request) -> web.StreamResponse:
        t0 = time.perf_counter()
        method = req.match_info["method"]
        rec: dict | None = None
        try:
            params = dict(req.query)
            files: dict[str, tuple[str, bytes]] = {}
            ct = req.content_type
            if ct == "application/json":
                said = await req.json() if req.body_exists else {}
                # Telegram takes a number for its digits, as a form has them.
                params.update({k: str(v) if type(v) is int else v for k, v in said.items()})
            elif ct.startswith("multipart/") or ct.endswith("urlencoded"):
                for k, v in (await req.post()).items():
                    if isinstance(v, web.FileField):
                        files[k] = (v.filename, v.file.read())
                    else:
                        params[k] = v
            key = method.lower()
            canon = self._m[key][0] if key in self._m else next(
                (m for m in (*MEDIA, *JUST_TRUE) if m.lower() == key), method)
            if self.record_calls and canon != "getUpdates":
                rec = {"t": time.time(), "method": canon, "params": params, "files": {k: (v[0], len(v[1])) for k, v in files.items()}}
                self.calls.append(rec)
            self.call_count[canon] += 1
            if self.schema and canon != "getUpdates":
                self.schema.request(self, canon, params, files)
            bot = self.bot(req.match_info["token"])
            lose_answer = await self._fault(canon, params)
            if self.latency_ms:
                await asyncio.sleep(self.latency_ms / 1000)
            if self.flood and canon in SEND_LIKE:
                self._check_flood(params.get("chat_id"))
            if key in self._m:
                fn = self._m[key][1]
                result = fn(bot, params, files)
            elif canon in MEDIA:
                result = self._send_media(bot, params, files, canon)
            elif canon in JUST_TRUE:
                if canon.startswith("set"):
                    bot.props[canon + ":" + str(params.get("chat_id", "")) + str(params.get("language_code", ""))] = params
                result = True
            elif self.schema and self.schema.known(method):
                self.problems.append(f"method {method} is real but not modelled by this server")
                raise ApiError(501, f"Not Implemented by the test server: {method}")
            else:
                raise ApiError(404, "Not Found")
            if inspect.isawaitable(result):
                result = await result
            if self.schema and canon != "getUpdates":
                self.schema.response(self, canon, result)
            if lose_answer:
                raise ConnectionAbortedError
            body = {"ok": True, "result": result}
            status = 200
        except ApiError as e:
            status = e.code
            body = {"ok": False, "error_code": e.code, "description": e.description}
            if e.parameters:
                body["parameters"] = e.parameters
            self.errors[f"{method}: {e.code} {e.description}"] += 1
        except (KeyError, ValueError, TypeError) as e:
            status = 400
            body = {"ok": False, "error_code": 400, "description": f"Bad Request: {type(e).__name__} {e}"}
            self.errors[f"{method}: test server could not read the request: {type(e).__name__} {e}"] += 1
        except ConnectionAbortedError:
            if req.transport:
                req.transport.abort()
            return web.Response(status=500)
        if rec is not None:
            rec.update(status=status, ms=round((time.perf_counter() - t0) * 1000, 2),
                       error=body.get("description"))
        return web.Response(body=json.dumps(body, ensure_ascii=False).encode(), status=status,
                            content_type="application/json")

    async def call(self, token: str, method: str, params: dict, files: dict) -> tuple[int, bytes]:
        """One call without HTTP: the status and the body of the answer."""
        key = method.lower()
        canon = self._m[key][0] if key in self._m else next(
            (m for m in (*MEDIA, *JUST_TRUE) if m.lower() == key), method)
        self.calls.append({"method": canon, "params": params})
        self.call_count[canon] += 1
        try:
            bot = self.bot(token)
            result = (self._m[key][1](bot, params, files) if key in self._m
                      else self._send_media(bot, params, files, canon) if canon in MEDIA else True)
            if inspect.isawaitable(result):
                result = await result
        except ApiError as e:
            self.errors[f"{method}: {e.code} {e.description}"] += 1
            return e.code, json.dumps({"ok": False, "error_code": e.code, "description": e.description}).encode()
        return 200, json.dumps({"ok": True, "result": result}).encode()

    async def _fault(self, method: str, params: dict) -> bool:
        for f in self.faults:
            if f["left"] == 0 or not fnmatch.fnmatch(method, f["method"]):
                continue
            if f.get("chat_id") and str(params.get("chat_id")) != str(f["chat_id"]):
                continue
            if f.get("after", 0) > 0:
                f["after"] -= 1
                continue
            if random.random() >= f.get("probability", 1):
                continue
            f["left"] -= 1
            kind = f["error"]
            if kind == 429:
                ra = f.get("retry_after", 1)
                raise ApiError(429, f"Too Many Requests: retry after {ra}", retry_after=ra)
            if kind == "drop":          # the connection dies before anything is done
                raise ConnectionAbortedError
            if kind == "lost_answer":   # done, but the bot never hears of it
                return True
            if kind == "slow":
                await asyncio.sleep(f.get("ms", 1000) / 1000)
                return False
            raise ApiError(int(kind), f.get("description") or {
                400: "Bad Request: injected", 403: "Forbidden: bot was blocked by the user",
                409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                500: "Internal Server Error", 502: "Bad Gateway", 401: "Unauthorized"}.get(int(kind), "injected"),
                **f.get("parameters", {}))
        return False

    def _check_flood(self, chat_id: Any) -> None:
        """Token buckets: {'global': [rate_per_s, burst], 'private': [...], 'group': [...]}."""
        group = str(chat_id).startswith("-")
        for key, spec in ((("*",), self.flood.get("global")),
                          ((chat_id,), self.flood.get("group" if group else "private"))):
            if not spec:
                continue
            rate, burst = spec
            level, t = self.buckets.get(key, (float(burst), time.monotonic()))
            now = time.monotonic()
            level = min(burst, level + (now - t) * rate)
            if level < 1:
                self.buckets[key] = (level, now)
                ra = max(1, int((1 - level) / rate + 0.999))
                raise ApiError(429, f"Too Many Requests: retry after {ra}", retry_after=ra)
            self.buckets[key] = (level - 1, now)

    # ---------------------------------------------------------------- the users' side
    def add_user(self, uid: int, **kw: Any) -> dict:
        if uid not in self.users:
            self.users[uid] = {"id": uid, "is_bot": False, "first_name": f"User{uid}", "language_code": "en", **kw}
            self.chats.setdefault(uid, Chat({"id": uid, "type": "private", "first_name": self.users[uid]["first_name"]}))
        elif kw:
            self.users[uid].update(kw)
        return self.users[uid]

    def add_chat(self, cid: int, **info: Any) -> Chat:
        members = info.pop("members", {})
        c = self.chats.setdefault(cid, Chat({"id": cid, "type": "supergroup", "title": f"Group {cid}", **info}))
        c.members = {int(k): v for k, v in members.items()}
        return c

    def _new_id(self, chat: Chat) -> int:
        if chat.info["type"] in ("supergroup", "channel"):
            chat.next_id += 1
            return chat.next_id - 1
        self.pm_id += 1
        return self.pm_id - 1

    def _event(self, kind: str, chat: Chat, mid: int | None, data: dict) -> Event:
        self.seq += 1
        e = Event(self.seq, time.monotonic(), kind, chat.info["id"], mid, data)
        chat.events.append(e)
        for w in chat.waiters:
            if not w.done():
                w.set_result(None)
        chat.waiters.clear()
        return e

    async def changed(self, chat: Chat, timeout: float) -> None:
        w = asyncio.get_running_loop().create_future()
        chat.waiters.add(w)
        try:
            await asyncio.wait_for(w, timeout)
        except (asyncio.TimeoutError, TimeoutError):
            pass
        finally:
            chat.waiters.discard(w)

    async def user_says(self, token: str, uid: int, text: str | None = None, *, chat_id: int | None = None,
                        thread: int | None = None, reply_to: int | None = None, media: dict | None = None,
                        extra: dict | None = None) -> dict:
        chat = self.chats[chat_id if chat_id is not None else uid]
        if chat.info["type"] == "private":
            chat.started = True
        mid = self._new_id(chat)
        msg: dict = {"message_id": mid, "from": self.users[uid], "chat": chat.info, "date": int(self.now())}
        if text is not None and not media:
            t, ents = render(text, None, None)
            msg["text"] = t
            if ents:
                msg["entities"] = ents
        if media:
            msg.update(media)
            if text:
                msg["caption"] = text
        if thread:
            msg.update(message_thread_id=thread, is_topic_message=True)
        if reply_to and reply_to in chat.messages:
            msg["reply_to_message"] = {k: v for k, v in chat.messages[reply_to].items() if k != "reply_to_message"}
        msg.update(extra or {})
        if self.upstream:
            await self.upstream.user_message(self, token, msg)
        chat.messages[msg["message_id"]] = msg
        if chat.reply_keyboard and chat.reply_keyboard.get("one_time_keyboard"):
            chat.reply_keyboard = None
        self.push(token, "message", msg, chat.info["id"], 86400)
        return msg

    async def user_edits(self, token: str, uid: int, mid: int, text: str) -> None:
        chat = self.chats[uid]
        msg = {**chat.messages[mid], "text": text, "edit_date": int(self.now())}
        chat.messages[mid] = msg
        self.push(token, "edited_message", msg, chat.info["id"], 86400)

    async def user_presses(self, token: str, uid: int, chat_id: int, mid: int, button: dict) -> str:
        chat = self.chats[chat_id]
        cid = str(random.getrandbits(62))
        self.callbacks[cid] = {"t": time.monotonic(), "answered": None, "user": uid, "chat": chat_id}
        cq = {"id": cid, "from": self.users[uid], "chat_instance": str(chat_id * 7919), "data": button["callback_data"],
              "message": copy.copy(chat.messages[mid]) if mid not in chat.deleted else
              {"chat": chat.info, "message_id": mid, "date": 0}}
        if self.upstream:
            await self.upstream.user_callback(self, token, cq)
        self.push(token, "callback_query", cq, uid + (3 << 33), 150)
        return cid

    async def user_blocks(self, token: str, uid: int, blocked: bool = True) -> None:
        chat = self.chats[uid]
        chat.blocked = blocked
        bot = self.bots[token]
        st = ("kicked", "member") if blocked else ("member", "kicked")
        self.push(token, "my_chat_member", {
            "chat": chat.info, "from": self.users[uid], "date": int(self.now()),
            "old_chat_member": {"user": bot.user, "status": st[1], **({"until_date": 0} if st[1] == "kicked" else {})},
            "new_chat_member": {"user": bot.user, "status": st[0], **({"until_date": 0} if st[0] == "kicked" else {})},
        }, uid + (5 << 33), 86400)

    def push(self, token: str, kind: str, payload: dict, queue_id: int, ttl: float) -> int:
        bot = self.bot(token)
        if bot.allowed and kind not in bot.allowed:
            return 0
        uid = bot.next_update
        bot.next_update += 1
        upd = {"update_id": uid, kind: payload}
        expires = self.now() + ttl
        if bot.hook:
            self._hook_put(bot, queue_id, upd, expires)
        else:
            bot.queue.append((upd, expires, queue_id))
            bot.wake.set()
        return uid

    # ---------------------------------------------------------------- webhooks
    def _hook_put(self, bot: Bot, qid: int, upd: dict, expires: float) -> None:
        q = bot.hook_queues.get(qid)
        if q is None:
            q = bot.hook_queues[qid] = collections.deque()
            q.append((upd, expires))
            self.spawn(self._hook_worker(bot, qid, q))
        else:
            q.append((upd, expires))

    async def _hook_worker(self, bot: Bot, qid: int, q: collections.deque) -> None:
        delay = 1.0
        while q and bot.hook:
            upd, expires = q[0]
            if self.now() > expires:
                q.popleft()
                self.problems.append(f"update {upd['update_id']} expired undelivered")
                continue
            hook = bot.hook
            headers = {"X-Telegram-Bot-Api-Secret-Token": hook["secret"]} if hook.get("secret") else {}
            try:
                async with bot.hook_sem:
                    async with self.http.post(self.detour or hook["url"], json=upd, headers=headers,
                                              timeout=aiohttp.ClientTimeout(total=60)) as r:
                        body = await r.read()
                        status = r.status
                if 200 <= status < 300:
                    q.popleft()
                    bot.delivered[upd["update_id"]] += 1
                    delay = 1.0
                    if body[:1] == b"{":
                        d = json.loads(body)
                        m = self._m.get(str(d.get("method", "")).lower())
                        if m:
                            r = m[1](bot, d, {})
                            if inspect.isawaitable(r):
                                await r
                    continue
                if status == 410:
                    bot.hook = None
                    return
                err = f"Wrong response from the webhook: {status} {r.reason}"
            except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as e:
                err = f"Connection failed: {type(e).__name__}"
            bot.hook_error = (time.time(), err)
            await asyncio.sleep(min(delay, 2.0) * (0.25 if "refused" in err or "Connect" in err else 1))
            delay = min(delay * 2, 60)
        if bot.hook_queues.get(qid) is q:
            del bot.hook_queues[qid]

    # ---------------------------------------------------------------- Bot API: updates
    def do_getMe(self, bot, p, f):
        return {**bot.user, "can_join_groups": True, "can_read_all_group_messages": True,
                "supports_inline_queries": False, "can_connect_to_business": False, "has_main_web_app": False}

    async def do_getUpdates(self, bot, p, f):
        if bot.hook:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook "
                                "to delete the webhook first")
        if bot.poll and not bot.poll.done():
            bot.poll.set_result(True)
        mine = bot.poll = asyncio.get_running_loop().create_future()
        if "allowed_updates" in p:
            bot.allowed = _j(p["allowed_updates"]) or None
        offset, limit = int(p.get("offset") or 0), min(100, int(p.get("limit") or 100))
        deadline = time.monotonic() + min(50.0, float(p.get("timeout") or 0))
        if offset < 0:
            while len(bot.queue) > -offset:
                bot.queue.popleft()
        while bot.queue and bot.queue[0][0]["update_id"] < offset:
            bot.queue.popleft()
            bot.acked += 1
        while True:
            now = self.now()
            while bot.queue and bot.queue[0][1] < now:
                self.problems.append(f"update {bot.queue[0][0]['update_id']} expired undelivered")
                bot.queue.popleft()
            if bot.queue or bot.odd:
                out = [u for u, *_ in list(bot.queue)[:limit]]
                for u in out:
                    bot.delivered[u["update_id"]] += 1
                return [*bot.odd, *out]
            left = deadline - time.monotonic()
            if left <= 0:
                return []
            bot.wake.clear()
            w = asyncio.ensure_future(bot.wake.wait())
            await asyncio.wait({w, mine}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            w.cancel()
            if mine.done():
                raise ApiError(409, "Conflict: terminated by other getUpdates request; make sure that only one bot "
                                    "instance is running")

    def do_setWebhook(self, bot, p, f):
        url = p.get("url") or ""
        if not url:
            return self.do_deleteWebhook(bot, p, f)
        if not re.match(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/", url + "/"):
            raise bad("bad webhook: this test server only delivers to loopback addresses")
        bot.hook = {"url": url, "secret": p.get("secret_token"), "max": int(p.get("max_connections") or 40)}
        bot.hook_sem = asyncio.Semaphore(bot.hook["max"])
        if "allowed_updates" in p:
            bot.allowed = _j(p["allowed_updates"]) or None
        if _b(p.get("drop_pending_updates")):
            bot.queue.clear()
        while bot.queue:
            u, exp, qid = bot.queue.popleft()
            self._hook_put(bot, qid, u, exp)
        if bot.poll and not bot.poll.done():
            bot.poll.set_result(True)
        return True

    def do_deleteWebhook(self, bot, p, f):
        for qid, q in bot.hook_queues.items():
            bot.queue.extend((u, e, qid) for u, e in q)
            q.clear()
        bot.hook, bot.hook_queues = None, {}
        if _b(p.get("drop_pending_updates")):
            bot.queue.clear()
        return True

    def do_getWebhookInfo(self, bot, p, f):
        out = {"url": bot.hook["url"] if bot.hook else "", "has_custom_certificate": False,
               "pending_update_count": len(bot.queue) + sum(map(len, bot.hook_queues.values()))}
        if bot.hook:
            out["max_connections"] = bot.hook["max"]
        if bot.hook_error:
            out.update(last_error_date=int(bot.hook_error[0]), last_error_message=bot.hook_error[1])
        return out

    # ---------------------------------------------------------------- Bot API: messages
    def _chat(self, p: dict, key: str = "chat_id", write: bool = True) -> Chat:
        raw = str(p.get(key, ""))
        if not raw:
            raise bad(f"{key} is empty")
        chat = self.chats.get(int(raw)) if raw.lstrip("-").isdigit() else next(
            (c for c in self.chats.values() if "@" + str(c.info.get("username")) == raw), None)
        if chat is None:
            raise bad("chat not found")
        if write and chat.info["type"] == "private":
            if chat.blocked:
                raise ApiError(403, "Forbidden: bot was blocked by the user")
            if not chat.started and self.strict:
                raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return chat

    def _markup(self, p: dict) -> dict | None:
        rm = _j(p.get("reply_markup"))
        if not rm:
            return None
        for row in rm.get("inline_keyboard") or []:
            for b in row:
                if not b.get("text"):
                    raise bad("can't parse inline keyboard button: text buttons are unallowed in the inline keyboard")
                cd = b.get("callback_data")
                if cd is not None and not 1 <= len(cd.encode()) <= 64:
                    raise bad("BUTTON_DATA_INVALID")
                if cd is None and not any(k in b for k in ("url", "web_app", "login_url", "switch_inline_query",
                                                           "switch_inline_query_current_chat", "copy_text", "pay",
                                                           "callback_game", "switch_inline_query_chosen_chat")):
                    raise bad("can't parse inline keyboard button: text buttons are unallowed in the inline keyboard")
                if "copy_text" in b and not 1 <= len(b["copy_text"].get("text", "")) <= 256:
                    raise bad("BUTTON_COPY_TEXT_INVALID")
                wa = (b.get("web_app") or {}).get("url")
                if wa and not wa.startswith("https://"):
                    raise bad(f"inline keyboard button Web App URL '{wa}' is invalid: Only HTTPS links are allowed")
        return rm

    def _text(self, p: dict, key: str, limit: int, optional: bool = False) -> tuple[str, list]:
        raw = p.get(key) or ""
        if not raw:
            if optional:
                return "", []
            raise bad("message text is empty")
        ekey = "entities" if key == "text" else "caption_entities"
        try:
            text, ents = render(raw, p.get("parse_mode"), _j(p.get(ekey)))
        except ParseError as e:
            raise bad(str(e)) from None
        if not text and not optional:
            raise bad("text must be non-empty" if raw.strip() else "message text is empty")
        if u16(text) > limit:
            raise bad("message is too long" if key == "text" else "message caption is too long")
        return text, ents

    def _base(self, bot: Bot, p: dict, chat: Chat) -> dict:
        msg: dict = {"message_id": self._new_id(chat), "from": bot.user, "chat": chat.info, "date": int(self.now())}
        thread = int(p.get("message_thread_id") or 0)
        if thread and not p.get("chat_id", "").startswith("@"):
            if chat.info["type"] == "supergroup" and thread not in chat.topics:
                raise bad("message thread not found")
            if chat.topics.get(thread, {}).get("closed"):
                raise bad("TOPIC_CLOSED")
            msg.update(message_thread_id=thread, is_topic_message=True)
        rp = _j(p.get("reply_parameters")) or (
            {"message_id": int(p["reply_to_message_id"])} if p.get("reply_to_message_id") else None)
        if rp:
            src = self.chats.get(int(rp.get("chat_id") or chat.info["id"]), chat)
            target = src.messages.get(int(rp["message_id"]))
            if target is None or int(rp["message_id"]) in src.deleted:
                if not (rp.get("allow_sending_without_reply") or _b(p.get("allow_sending_without_reply"))):
                    raise bad("message to be replied not found")
            else:
                msg["reply_to_message"] = {k: v for k, v in target.items() if k != "reply_to_message"}
                if rp.get("quote"):
                    msg["quote"] = {"text": rp["quote"], "position": int(rp.get("quote_position") or 0)}
        if _b(p.get("protect_content")):
            msg["has_protected_content"] = True
        if p.get("message_effect_id"):
            msg["effect_id"] = p["message_effect_id"]
        return msg

    def _finish(self, chat: Chat, p: dict, msg: dict, rm: dict | None) -> dict:
        if rm:
            if "inline_keyboard" in rm:
                msg["reply_markup"] = rm
            elif "keyboard" in rm:
                chat.reply_keyboard = rm
            elif rm.get("remove_keyboard"):
                chat.reply_keyboard = None
        chat.messages[msg["message_id"]] = msg
        chat.draft = None
        ev = dict(msg)
        if rm and "inline_keyboard" not in rm:
            ev["reply_markup"] = rm
        self._event("message", chat, msg["message_id"], ev)
        return msg

    async def do_sendMessage(self, bot, p, f):
        chat = self._chat(p)
        rm = self._markup(p)
        text, ents = self._text(p, "text", MAX_TEXT)
        msg = self._base(bot, p, chat)
        msg["text"] = text
        if ents:
            msg["entities"] = ents
        if p.get("link_preview_options"):
            msg["link_preview_options"] = _j(p["link_preview_options"])
        if self.upstream:
            await self.upstream.bot_message(self, bot.token, p, msg)
        return self._finish(chat, p, msg, rm)

    def _save_file(self, name: str, data: bytes, mime: str = "application/octet-stream") -> dict:
        self.file_no += 1
        fid = f"TESTFILE{self.file_no:08d}"
        self.files[fid] = {"data": data, "name": name, "mime": mime}
        return {"file_id": fid, "file_unique_id": f"u{self.file_no:08d}", "file_size": len(data)}

    def _send_media(self, bot, p, files, method):
        kind = MEDIA[method]
        chat = self._chat(p)
        rm = self._markup(p)
        cap, ents = self._text(p, "caption", MAX_CAPTION, optional=True)
        src = p.get(kind) or ""
        if kind in files:
            name, data = files[kind]
        elif src.startswith("attach://") and src[9:] in files:
            name, data = files[src[9:]]
        elif src in self.files:
            name, data = self.files[src]["name"], self.files[src]["data"]
        elif src.startswith(("http://", "https://")):
            raise bad("wrong HTTP URL specified (the test server fetches nothing)")
        else:
            raise bad("wrong remote file identifier specified: Wrong string length" if src else f"there is no {kind} in the request")
        if not data:
            raise bad("file must be non-empty")
        meta = self._save_file(name, data) if src not in self.files else {
            "file_id": src, "file_unique_id": "u" + src[-8:], "file_size": len(data)}
        msg = self._base(bot, p, chat)
        if kind == "photo":
            msg["photo"] = [{**meta, "width": 90, "height": 90}]
        else:
            msg[kind] = {**meta, **MEDIA_EXTRA.get(kind, {}), **({"file_name": name, "mime_type": _mime(name)} if kind in ("document", "audio", "video", "animation") else {})}
        if cap:
            msg["caption"] = cap
        if ents:
            msg["caption_entities"] = ents
        return self._finish(chat, p, msg, rm)

    def do_sendMediaGroup(self, bot, p, files):
        out = []
        gid = str(random.getrandbits(50))
        for m in _j(p["media"]):
            q = {k: v for k, v in p.items() if k not in ("media", "reply_markup")}
            q.update({m["type"]: m["media"], "caption": m.get("caption"), "parse_mode": m.get("parse_mode")})
            msg = self._send_media(bot, q, files, "send" + m["type"].capitalize())
            msg["media_group_id"] = gid
            out.append(msg)
        return out

    def do_getFile(self, bot, p, f):
        fid = p.get("file_id", "")
        rec = self.files.get(fid)
        if not rec:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if len(rec["data"]) > 20 * 2**20:
            raise bad("file is too big")
        ext = rec["name"].rsplit(".", 1)[-1] if "." in rec["name"] else "bin"
        return {"file_id": fid, "file_unique_id": "u" + fid[-8:], "file_size": len(rec["data"]),
                "file_path": f"documents/{fid}.{ext}"}

    def _editable(self, bot, p) -> tuple[Chat, dict]:
        chat = self._chat(p)
        mid = int(p.get("message_id") or 0)
        msg = chat.messages.get(mid)
        if msg is None or mid in chat.deleted:
            raise bad("message to edit not found")
        if msg["from"]["id"] != bot.user["id"]:
            raise bad("message can't be edited")
        return chat, msg

    async def _apply_edit(self, bot, p, chat, msg, **new) -> dict:
        rm = self._markup(p)
        merged = {**msg, **{k: v for k, v in new.items()}}
        for k in [k for k, v in merged.items() if v is None or v == []]:
            del merged[k]
        merged.pop("reply_markup", None)
        if rm and "inline_keyboard" in rm and rm["inline_keyboard"]:
            merged["reply_markup"] = rm
        keys = ("text", "entities", "caption", "caption_entities", "reply_markup", "document", "photo", "checklist")
        if all(msg.get(k) == merged.get(k) for k in keys):
            raise bad(NOT_MODIFIED)
        merged["edit_date"] = int(self.now())
        if self.upstream:
            await self.upstream.bot_edit(self, bot.token, p, "text" in new)
        chat.messages[msg["message_id"]] = merged
        self._event("edit", chat, msg["message_id"], merged)
        return merged

    async def do_editMessageText(self, bot, p, f):
        chat, msg = self._editable(bot, p)
        if "text" not in msg:
            raise bad("there is no text in the message to edit")
        text, ents = self._text(p, "text", MAX_TEXT)
        return await self._apply_edit(bot, p, chat, msg, text=text, entities=ents)

    async def do_editMessageCaption(self, bot, p, f):
        chat, msg = self._editable(bot, p)
        cap, ents = self._text(p, "caption", MAX_CAPTION, optional=True)
        return await self._apply_edit(bot, p, chat, msg, caption=cap or None, caption_entities=ents)

    async def do_editMessageReplyMarkup(self, bot, p, f):
        chat, msg = self._editable(bot, p)
        return await self._apply_edit(bot, p, chat, msg)

    def _delete(self, bot, chat: Chat, mid: int) -> None:
        msg = chat.messages.get(mid)
        if msg is None or mid in chat.deleted:
            raise bad("message to delete not found")
        if self.now() - msg["date"] > 48 * 3600 and not (chat.info["type"] != "private" and chat.members.get(bot.user["id"]) == "administrator"):
            raise bad("message can't be deleted for everyone")
        if chat.info["type"] != "private" and msg["from"]["id"] != bot.user["id"] and chat.members.get(bot.user["id"]) != "administrator":
            raise bad("message can't be deleted")
        chat.deleted[mid] = time.monotonic()
        self._event("delete", chat, mid, msg)

    async def do_deleteMessage(self, bot, p, f):
        chat = self._chat(p)
        self._delete(bot, chat, int(p["message_id"]))
        if self.upstream:
            await self.upstream.bot_delete(self, bot.token, p)
        return True

    def do_deleteMessages(self, bot, p, f):
        chat = self._chat(p)
        for mid in _j(p["message_ids"]):
            try:
                self._delete(bot, chat, int(mid))
            except ApiError:
                pass
        return True

    async def do_answerCallbackQuery(self, bot, p, f):
        c = self.callbacks.get(p.get("callback_query_id", ""))
        if c is None or c["answered"] is not None or time.monotonic() - c["t"] + (self.clock_shift) > 900:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(p.get("text") or "") > 200:
            raise bad("MESSAGE_TOO_LONG")
        c["answered"] = time.monotonic()
        if self.upstream:
            await self.upstream.bot_answer(self, bot.token, p)
        self._event("answer", self.chats[c["chat"]], None, {
            "id": p["callback_query_id"], "text": p.get("text") or "", "alert": _b(p.get("show_alert")),
            "user": c["user"], "ms": (c["answered"] - c["t"]) * 1000})
        return True

    def do_sendChatAction(self, bot, p, f):
        chat = self._chat(p)
        if p.get("action") not in ("typing", "upload_photo", "record_video", "upload_video", "record_voice",
                                   "upload_voice", "upload_document", "choose_sticker", "find_location",
                                   "record_video_note", "upload_video_note"):
            raise bad("wrong parameter action in request")
        self._event("action", chat, None, {"text": p["action"]})
        return True

    def do_sendMessageDraft(self, bot, p, f):
        chat = self._chat(p)
        if chat.info["type"] != "private":
            raise bad("drafts can be sent only to private chats")
        if not int(p.get("draft_id") or 0):
            raise bad("draft_id must be non-zero")
        text, ents = self._text(p, "text", MAX_TEXT, optional=True)
        chat.draft = text
        self._event("draft", chat, int(p["draft_id"]), {"text": text})
        return True

    def do_setMessageReaction(self, bot, p, f):
        chat = self._chat(p)
        mid = int(p["message_id"])
        if mid not in chat.messages or mid in chat.deleted:
            raise bad("message to react not found")
        r = _j(p.get("reaction")) or []
        if len(r) > 1:
            raise bad("REACTIONS_TOO_MANY")
        self._event("reaction", chat, mid, {"text": "".join(x.get("emoji", "?") for x in r), "reaction": r})
        return True

    def _copy(self, bot, p, chat, src, mid, forward=False) -> dict:
        m = src.messages.get(mid)
        if m is None or mid in src.deleted:
            raise bad(f"message to {'forward' if forward else 'copy'} not found")
        if m.get("has_protected_content"):
            raise bad(f"message can't be {'forwarded' if forward else 'copied'}")
        msg = self._base(bot, p, chat)
        for k in ("text", "entities", "caption", "caption_entities", "document", "photo", "voice", "audio", "video", "sticker", "contact", "location"):
            if k in m:
                msg[k] = m[k]
        if p.get("caption") is not None and not forward:
            msg["caption"], ents = self._text(p, "caption", MAX_CAPTION, optional=True)
        if forward:
            msg["forward_origin"] = {"type": "user", "date": m["date"], "sender_user": m["from"]}
        return self._finish(chat, p, msg, self._markup(p) if not forward else None)

    def do_copyMessage(self, bot, p, f):
        m = self._copy(bot, p, self._chat(p), self._chat(p, "from_chat_id", False), int(p["message_id"]))
        return {"message_id": m["message_id"]}

    def do_forwardMessage(self, bot, p, f):
        return self._copy(bot, p, self._chat(p), self._chat(p, "from_chat_id", False), int(p["message_id"]), True)

    def do_copyMessages(self, bot, p, f):
        chat, src = self._chat(p), self._chat(p, "from_chat_id", False)
        return [{"message_id": self._copy(bot, p, chat, src, int(i))["message_id"]} for i in _j(p["message_ids"])]

    def do_sendContact(self, bot, p, f):
        chat = self._chat(p)
        msg = self._base(bot, p, chat)
        msg["contact"] = {"phone_number": p["phone_number"], "first_name": p["first_name"]}
        return self._finish(chat, p, msg, self._markup(p))

    def do_sendPoll(self, bot, p, f):
        chat = self._chat(p)
        msg = self._base(bot, p, chat)
        msg["poll"] = {"id": str(random.getrandbits(50)), "question": p["question"], "options": [
            {"text": o["text"] if isinstance(o, dict) else o, "voter_count": 0, "persistent_id": str(n)} for n, o in enumerate(_j(p["options"]))],
            "total_voter_count": 0, "is_closed": False, "is_anonymous": _b(p.get("is_anonymous", True)), "type": p.get("type", "regular"),
            "allows_multiple_answers": _b(p.get("allows_multiple_answers")), "allows_revoting": False, "members_only": False}
        return self._finish(chat, p, msg, self._markup(p))

    # ---------------------------------------------------------------- Bot API: commands, chats, topics
    @staticmethod
    def _scope(p: dict) -> str:
        s = _j(p.get("scope")) or {"type": "default"}
        return json.dumps(s, sort_keys=True) + "|" + (p.get("language_code") or "")

    def do_setMyCommands(self, bot, p, f):
        cmds = _j(p["commands"])
        if len(cmds) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for c in cmds:
            if not re.fullmatch(r"/?[a-z0-9_]{1,32}", c["command"]):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(c["description"]) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        bot.commands[self._scope(p)] = [{"command": c["command"].lstrip("/"), "description": c["description"]} for c in cmds]
        return True

    def do_getMyCommands(self, bot, p, f):
        return bot.commands.get(self._scope(p), [])

    def do_deleteMyCommands(self, bot, p, f):
        bot.commands.pop(self._scope(p), None)
        return True

    def do_getMyName(self, bot, p, f):
        return {"name": bot.user["first_name"]}

    def do_getMyDescription(self, bot, p, f):
        return {"description": (bot.props.get("setMyDescription:" + p.get("language_code", "")) or {}).get("description", "")}

    def do_getMyShortDescription(self, bot, p, f):
        return {"short_description": (bot.props.get("setMyShortDescription:" + p.get("language_code", "")) or {}).get("short_description", "")}

    def do_getChatMenuButton(self, bot, p, f):
        v = bot.props.get("setChatMenuButton:" + str(p.get("chat_id", "")))
        return _j(v["menu_button"]) if v and v.get("menu_button") else {"type": "commands"}

    def do_getChat(self, bot, p, f):
        c = self._chat(p, write=False)
        return {**c.info, "accent_color_id": 1, "max_reaction_count": 1,
                "accepted_gift_types": dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False)}

    def do_getChatMember(self, bot, p, f):
        c = self._chat(p, write=False)
        uid = int(p["user_id"])
        user = bot.user if uid == bot.user["id"] else self.users.get(uid)
        if user is None:
            raise bad("user not found")
        status = c.members.get(uid, "member" if c.info["type"] == "private" or uid in c.members else "left")
        out: dict = {"user": user, "status": status}
        if status == "creator":
            out["is_anonymous"] = False
        if status == "administrator":
            out.update(dict.fromkeys(("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages",
                                      "can_manage_video_chats", "can_restrict_members", "can_promote_members",
                                      "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
                                      "can_delete_stories", "can_manage_topics", "can_pin_messages"), True))
        return out

    def do_getChatAdministrators(self, bot, p, f):
        c = self._chat(p, write=False)
        return [self.do_getChatMember(bot, {"chat_id": p["chat_id"], "user_id": u}, f)
                for u, s in c.members.items() if s in ("creator", "administrator")]

    def do_getChatMemberCount(self, bot, p, f):
        return max(2, len(self._chat(p, write=False).members))

    def do_exportChatInviteLink(self, bot, p, f):
        return f"https://t.me/+test{abs(self._chat(p).info['id'])}"

    def do_createChatInviteLink(self, bot, p, f):
        return {"invite_link": f"https://t.me/+test{random.getrandbits(40)}", "creator": bot.user,
                "creates_join_request": _b(p.get("creates_join_request")), "is_primary": False, "is_revoked": False}

    def _forum(self, p) -> Chat:
        c = self._chat(p)
        if not c.info.get("is_forum"):
            raise bad("the chat is not a forum")
        if self.strict and c.members.get(next(iter(self.bots.values())).user["id"]) != "administrator":
            raise bad("not enough rights to create a topic")
        return c

    def do_createForumTopic(self, bot, p, f):
        c = self._forum(p)
        if not 1 <= len(p.get("name", "")) <= 128:
            raise bad("TOPIC_TITLE_EMPTY")
        tid = self._new_id(c)
        c.topics[tid] = {"message_thread_id": tid, "name": p["name"], "icon_color": int(p.get("icon_color") or 7322096)}
        self._event("topic", c, tid, {"text": p["name"]})
        return dict(c.topics[tid])

    def _topic(self, p) -> tuple[Chat, dict]:
        c = self._forum(p)
        t = c.topics.get(int(p["message_thread_id"]))
        if t is None:
            raise bad("TOPIC_ID_INVALID")
        return c, t

    def do_editForumTopic(self, bot, p, f):
        c, t = self._topic(p)
        if p.get("name"):
            t["name"] = p["name"]
        self._event("topic_edit", c, t["message_thread_id"], {"text": t["name"]})
        return True

    def do_closeForumTopic(self, bot, p, f):
        c, t = self._topic(p)
        if t.get("closed"):
            raise bad("TOPIC_NOT_MODIFIED")
        t["closed"] = True
        self._event("topic_close", c, t["message_thread_id"], {"text": t["name"]})
        return True

    def do_reopenForumTopic(self, bot, p, f):
        c, t = self._topic(p)
        if not t.pop("closed", None):
            raise bad("TOPIC_NOT_MODIFIED")
        self._event("topic_reopen", c, t["message_thread_id"], {"text": t["name"]})
        return True

    def do_deleteForumTopic(self, bot, p, f):
        c, t = self._topic(p)
        del c.topics[t["message_thread_id"]]
        return True

    def do_getForumTopicIconStickers(self, bot, p, f):
        return []


def _j(v: Any) -> Any:
    if isinstance(v, str) and v[:1] in "[{\"":
        return json.loads(v)
    if isinstance(v, str):
        return None if v in ("", "null") else v
    return v


def _b(v: Any) -> bool:
    return v is True or str(v).lower() in ("true", "1", "yes")


def _mime(name: str) -> str:
    import mimetypes
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
