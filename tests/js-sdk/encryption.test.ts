/** A client that encrypts, on two servers: what one side writes the other reads, and the servers do not. */
import { parseUserId } from '@causeway/protocol';
import { transportTo } from '@causeway/testing/client-network';
import { type ClientServer, startClientServer } from '@causeway/testing/client-server';
import { grantPermission } from '@causeway/workspace';
import { EventType, Preset, type Room } from 'matrix-js-sdk';
import {
  CryptoEvent,
  type ShowSasCallbacks,
  VerificationPhase,
  type VerificationRequest,
  VerifierEvent,
} from 'matrix-js-sdk/lib/crypto-api/index.js';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { begin, type Client, has, listen, logIn, start, until } from './clients.ts';

const network = async () => {
  const servers = new Map<string, () => ClientServer>();
  const started = async (serverName: string) => {
    const server = await startClientServer({ serverName, transport: transportTo(servers) });
    servers.set(serverName, () => server);
    return listen(server);
  };
  const north = await started('north.test');
  const south = await started('south.test');
  const device = async (side: typeof north, name: string): Promise<Client> => {
    const client = await logIn(side.baseUrl, name);
    await client.initRustCrypto({ useIndexedDB: false });
    await begin(client, {});
    return client;
  };
  return {
    north,
    south,
    device,
    /** Stops everything between the two, or restores it. */
    cut: (isCut: boolean) => {
      if (isCut) servers.clear();
      else for (const { server } of [north, south]) servers.set(server.engine.serverName, () => server);
    },
    /** Somebody who may talk to other organisations, with their first device. */
    person: async (side: typeof north, name: string): Promise<Client> => {
      await using visitor = await start(side.baseUrl, name);
      const userId = parseUserId(visitor.getSafeUserId());
      if (userId !== undefined) await grantPermission(side.server.context, userId, 'access-federation');
      await visitor.logout(true);
      return device(side, name);
    },
    [Symbol.asyncDispose]: async () => {
      await north[Symbol.asyncDispose]();
      await south[Symbol.asyncDispose]();
    },
  };
};

const devicesOf = async (client: Client, userId: string): Promise<readonly string[]> => {
  const devices = await client.getCrypto()?.getUserDeviceInfo([userId]);
  return [...(devices?.get(userId)?.keys() ?? [])].toSorted();
};

/** As soon as the client has heard of it, by its sync. */
const untilDevices = (client: Client, userId: string, wanted: readonly string[]): Promise<void> =>
  vi.waitFor(async () => expect(await devicesOf(client, userId)).toEqual([...wanted].toSorted()), {
    timeout: 10_000,
    interval: 50,
  });

const deviceOf = (client: Client): string => client.getDeviceId() ?? '';

/** An encrypted room of both. */
const encryptedRoom = async (host: Client, guest: Client): Promise<{ here: Room; there: Room }> => {
  const guestId = guest.getSafeUserId();
  const { room_id: id } = await host.createRoom({
    preset: Preset.PrivateChat,
    invite: [guestId],
    initial_state: [
      { type: EventType.RoomEncryption, state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } },
    ],
  });
  await until('the invitation', () => guest.getRoom(id)?.getMyMembership() === 'invite');
  await guest.joinRoom(id);
  const here = await until('both as members', () => {
    const room = host.getRoom(id);
    return room?.getJoinedMemberCount() === 2 && room;
  });
  const there = await until(
    'the room',
    () => guest.getRoom(id)?.getMyMembership() === 'join' && guest.getRoom(id),
  );
  await vi.waitFor(async () => expect(await guest.getCrypto()?.isEncryptionEnabledInRoom(id)).toBe(true));
  return { here, there };
};

