"""What one person does and sees."""

from collections.abc import Callable

from aiohttp import web

from barbershop.sandbox import acts
from barbershop.sandbox.control.wire import find_chat, find_person, read_body, reply
from barbershop.sandbox.groups import Chat
from barbershop.sandbox.keys import WORLD
from barbershop.sandbox.state import Json, Message, Person
from barbershop.sandbox.world import RefusedError, World

_PERSON_FIELDS = ("first_name", "last_name", "username", "language_code", "phone_number", "label")
routes = web.RouteTableDef()


@routes.get("/control/people")
async def list_people(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    people = [person.card() for person in world.people.values()]
    return reply({"seq": world.feed.seq, "bot": world.bot, "people": people})


@routes.post("/control/people")
async def put_person(request: web.Request) -> web.Response:
    """Create a person or rename one; a chat that exists stays as it is."""
    body = await read_body(request)
    given = {name: str(body[name]) for name in _PERSON_FIELDS if body.get(name)}
    given.setdefault("first_name", f"Person {body['id']}")
    person = request.app[WORLD].add_person(Person(int(body["id"]), **given))  # type: ignore[arg-type]  # strings
    return reply({"person": person.card()})


@routes.get("/control/people/{id}/history")
async def history(request: web.Request) -> web.Response:
    """Also of a group. Oldest first; at most `limit`, and only those changed after the event `changed_since`."""
    world, chat = find_chat(request)
    limit, since = int(request.query.get("limit", 0)), int(request.query.get("changed_since", -1))
    messages = [message for message in chat.messages[-limit:] if message.changed > since]
    return reply(
        {
            "seq": world.feed.seq,
            "person": chat.card(),
            "commands": world.profile.commands_for(chat) if isinstance(chat, Person) else [],
            "messages": [message.view() for message in messages],
        }
    )


@routes.post("/control/people/{id}/text")
async def say(request: web.Request) -> web.Response:
    return await _says(request, lambda world, person, body: acts.say(world, person, str(body["text"])))


@routes.post("/control/people/{id}/forward")
async def forward(request: web.Request) -> web.Response:
    """`origin`: a MessageOrigin without its date."""
    return await _says(
        request, lambda world, person, body: acts.forward(world, person, str(body["text"]), dict(body["origin"]))
    )


@routes.post("/control/people/{id}/via")
async def through_a_bot(request: web.Request) -> web.Response:
    return await _says(request, lambda world, person, body: acts.say_through_a_bot(world, person, str(body["text"])))


@routes.post("/control/people/{id}/open")
async def open_link(request: web.Request) -> web.Response:
    """A deep link, `url`, or just its `payload`; and Start."""

    def opened(world: World, person: Person, body: Json) -> Message:
        if "url" in body:
            return acts.open_link(world, person, str(body["url"]))
        return acts.start(world, person, str(body["payload"]))

    return await _says(request, opened)


@routes.post("/control/people/{id}/contact")
async def share_contact(request: web.Request) -> web.Response:
    """One's own contact, or somebody else's with `contact`: {phone_number, first_name, user_id?}."""

    def shared(world: World, person: Person, body: Json) -> Message:
        own = {"phone_number": person.phone_number, "first_name": person.first_name, "user_id": person.id}
        return acts.share_contact(world, person, body.get("contact") or own)

    return await _says(request, shared)


@routes.post("/control/people/{id}/tap")
async def tap(request: web.Request) -> web.Response:
    """`button` (data or text) on the newest message that has it, or on `message_id`, deleted or not; data that is
    on no button needs `forge`, as a modified client would send it. `chat_id`: in a group."""
    world, person = find_person(request)
    body = await read_body(request)
    chat = world.chat(int(body["chat_id"])) if body.get("chat_id") else person
    messages = chat.messages
    if body.get("message_id") is not None:
        messages = [m for m in chat.deleted + chat.messages if m.message_id == int(body["message_id"])]
    wanted = str(body.get("button") or body.get("data") or "")
    if body.get("forge"):
        own = [m for m in messages if m.from_bot]
        if not own:
            raise RefusedError("no message of the bot to tap on")
        message, data = own[-1], wanted
    else:
        message, button = acts.find_button(messages, wanted)
        data = button["callback_data"]
    mark = world.feed.seq
    query = acts.tap(world, person, message, data)
    return reply({"mark": mark, "query": query.view()})


@routes.post("/control/people/{id}/block")
async def block(request: web.Request) -> web.Response:
    world, person = find_person(request)
    acts.block(world, person, blocked=bool((await read_body(request)).get("blocked", True)))
    return reply({"person": person.card()})


@routes.post("/control/people/{id}/delete")
async def delete(request: web.Request) -> web.Response:
    """The person deletes the message `message_id` for both sides."""
    world, chat, message = await _message(request)
    world.delete(chat, message)
    return reply({})


@routes.post("/control/people/{id}/lose")
async def lose(request: web.Request) -> web.Response:
    """The bot can't see the message `message_id` any more; the person can."""
    _world, _chat, message = await _message(request)
    message.lost = True
    return reply({})


@routes.post("/control/people/{id}/inline")
async def ask_inline(request: web.Request) -> web.Response:
    world, person = find_person(request)
    body = await read_body(request)
    asked = acts.ask_inline(world, person, str(body.get("query", "")), offset=str(body.get("offset", "")))
    return reply({"query": asked.view()})


@routes.get("/control/inline/{id}")
async def inline_query(request: web.Request) -> web.Response:
    found = request.app[WORLD].inline_queries.get(request.match_info["id"])
    if found is None:
        raise RefusedError("no such inline query")
    return reply({"query": found.view()})


@routes.get("/control/queries/{id}")
async def query(request: web.Request) -> web.Response:
    found = request.app[WORLD].queries.get(request.match_info["id"])
    if found is None:
        raise RefusedError("no such callback query")
    return reply({"query": found.view()})


Act = Callable[[World, Person, Json], Message]


async def _says(request: web.Request, act: Act) -> web.Response:
    world, person = find_person(request)
    body, mark = await read_body(request), world.feed.seq
    message = act(world, person, body)
    return reply({"mark": mark, "message": message.view()})


async def _message(request: web.Request) -> tuple[World, Chat, Message]:
    world, chat = find_chat(request)
    message = world.message(chat, int((await read_body(request))["message_id"]))
    if message is None:
        raise RefusedError("no such message")
    return world, chat, message
