import { useEffect, useState } from 'react';
import { isObject, type JsonObject, RequestError, request, text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';

export type WaitingFor = { readonly serverName: string; readonly sinceTs: number; readonly reason: string };

/** Which organisations have a message. */
export type Delivery = {
  readonly organisations: number;
  readonly delivered: number;
  readonly waiting: readonly WaitingFor[];
};

/** When it is asked again while somebody is waited for; the last step repeats. */
const STEPS_MS = [700, 1500, 3000, 6000, 12_000, 30_000];
const MAX_KNOWN = 2000;

/** What everybody has stays so; the oldest are forgotten first. */
const settled = new Map<string, Delivery>();

async function fetchDelivery(
  accessToken: string,
  roomId: string,
  eventId: string,
): Promise<Delivery | undefined> {
  const path = `/_causeway/rooms/${encodeURIComponent(roomId)}/delivery?event_id=${encodeURIComponent(eventId)}`;
  try {
    return parseDelivery(await request(path, { accessToken }));
  } catch (problem) {
    // A server that keeps no account of it: the message counts as sent.
    if (problem instanceof RequestError && problem.status === 404) return undefined;
    throw problem;
  }
}

function parseDelivery(answer: JsonObject): Delivery {
  const count = (value: unknown) => (typeof value === 'number' ? value : 0);
  const waiting = Array.isArray(answer.waiting) ? answer.waiting.filter(isObject) : [];
  return {
    organisations: count(answer.organisations),
    delivered: count(answer.delivered),
    waiting: waiting.map((one) => ({
      serverName: text(one.server_name) ?? '',
      sinceTs: count(one.since_ts),
      reason: text(one.reason) ?? '',
    })),
  };
}

/** Follows a message until every organisation has it; `undefined` while nothing is known. */
export function useDelivery(roomId: string, eventId: string, asked: boolean): Delivery | undefined {
  const { session } = useWorkspace();
  const [delivery, setDelivery] = useState<Delivery | undefined>(settled.get(eventId));

  useEffect(() => {
    setDelivery(settled.get(eventId));
    if (!asked || settled.has(eventId)) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let step = 0;
    let current = true;
    const askAgain = () => {
      timer = setTimeout(ask, STEPS_MS[Math.min(step++, STEPS_MS.length - 1)]);
    };
    const ask = async () => {
      try {
        const answer = await fetchDelivery(session.accessToken, roomId, eventId);
        if (!current || !answer) return;
        setDelivery(answer);
        if (answer.waiting.length === 0) settle(eventId, answer);
        else askAgain();
      } catch {
        // Not answered now; the connection has its own banner.
        if (current) askAgain();
      }
    };
    askAgain();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [session, roomId, eventId, asked]);

  return delivery;
}

function settle(eventId: string, delivery: Delivery): void {
  settled.set(eventId, delivery);
  const oldest = settled.keys().next().value;
  if (settled.size > MAX_KNOWN && oldest !== undefined) settled.delete(oldest);
}
