/** What two organisations do with each other, over the real client API and real federation, step by step. */
import { randomBytes } from 'node:crypto';
import { createAccount } from '@causeway/workspace';
import type { Progress } from '../progress.ts';
import { DEMO_PASSWORD } from './demo-people.ts';
import { MatrixClient, type MatrixEvent, RequestRefused } from './matrix-client.ts';
import { type Demo, type DemoWorkspace, signInAll } from './start-demo.ts';

/** Returns how many steps there were; the first one that fails throws. */
export const checkExchange = async (demo: Demo, progress: Progress): Promise<number> => {
  let steps = 0;
  const step = async <R>(name: string, work: () => Promise<R>): Promise<R> => {
    steps += 1;
    return progress.step(name, work);
  };
  const [north, south] = demo.workspaces;
  const [ada, nils, sol, mara] = await step('everybody signs in', async () => {
    const [a, n, s, m] = await signInAll(demo.workspaces);
    if (!a || !n || !s || !m) throw new Error('somebody is missing');
    return [a, n, s, m] as const;
  });
  const room = demo.channel.roomId;
  const world: World = {
    ada,
    nils,
    sol,
    mara,
    room,
    via: [north.place.serverName],
    farVia: [south.place.serverName],
  };

  await step('all four see the channel', async () => {
    for (const client of [ada, nils, sol, mara]) {
      await client.until('the channel', room, (view) => view.membership === 'join');
    }
  });
  await step('a message from North arrives in South', () => message(ada, [nils, sol, mara], room));
  await step('a message from South arrives in North', () => message(sol, [mara, ada, nils], room));
  await step('unread counts go up, and down after reading', () => unread(world));
  await step('an edit', () => edit(world));
  await step('a deletion', () => deletion(world));
  await step('a reaction, seen and taken back', () => reaction(world));
  await step('a reply', () => reply(world));
  await step('an image, byte for byte from the other side', () => image(world));
  await step('typing', () => typing(world));
  const federated = await step('a new channel with other organisations', () => newFederatedChannel(world));
  await step('an invitation across, accepted', () => inviteAndAccept(world, federated));
  await step('an invitation across, declined', () => inviteAndDecline(world, federated));
  await step('a channel of this organisation only stays inside', () => localOnlyChannel(world));
  await step('a direct message across', () => directMessage(world));
  await step('a kick; coming back by invitation', () => kick(world, federated));
  await step('a ban keeps out; after the unban the way is free', () => ban(world, federated));
  await step('somebody without access-federation stays inside', () =>
    withoutPermission(world, north, federated),
  );
  return steps;
};

type World = {
  readonly ada: MatrixClient;
  readonly nils: MatrixClient;
  readonly sol: MatrixClient;
  readonly mara: MatrixClient;
  readonly room: string;
  readonly via: readonly string[];
  readonly farVia: readonly string[];
};

const bodyOf = (event: MatrixEvent) => event.content.body;
const unique = (text: string) => `${text} ${randomBytes(4).toString('hex')}`;

const message = async (from: MatrixClient, to: readonly MatrixClient[], room: string): Promise<string> => {
  const text = unique('hello');
  const eventId = await from.say(room, text);
  for (const client of to) {
    const event = await client.untilEvent(`the message ${text}`, room, (seen) => seen.event_id === eventId);
    expect(bodyOf(event) === text && event.sender === from.userId, 'the message is changed');
  }
  return eventId;
};

const unread = async ({ ada, sol, room }: World): Promise<void> => {
  await markRead(sol, room, await message(ada, [sol], room));
  await sol.until('no unread messages', room, (view) => view.unread === 0);
  await ada.say(room, unique('one'));
  const last = await ada.say(room, unique('two'));
  await sol.until('two unread messages', room, (view) => view.unread === 2);
  await markRead(sol, room, last);
  await sol.until('no unread messages', room, (view) => view.unread === 0);
};

const markRead = (client: MatrixClient, room: string, eventId: string) =>
  client.membership(room, `receipt/m.read/${encodeURIComponent(eventId)}`);

const edit = async ({ ada, sol, room }: World): Promise<void> => {
  const eventId = await message(ada, [sol], room);
  const text = unique('better');
  await ada.send(room, 'm.room.message', {
    msgtype: 'm.text',
    body: `* ${text}`,
    'm.new_content': { msgtype: 'm.text', body: text },
    'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
  });
  await sol.untilEvent(
    'the edit',
    room,
    (event) => bodyOf(event) === `* ${text}` && relates(event, 'm.replace', eventId),
  );
};

