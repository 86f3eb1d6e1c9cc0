/** Senders that write one message after the other, each until it is acknowledged. */
import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Workspace } from '../processes/workspace-process.ts';
import { type Client, roomPath } from './client.ts';
import type { Ledger, Message } from './ledger.ts';

/** A message that nobody acknowledges for so long, over any number of requests, is a fault. */
const GIVE_UP_MS = 30_000;
const RETRY_PAUSE_MS = 20;
const LATEST_ACKNOWLEDGEMENT_MS = 1_000;

export type LoadOptions = {
  readonly roomId: string;
  readonly ledger: Ledger;
  /** One concurrent request for each entry; a person may be there several times. */
  readonly lanes: readonly Client[];
  /** Messages of one lane before `letEnd`, and after it. */
  readonly most: { readonly before: number; readonly after: number };
};

export interface Load {
  /** When the next request to this workspace is answered with success, or none was for a while. */
  nextAcknowledgement(workspace: Workspace): Promise<void>;
  /** Nobody begins a request, not even a repeated one, until `release`; fulfilled when none is under way. */
  hold(): Promise<void>;
  release(): void;
  /** From now on each lane writes only a few messages more. */
  letEnd(): void;
  /** When every message is acknowledged or given up. */
  readonly ended: Promise<void>;
}

export const startLoad = ({ roomId, ledger, lanes, most }: LoadOptions): Load => {
  const acknowledged = new EventEmitter();
  let ending = false;
  let held: PromiseWithResolvers<void> | undefined;
  const underWay = new Set<Promise<unknown>>();
  const request: Request = async (client, path, body) => {
    while (held !== undefined) await held.promise;
    const answer = client.request('PUT', path, body);
    underWay.add(answer);
    const result = await answer;
    underWay.delete(answer);
    if (result.kind === 'answered' && result.status === 200) acknowledged.emit(client.workspace.name);
    return result;
  };
  const lane = async (client: Client): Promise<void> => {
    let after = 0;
    for (let count = 0; ending ? after < most.after : count < most.before; count++) {
      if (ending) after += 1;
      await repeatUntilAcknowledged({
        client,
        roomId,
        ledger,
        message: ledger.write(client.userId),
        request,
      });
    }
  };
  return {
    async nextAcknowledgement({ name }) {
      const signal = AbortSignal.timeout(LATEST_ACKNOWLEDGEMENT_MS);
      await once(acknowledged, name, { signal }).catch(() => undefined);
    },
    async hold() {
      held ??= Promise.withResolvers();
      await Promise.all(underWay);
    },
    release() {
      held?.resolve();
      held = undefined;
    },
    letEnd() {
      ending = true;
    },
    ended: Promise.all(lanes.map(lane)).then(() => undefined),
  };
};

type Request = (client: Client, path: string, body: object) => ReturnType<Client['request']>;

export type Delivery = {
  readonly client: Client;
  readonly roomId: string;
  readonly ledger: Ledger;
  readonly message: Message;
};

/** Sends a message, or sends it again, with its transaction ID. */
export const deliver = (delivery: Delivery): Promise<void> =>
  repeatUntilAcknowledged({
    ...delivery,
    request: (client, path, body) => client.request('PUT', path, body),
  });

const repeatUntilAcknowledged = async (delivery: Delivery & { readonly request: Request }): Promise<void> => {
  const { client, roomId, ledger, message, request } = delivery;
  const path = roomPath(roomId, `send/m.room.message/${message.txnId}`);
  const deadline = performance.now() + GIVE_UP_MS;
  for (;;) {
    const answer = await request(client, path, { msgtype: 'm.text', body: message.body });
    if (answer.kind === 'answered' && answer.status === 200) {
      ledger.acknowledge(message, String(answer.body.event_id));
      return;
    }
    if (answer.kind === 'answered' && answer.status !== 503) {
      ledger.fault(`${message.txnId} was answered with ${answer.status} ${JSON.stringify(answer.body)}`);
      return;
    }
    if (performance.now() > deadline) {
      const limit = `${GIVE_UP_MS / 1000} s`;
      ledger.fault(`${message.txnId} was not acknowledged within ${limit}: ${JSON.stringify(answer)}`);
      return;
    }
    await wait(RETRY_PAUSE_MS);
  }
};