describe('matrix-js-sdk, encrypting', () => {
  beforeAll(() => {
    for (const level of ['log', 'info', 'debug', 'warn', 'trace'] as const)
      vi.spyOn(console, level).mockImplementation(() => {});
  });

  it('is read by every device of the other organisation, and by no server', async () => {
    await using net = await network();
    await using nora = await net.person(net.north, 'nora');
    await using sam = await net.person(net.south, 'sam');
    const { here, there } = await encryptedRoom(nora, sam);

    const { event_id: sent } = await nora.sendTextMessage(here.roomId, 'the quay at nine');
    await until('the message in clear', () => has(there, 'the quay at nine'));
    for (const { server } of [net.north, net.south]) {
      const event = await server.engine.store.read(async (reader) => server.engine.events.byId(reader, sent));
      expect(event?.pdu.type).toBe('m.room.encrypted');
      expect(JSON.stringify(event?.pdu)).not.toContain('quay');
    }
    await sam.sendTextMessage(there.roomId, 'I will be there');
    await until('the answer in clear', () => has(here, 'I will be there'));

    await using phone = await net.device(net.south, 'sam');
    await untilDevices(nora, sam.getSafeUserId(), [deviceOf(sam), deviceOf(phone)]);
    await nora.sendTextMessage(here.roomId, 'bring the keys');
    await until('the message on the first device', () => has(there, 'bring the keys'));
    await until('the message on the new device', () => has(phone.getRoom(there.roomId), 'bring the keys'));

    await phone.logout(true);
    await untilDevices(nora, sam.getSafeUserId(), [deviceOf(sam)]);
  });

  it('can be read when the other server was away, with keys that are made meanwhile', async () => {
    await using net = await network();
    await using nora = await net.person(net.north, 'nora');
    await using sam = await net.person(net.south, 'sam');
    const { here, there } = await encryptedRoom(nora, sam);
    await nora.sendTextMessage(here.roomId, 'the tide turns');
    await until('the first message', () => has(there, 'the tide turns'));

    net.cut(true);
    await nora.getCrypto()?.forceDiscardSession(here.roomId);
    await nora.sendTextMessage(here.roomId, 'all boats out');
    net.cut(false);
    await sam.sendTyping(there.roomId, true, 5_000);
    await until('what was written meanwhile', () => has(there, 'all boats out'));
  });

  it('lets people of two organisations verify each other', async () => {
    await using net = await network();
    await using nora = await net.person(net.north, 'nora');
    await using sam = await net.person(net.south, 'sam');
    const { here } = await encryptedRoom(nora, sam);
    for (const [client, name] of [
      [nora, 'nora'],
      [sam, 'sam'],
    ] as const) {
      await client.getCrypto()?.bootstrapCrossSigning({
        authUploadDeviceSigningKeys: (upload) =>
          upload({
            type: 'm.login.password',
            identifier: { type: 'm.id.user', user: name },
            password: `the password of ${name}`,
          }),
      });
    }
    const knows = async (client: Client, other: Client) =>
      (await client.getCrypto()?.getUserVerificationStatus(other.getSafeUserId()))?.known;
    await vi.waitFor(
      async () => {
        // Asks anew when it is told that there is something new.
        await devicesOf(nora, sam.getSafeUserId());
        await devicesOf(sam, nora.getSafeUserId());
        expect([await knows(nora, sam), await knows(sam, nora)]).toEqual([true, true]);
      },
      { timeout: 10_000, interval: 50 },
    );

    const asked = new Promise<VerificationRequest>((resolve) => {
      sam.on(CryptoEvent.VerificationRequestReceived, resolve);
    });
    const request = await nora.getCrypto()?.requestVerificationDM(sam.getSafeUserId(), here.roomId);
    const received = await asked;
    await received.accept();
    await until('the acceptance', () => request?.phase === VerificationPhase.Ready);
    const verifier = await request?.startVerification('m.sas.v1');
    await until('the start', () => received.verifier);
    const emoji = Promise.all(
      [verifier, received.verifier].map(
        (one) =>
          new Promise<ShowSasCallbacks>((resolve) => {
            const shown = one?.getShowSasCallbacks();
            if (shown) resolve(shown);
            else one?.on(VerifierEvent.ShowSas, resolve);
          }),
      ),
    );
    const ends = [verifier?.verify(), received.verifier?.verify()];
    const [hers, his] = await emoji;
    expect(hers?.sas.emoji).toEqual(his?.sas.emoji);
    expect(hers?.sas.emoji).toHaveLength(7);
    await Promise.all([hers?.confirm(), his?.confirm()]);
    await Promise.all(ends);
    await vi.waitFor(
      async () => {
        for (const [client, other] of [
          [nora, sam],
          [sam, nora],
        ] as const) {
          const status = await client.getCrypto()?.getUserVerificationStatus(other.getSafeUserId());
          expect(status?.isCrossSigningVerified()).toBe(true);
        }
      },
      { timeout: 10_000, interval: 50 },
    );
  });
});