const deletion = async ({ ada, sol, room }: World): Promise<void> => {
  const eventId = await message(ada, [sol], room);
  await redact(ada, room, eventId);
  await sol.untilEvent('the deletion', room, (event) => redacts(event, eventId));
  const path = `v3/rooms/${encodeURIComponent(room)}/event/${encodeURIComponent(eventId)}`;
  const left = await sol.request<MatrixEvent>('GET', path);
  expect(bodyOf(left) === undefined, 'the deleted text is still there');
};

const reaction = async ({ ada, sol, room }: World): Promise<void> => {
  const eventId = await message(ada, [sol], room);
  const relation = { rel_type: 'm.annotation', event_id: eventId, key: '👍' };
  const reactionId = await sol.send(room, 'm.reaction', { 'm.relates_to': relation });
  await ada.untilEvent('the reaction', room, (event) => event.event_id === reactionId);
  await redact(sol, room, reactionId);
  await ada.untilEvent('the end of the reaction', room, (event) => redacts(event, reactionId));
};

const reply = async ({ ada, sol, room }: World): Promise<void> => {
  const eventId = await message(ada, [sol], room);
  const text = unique('indeed');
  await sol.send(room, 'm.room.message', {
    msgtype: 'm.text',
    body: text,
    'm.relates_to': { 'm.in_reply_to': { event_id: eventId } },
  });
  const seen = await ada.untilEvent('the reply', room, (event) => bodyOf(event) === text);
  const relation = seen.content['m.relates_to'] as {
    readonly 'm.in_reply_to'?: { readonly event_id?: string };
  };
  expect(relation?.['m.in_reply_to']?.event_id === eventId, 'the reply does not name its message');
};

/** Any bytes will do; a real picture begins like this. */
const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const image = async ({ ada, sol, room }: World): Promise<void> => {
  const bytes = new Uint8Array([...pngSignature, ...randomBytes(200_000)]);
  const url = await ada.upload(bytes, 'image/png');
  const info = { mimetype: 'image/png', size: bytes.length };
  const eventId = await ada.send(room, 'm.room.message', {
    msgtype: 'm.image',
    body: 'picture.png',
    url,
    info,
  });
  const event = await sol.untilEvent('the image', room, (seen) => seen.event_id === eventId);
  const received = await sol.download(String(event.content.url));
  expect(Buffer.compare(bytes, received) === 0, 'the image is not the same on the other side');
};

const typing = async ({ ada, sol, room }: World): Promise<void> => {
  const path = `v3/rooms/${encodeURIComponent(room)}/typing/${encodeURIComponent(ada.userId)}`;
  await ada.request('PUT', path, { typing: true, timeout: 20_000 });
  await sol.until('somebody typing', room, (view) => view.typing.includes(ada.userId));
  await ada.request('PUT', path, { typing: false });
  await sol.until('nobody typing', room, (view) => !view.typing.includes(ada.userId));
};

const newFederatedChannel = async ({ ada, nils }: World): Promise<string> => {
  const room = await ada.createRoom({ name: 'Plans', preset: 'private_chat', invite: [nils.userId] });
  await nils.until('the invitation', room, (view) => view.membership === 'invite');
  await nils.join(room);
  await message(nils, [ada], room);
  return room;
};

const inviteAndAccept = async ({ ada, sol, via }: World, room: string): Promise<void> => {
  await ada.membership(room, 'invite', { user_id: sol.userId });
  await sol.until('the invitation', room, (view) => view.membership === 'invite');
  await sol.join(room, via);
  await ada.untilEvent('the new member', room, (event) => isMembership(event, sol, 'join'));
  await message(ada, [sol], room);
  await message(sol, [ada], room);
};

const inviteAndDecline = async ({ ada, mara }: World, room: string): Promise<void> => {
  await ada.membership(room, 'invite', { user_id: mara.userId });
  await mara.until('the invitation', room, (view) => view.membership === 'invite');
  await mara.membership(room, 'leave');
  await ada.untilEvent('the refusal', room, (event) => isMembership(event, mara, 'leave'));
};

const localOnlyChannel = async ({ ada, nils, sol }: World): Promise<void> => {
  const room = await ada.createRoom({
    name: 'Ours',
    preset: 'private_chat',
    creation_content: { 'm.federate': false },
    invite: [nils.userId],
  });
  await nils.until('the invitation', room, (view) => view.membership === 'invite');
  await nils.join(room);
  await message(nils, [ada], room);
  await refused('inviting an outsider', () => ada.membership(room, 'invite', { user_id: sol.userId }));
  await sol.sync(0);
  expect(sol.room(room) === undefined, 'the other side heard of the channel');
};

