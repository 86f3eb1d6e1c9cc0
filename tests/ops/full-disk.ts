/** Messages for devices and keys while the disk is full: nothing that was acknowledged is lost, all else is refused in words. */
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type EncryptingDevice, newDevice } from '@causeway/testing/encrypting-client';
import { type Answer, Client, type JsonBody } from '../crash/client.ts';
import type { Workspace } from '../processes/workspace-process.ts';
import { LeftOut, type OpsCase } from './ops-case.ts';
import { untilFull, untilReady } from './readiness.ts';
import { fill, smallDisk } from './small-disk.ts';
import { prepareGround, prepareWorkspaces } from './workspace-pair.ts';

/** More than the 100 MB that have to be free. */
const DISK_KILOBYTES = 160 * 1024;
const TYPE = 'org.example.full';
/** Of a message: some hundred of them fill what is left. */
const PADDING = 'x'.repeat(40_000);
const MOST = 500;
/** What is left of the disk when they begin. */
const LEFT_BYTES = 3_000_000;
const FILE_BYTES = 8_000_000;
const KEYS_AT_ONCE = 20;
const FROM_OUTSIDE = 10;
const POLL_MS = 50;
const ARRIVAL_LIMIT_MS = 60_000;
/** Of each kind. */
const REFUSALS = 3;

export const fullDiskCases = (own: AsyncDisposableStack): readonly OpsCase[] => [
  {
    name: 'full disk: files, messages for devices and keys are taken whole or refused in words, and come after a restart',
    run: () => fullDisk(own),
  },
];

type Scene = {
  readonly north: Workspace;
  readonly disk: string;
  /** On the full disk: who receives, and who sends. */
  readonly ada: Client;
  readonly nils: Client;
  /** Of the other server, which has space. */
  readonly sol: Client;
};

const open = async (own: AsyncDisposableStack, disk: string): Promise<Scene> => {
  const ground = await prepareGround(own, 'full-disk');
  mkdirSync(join(disk, 'north.test'), { mode: 0o700 });
  symlinkSync(join(disk, 'north.test'), join(ground.folder, 'north.test'));
  const [north, south] = await prepareWorkspaces(ground, ['north.test', 'south.test']);
  if (north === undefined || south === undefined) throw new Error('two workspaces were asked for');
  await Promise.all([north.start(), south.start()]);
  const person = async (workspace: Workspace, name: string): Promise<Client> => {
    const client = await Client.register(workspace, name);
    await workspace.run(['user', 'grant', name, 'access-federation']);
    return client;
  };
  const [ada, nils, sol] = [
    await person(north, 'ada'),
    await person(north, 'nils'),
    await person(south, 'sol'),
  ];
  const { room_id } = await ada.ok('POST', 'v3/createRoom', { preset: 'public_chat' });
  await sol.ok('POST', `v3/join/${encodeURIComponent(String(room_id))}?via=north.test`, {});
  return { north, disk, ada, nils, sol };
};

const fullDisk = async (own: AsyncDisposableStack): Promise<string | LeftOut> => {
  const disk = smallDisk(own, DISK_KILOBYTES);
  if (disk instanceof LeftOut) return disk;
  const scene = await open(own, disk);
  const { north, ada, nils, sol } = scene;
  const device = newDevice({ userId: nils.userId, deviceId: await deviceOf(nils) });
  await nils.ok('POST', 'v3/keys/upload', { device_keys: device.deviceKeys });
  await untilReady(north, 'with space', ({ status }) => status === 200);

  fill(join(disk, 'all'), 1_000);
  truncateSync(join(disk, 'all'), statSync(join(disk, 'all')).size - LEFT_BYTES);
  const { sent: ofNils, uploaded } = await fillWithOwn(nils, ada, device);
  await untilFull(north);
  if (isDone(await nils.upload(new Uint8Array(FILE_BYTES))))
    throw new Error('a file went onto the full disk');
  const ofSol = await sendFromOutside(scene);
  await untilFull(north);
  await north.kill();
  const { code, output } = await north.run(['serve']);
  if (code !== 1 || !/disk is full/.test(output) || /^\s+at /m.test(output)) {
    throw new Error(`a start on the full disk ended with ${code}: ${output}`);
  }
  rmSync(join(disk, 'all'));
  await north.start();
  await received(
    ada,
    new Map([
      [nils.userId, ofNils],
      [sol.userId, ofSol],
    ]),
  );
  const { one_time_key_counts } = await nils.ok('POST', 'v3/keys/upload', {});
  const { signed_curve25519: kept = 0 }: { readonly signed_curve25519?: number } =
    Object(one_time_key_counts);
  if (kept !== uploaded) throw new Error(`${uploaded} keys were acknowledged, ${kept} are there`);
  await nils.ok('POST', 'v3/keys/upload', { one_time_keys: device.oneTimeKeys(5) });
  if (!isDone(await nils.upload(new Uint8Array(FILE_BYTES))))
    throw new Error('a file did not go onto a disk with space');
  await north.stop();
  return `${ofNils.length} messages and ${uploaded} keys fitted, ${ofSol.length} messages waited at the other server`;
};

