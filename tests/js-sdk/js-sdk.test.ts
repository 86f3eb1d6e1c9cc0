import {
  EventType,
  MsgType,
  NotificationCountType,
  Preset,
  ReceiptType,
  RelationType,
  RoomEvent,
  RoomMemberEvent,
} from 'matrix-js-sdk';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { has, listen, start, until } from './clients.ts';

describe('matrix-js-sdk', () => {
  beforeAll(() => {
    for (const level of ['log', 'info', 'debug', 'warn', 'trace'] as const)
      vi.spyOn(console, level).mockImplementation(() => {});
  });

  it('logs in, syncs, talks, edits, reacts, reads, types and leaves', async () => {
    await using running = await listen();
    await using alice = await start(running.baseUrl, 'alice');
    await using bob = await start(running.baseUrl, 'bob');
    const bobId = bob.getSafeUserId();
    const { room_id: id } = await alice.createRoom({
      name: 'Garden',
      preset: Preset.PrivateChat,
      invite: [bobId],
    });

    await until('the invitation', () => bob.getRoom(id)?.getMyMembership() === 'invite');
    expect(bob.getRoom(id)?.name).toBe('Garden');
    await bob.joinRoom(id);
    const here = await until(
      'the room',
      () => bob.getRoom(id)?.getMyMembership() === 'join' && bob.getRoom(id),
    );
    const there = await until('both as members', () => {
      const room = alice.getRoom(id);
      return room?.getJoinedMemberCount() === 2 && room;
    });

    for (let count = 0; count < 20; count++) {
      await alice.sendTextMessage(id, `number ${count}`);
    }
    await until('the last message', () => has(here, 'number 19'));
    const bodies = here
      .getLiveTimeline()
      .getEvents()
      .flatMap((event) => event.getContent().body ?? []);
    expect(bodies).toEqual(Array.from({ length: 20 }, (_, count) => `number ${count}`));
    expect(
      there
        .getLiveTimeline()
        .getEvents()
        .filter((event) => event.getContent().body === 'number 7'),
    ).toHaveLength(1);
    await until(
      'the unread count',
      () => here.getUnreadNotificationCount(NotificationCountType.Total) === 20,
    );

    const last = await until('the last message', () => has(here, 'number 19'));
    await bob.sendReadReceipt(last, ReceiptType.Read);
    await until('the receipt', () => there.hasUserReadEvent(bobId, last.getId() ?? ''));
    await until('nothing unread', () => here.getUnreadNotificationCount(NotificationCountType.Total) === 0);

    await bob.sendEvent(id, EventType.Reaction, {
      'm.relates_to': { rel_type: RelationType.Annotation, event_id: last.getId() ?? '', key: '👍' },
    });
    await until(
      'the reaction',
      () =>
        there.relations
          .getChildEventsForEvent(last.getId() ?? '', RelationType.Annotation, EventType.Reaction)
          ?.getRelations().length === 1,
    );

    await alice.sendEvent(id, EventType.RoomMessage, {
      msgtype: MsgType.Text,
      body: '* number twenty',
      'm.new_content': { msgtype: MsgType.Text, body: 'number twenty' },
      'm.relates_to': { rel_type: RelationType.Replace, event_id: last.getId() ?? '' },
    });
    await until('the edit', () => last.replacingEvent() && last.getContent().body === 'number twenty');

    const typing = new Promise<void>((resolve) => {
      alice.on(RoomMemberEvent.Typing, (_event, member) => {
        if (member.userId === bobId && member.typing) resolve();
      });
    });
    await bob.sendTyping(id, true, 5000);
    await typing;

    const first = await until('the first message', () => has(here, 'number 0'));
    const redacted = new Promise<void>((resolve) => {
      here.on(RoomEvent.Redaction, () => resolve());
    });
    await alice.redactEvent(id, first.getId() ?? '');
    await redacted;
    expect(first.isRedacted()).toBe(true);

    await alice.setDisplayName('Alice A.');
    await until('the new name', () => here.getMember(alice.getSafeUserId())?.name === 'Alice A.');

    const { content_uri } = await alice.uploadContent(new Blob(['a file']), {
      name: 'a.txt',
      type: 'text/plain',
    });
    const url = bob.mxcUrlToHttp(content_uri, undefined, undefined, undefined, false, true, true);
    const file = await fetch(url ?? '', { headers: { authorization: `Bearer ${bob.getAccessToken()}` } });
    expect(await file.text()).toBe('a file');

    await bob.leave(id);
    await until('the leaving', () => there.getJoinedMemberCount() === 1);
  });

  it('pages back through history that was not in the first sync', async () => {
    await using running = await listen();
    await using alice = await start(running.baseUrl, 'alice');
    const { room_id: id } = await alice.createRoom({ preset: Preset.PublicChat });
    for (let count = 0; count < 60; count++) await alice.sendTextMessage(id, `number ${count}`);
    await using bob = await start(running.baseUrl, 'bob');
    await bob.joinRoom(id);
    const room = await until(
      'the room',
      () => bob.getRoom(id)?.getMyMembership() === 'join' && bob.getRoom(id),
    );
    expect(has(room, 'number 0')).toBeUndefined();
    while (room.oldState.paginationToken !== null) await bob.scrollback(room, 30);
    const bodies = room
      .getLiveTimeline()
      .getEvents()
      .flatMap((event) => event.getContent().body ?? []);
    expect(bodies).toEqual(Array.from({ length: 60 }, (_, count) => `number ${count}`));
    expect(room.getLiveTimeline().getEvents()[0]?.getType()).toBe('m.room.create');
  });

  it('opens and lists threads', async () => {
    await using running = await listen();
    await using alice = await start(running.baseUrl, 'alice');
    await using bob = await start(running.baseUrl, 'bob');
    const { room_id: id } = await alice.createRoom({ preset: Preset.PublicChat });
    await bob.joinRoom(id);
    const { event_id: root } = await alice.sendTextMessage(id, 'root');
    const room = await until('the room', () => alice.getRoom(id));
    await bob.sendMessage(id, root, { msgtype: MsgType.Text, body: 'in the thread' });
    const thread = await until('the thread', () => room.getThread(root));
    await until('its reply', () => thread.length === 1);
    await room.createThreadsTimelineSets();
    await room.fetchRoomThreads();
    const listed = room.threadsTimelineSets[0]?.getLiveTimeline().getEvents();
    expect(listed?.map((event) => event.getId())).toEqual([root]);
  });
});