const directMessage = async ({ sol, nils, farVia }: World): Promise<void> => {
  const room = await sol.createRoom({
    preset: 'trusted_private_chat',
    is_direct: true,
    invite: [nils.userId],
  });
  await nils.until('the invitation', room, (view) => view.membership === 'invite');
  await nils.join(room, farVia);
  await sol.untilEvent('the new member', room, (event) => isMembership(event, nils, 'join'));
  await message(sol, [nils], room);
  await message(nils, [sol], room);
};

const kick = async ({ ada, sol, via }: World, room: string): Promise<void> => {
  await ada.membership(room, 'kick', { user_id: sol.userId, reason: 'for a moment' });
  await sol.until('the kick', room, (view) => view.membership === 'leave');
  await refused('writing after a kick', () => sol.say(room, 'still here?'));
  await ada.membership(room, 'invite', { user_id: sol.userId });
  await sol.until('the invitation', room, (view) => view.membership === 'invite');
  await sol.join(room, via);
  await message(sol, [ada], room);
};

const ban = async ({ ada, sol, via }: World, room: string): Promise<void> => {
  await ada.membership(room, 'ban', { user_id: sol.userId });
  await sol.until('the ban', room, (view) => view.membership === 'leave');
  await refused('coming back after a ban', () => sol.join(room, via));
  await refused('inviting somebody who is banned', () =>
    ada.membership(room, 'invite', { user_id: sol.userId }),
  );
  await ada.membership(room, 'unban', { user_id: sol.userId });
  await ada.membership(room, 'invite', { user_id: sol.userId });
  await sol.until('the invitation', room, (view) => view.membership === 'invite');
  await sol.join(room, via);
  await message(sol, [ada], room);
};

const withoutPermission = async (world: World, north: DemoWorkspace, federated: string): Promise<void> => {
  const { ada, nils, sol } = world;
  const guest = await addPerson(north);
  await refused('creating a federated channel', () =>
    guest.createRoom({ preset: 'private_chat', creation_content: { 'm.federate': true } }),
  );
  const name = unique('open').replace(' ', '-');
  await sol.createRoom({ preset: 'public_chat', room_alias_name: name });
  const alias = `#${name}:${world.farVia[0]}`;
  await refused('joining a channel of the other side', () => guest.join(alias));
  const open = await nils.join(alias);
  await message(nils, [sol], open);
  await refused('being invited by an outsider', () =>
    sol.membership(federated, 'invite', { user_id: guest.userId }),
  );
  const room = await guest.createRoom({
    preset: 'private_chat',
    creation_content: { 'm.federate': false },
    invite: [ada.userId],
  });
  await ada.until('the invitation', room, (view) => view.membership === 'invite');
  await ada.join(room);
  await message(guest, [ada], room);
};

/** A third person of North, to whom nothing was granted. */
const addPerson = async ({ running, url }: DemoWorkspace): Promise<MatrixClient> => {
  if (running.context === undefined) throw new Error('the workspace is not set up');
  const localpart = unique('guest').replace(' ', '-');
  await createAccount(running.context, { localpart, password: DEMO_PASSWORD, role: 'user' });
  return MatrixClient.signIn(url, localpart, DEMO_PASSWORD);
};

const redact = (client: MatrixClient, room: string, eventId: string) =>
  client.request(
    'PUT',
    `v3/rooms/${encodeURIComponent(room)}/redact/${encodeURIComponent(eventId)}/r${randomBytes(6).toString('hex')}`,
    {},
  );

const redacts = (event: MatrixEvent, eventId: string) =>
  event.type === 'm.room.redaction' &&
  (event.content.redacts === eventId || (event as { readonly redacts?: string }).redacts === eventId);

const relates = (event: MatrixEvent, type: string, eventId: string) => {
  const relation = event.content['m.relates_to'] as
    | { readonly rel_type?: string; readonly event_id?: string }
    | undefined;
  return relation?.rel_type === type && relation.event_id === eventId;
};

const isMembership = (event: MatrixEvent, who: MatrixClient, membership: string) =>
  event.type === 'm.room.member' && event.state_key === who.userId && event.content.membership === membership;

const refused = async (what: string, attempt: () => Promise<unknown>): Promise<void> => {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof RequestRefused && error.status >= 400 && error.status < 500) return;
    throw error;
  }
  throw new Error(`${what} was not refused`);
};

const expect = (truth: boolean, otherwise: string): void => {
  if (!truth) throw new Error(otherwise);
};