const deviceOf = async (client: Client): Promise<string> =>
  String((await client.ok('GET', 'v3/account/whoami'))['device_id']);

const messages = (to: Client, n: number) => ({
  messages: { [to.userId]: { '*': { n, padding: PADDING } } },
});

/** Whether it was done; throws when it was refused otherwise than with words. */
const isDone = (answer: Answer): boolean => {
  if (answer.kind !== 'answered') throw new Error(`the connection broke: ${answer.reason}`);
  if (answer.status === 200) return true;
  const { errcode, error } = answer.body;
  if (answer.status < 500 || typeof errcode !== 'string' || !/disk .* is full/.test(String(error))) {
    throw new Error(`a full disk was answered with ${JSON.stringify(answer)}`);
  }
  return false;
};

/** Messages and keys in turn, until both are refused; which messages and how many keys were acknowledged. */
const fillWithOwn = async (from: Client, to: Client, device: EncryptingDevice) => {
  const sent: number[] = [];
  const refused = { messages: 0, keys: 0 };
  let uploaded = 0;
  for (let n = 1; refused.messages < REFUSALS || refused.keys < REFUSALS; n++) {
    if (n > MOST) throw new Error('the disk never was full');
    if (isDone(await from.request('PUT', `v3/sendToDevice/${TYPE}/${n}`, messages(to, n)))) sent.push(n);
    else refused.messages += 1;
    const one_time_keys = device.oneTimeKeys(KEYS_AT_ONCE);
    if (isDone(await from.request('POST', 'v3/keys/upload', { one_time_keys }))) uploaded += KEYS_AT_ONCE;
    else refused.keys += 1;
  }
  if (sent.length === 0 || uploaded === 0) throw new Error('nothing was taken before the disk was full');
  return { sent, uploaded };
};

/** Their server takes them; it has brought some in vain when this returns. */
const sendFromOutside = async ({ north, ada, sol }: Scene): Promise<readonly number[]> => {
  const before = faultsOf(north);
  const sent: number[] = [];
  for (let n = 1; n <= FROM_OUTSIDE; n++) {
    await sol.ok('PUT', `v3/sendToDevice/${TYPE}/${n}`, messages(ada, n));
    sent.push(n);
  }
  const deadline = performance.now() + ARRIVAL_LIMIT_MS;
  while (faultsOf(north) === before) {
    if (performance.now() > deadline) throw new Error('the other server brought nothing');
    await wait(POLL_MS);
  }
  return sent;
};

const faultsOf = ({ options }: Workspace): number =>
  readFileSync(options.logFile, 'utf8').split('http.internal-error').length - 1;

type Event = { readonly type: string; readonly sender: string; readonly content: { readonly n: number } };

/** Waits until all are there, each once and in order. */
const received = async (who: Client, expected: ReadonlyMap<string, readonly number[]>): Promise<void> => {
  const got = new Map([...expected.keys()].map((sender) => [sender, [] as number[]]));
  const deadline = performance.now() + ARRIVAL_LIMIT_MS;
  const isComplete = () =>
    [...expected].every(([sender, all]) => (got.get(sender)?.length ?? 0) >= all.length);
  for (let since = ''; !isComplete() && performance.now() < deadline; ) {
    const answer: JsonBody = await who.ok('GET', `v3/sync?timeout=1000${since}`);
    since = `&since=${String(answer['next_batch'])}`;
    const { events = [] }: { readonly events?: readonly Event[] } = Object(answer['to_device']);
    for (const { type, sender, content } of events) if (type === TYPE) got.get(sender)?.push(content.n);
  }
  for (const [sender, all] of expected) {
    const found = String(got.get(sender));
    if (found !== String(all)) throw new Error(`of ${sender} came ${found} instead of ${String(all)}`);
  }
};
