/** What a running workspace says of itself. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Workspace } from '../processes/workspace-process.ts';

const POLL_MS = 100;
const LIMIT_MS = 10_000;

export type Readiness = {
  readonly status: number;
  readonly reason: string;
  readonly checks: { readonly [name: string]: string };
};

export const ready = async ({ url }: Workspace): Promise<Readiness> => {
  const answer = await fetch(`${url}/health/ready`);
  const { reason = '', checks = {} } = (await answer.json()) as Partial<Readiness>;
  return { status: answer.status, reason, checks };
};

export const untilReady = async (
  workspace: Workspace,
  what: string,
  holds: (answer: Readiness) => boolean,
): Promise<Readiness> => {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const answer = await ready(workspace);
    if (holds(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: ${JSON.stringify(answer)}`);
    await wait(POLL_MS);
  }
};

/** Its own checks say that the disk is full. */
export const untilFull = async (workspace: Workspace): Promise<void> => {
  const { status } = await untilReady(workspace, 'full', ({ checks }) =>
    /disk is full/.test(checks['database'] ?? ''),
  );
  if (status !== 503) throw new Error(`ready with a full disk: ${status}`);
  await live(workspace);
};

export const live = async ({ url }: Workspace): Promise<void> => {
  const { status } = await fetch(`${url}/health/live`);
  if (status !== 200) throw new Error(`/health/live answered ${status}`);
};
