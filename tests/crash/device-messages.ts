/** Messages from device to device that are sent and fetched through every crash, here and across: each arrives once. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Outcome } from './cases.ts';
import type { Client } from './client.ts';
import type { Pair } from './pair.ts';

const SEND_PAUSE_MS = 50;
const RETRY_PAUSE_MS = 50;
const LONG_POLL_MS = 500;
/** What was acknowledged has to arrive within this, after the last kill. */
const ARRIVAL_LIMIT_MS = 60_000;

export interface DeviceMessages {
  /** Ends the sending, waits for what is under way, and says what was lost, doubled or out of order. */
  finish(): Promise<Outcome>;
}

type Device = { readonly client: Client; readonly deviceId: string };

/** Who writes into the room sends; their colleague, who never syncs otherwise, gets. */
export const startDeviceMessages = async ({ places }: Pair): Promise<DeviceMessages> => {
  const ending = new AbortController();
  const closing = new AbortController();
  const faults: string[] = [];
  const fault = (text: string) => void faults.push(text);
  const receivers: Device[] = [];
  for (const { writers } of places) {
    const [, client] = writers;
    const { device_id } = await client.ok('GET', 'v3/account/whoami');
    receivers.push({ client, deviceId: String(device_id) });
  }
  const senders = places.map(({ writers }) => writers[0]);
  const sent = senders.map(() => 0);
  const sending = senders.map(async (sender, index) => {
    while (!ending.signal.aborted) {
      const n = (sent[index] ?? 0) + 1;
      if (!(await send(sender, receivers, n, fault))) return;
      sent[index] = n;
      await wait(SEND_PAUSE_MS);
    }
  });
  const got = receivers.map(() => new Map<string, number[]>());
  const fetching = receivers.map(({ client }, index) =>
    keepFetching(client, got[index] ?? new Map(), { signal: closing.signal, fault }),
  );
  const numbersOf = (receiver: number, sender: number) =>
    got[receiver]?.get(senders[sender]?.userId ?? '') ?? [];
  const haveAll = () =>
    receivers.every((_, receiver) =>
      senders.every((_, sender) => numbersOf(receiver, sender).includes(sent[sender] ?? 0)),
    );
  return {
    async finish() {
      ending.abort();
      await Promise.all(sending);
      const deadline = performance.now() + ARRIVAL_LIMIT_MS;
      while (!haveAll() && performance.now() < deadline) await wait(RETRY_PAUSE_MS);
      closing.abort();
      await Promise.all(fetching);
      for (const [receiver, { client }] of receivers.entries()) {
        for (const [sender, count] of sent.entries()) {
          const expected = Array.from({ length: count }, (_, index) => index + 1);
          const found = numbersOf(receiver, sender);
          if (count === 0) fault(`${senders[sender]?.userId} sent nothing`);
          if (String(found) !== String(expected)) {
            fault(
              `${client.userId} did not get ${count} messages of ${senders[sender]?.userId} once each, in order: ${found}`,
            );
          }
        }
      }
      return { faults, note: `${sent.reduce((a, b) => a + b)} sent, to ${receivers.length} devices each` };
    },
  };
};

/** Until it is acknowledged, as clients do; false when it was refused. */
const send = async (
  sender: Client,
  receivers: readonly Device[],
  n: number,
  fault: (text: string) => void,
): Promise<boolean> => {
  const messages = Object.fromEntries(
    receivers.map(({ client, deviceId }) => [client.userId, { [deviceId]: { n } }]),
  );
  for (;;) {
    const answer = await sender.request('PUT', `v3/sendToDevice/org.example.crash/${n}`, { messages });
    if (answer.kind === 'answered' && answer.status === 200) return true;
    if (answer.kind === 'answered' && answer.status !== 503) {
      fault(`message ${n} was answered with ${answer.status} ${JSON.stringify(answer.body)}`);
      return false;
    }
    await wait(RETRY_PAUSE_MS);
  }
};

type Event = { readonly type: string; readonly sender: string; readonly content: { readonly n: number } };

/** The token is kept only with an answer that came whole. */
const keepFetching = async (
  client: Client,
  got: Map<string, number[]>,
  { signal, fault }: { readonly signal: AbortSignal; readonly fault: (text: string) => void },
): Promise<void> => {
  const filter = encodeURIComponent(JSON.stringify({ room: { rooms: [] }, presence: { types: [] } }));
  let since = '';
  while (!signal.aborted) {
    const answer = await client.request('GET', `v3/sync?timeout=${LONG_POLL_MS}&filter=${filter}${since}`);
    if (answer.kind === 'broken' || answer.status === 503) {
      await wait(RETRY_PAUSE_MS);
      continue;
    }
    if (answer.status !== 200) return fault(`a sync was answered with ${answer.status}`);
    since = `&since=${String(answer.body.next_batch)}`;
    const { events = [] }: { readonly events?: readonly Event[] } = Object(answer.body.to_device);
    for (const { type, sender, content } of events) {
      if (type !== 'org.example.crash') continue;
      const numbers = got.get(sender) ?? [];
      got.set(sender, numbers);
      numbers.push(content.n);
    }
  }
};
