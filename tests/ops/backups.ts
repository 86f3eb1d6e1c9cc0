/** Backups of a workspace that runs and is written to, and what a restored one knows. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, type ClientEvent, type JsonBody, roomPath } from '../crash/client.ts';
import { Workspace } from '../processes/workspace-process.ts';
import { LeftOut, type OpsCase } from './ops-case.ts';
import { smallDisk } from './small-disk.ts';
import { type Ground, prepareGround, startWorkspaces } from './workspace-pair.ts';

const WRITERS = 4;
const POLL_MS = 100;
const ARRIVAL_LIMIT_MS = 30_000;

type Scene = { readonly ground: Ground; readonly north: Workspace; readonly south: Workspace };

export const backupCases = (own: AsyncDisposableStack): readonly OpsCase[] => {
  let scene: Promise<Scene> | undefined;
  const open = async (): Promise<Scene> => {
    const ground = await prepareGround(own, 'backup');
    const [north, south] = await startWorkspaces(ground, ['north.test', 'south.test']);
    if (north === undefined || south === undefined) throw new Error('two workspaces were asked for');
    return { ground, north, south };
  };
  const theScene = () => {
    scene ??= open();
    return scene;
  };
  return [
    {
      name: 'backup: made under write load and restored, it has all that was acknowledged before, and gets the rest from the others',
      run: async () => restoreUnderLoad(await theScene()),
    },
    {
      name: 'backup: without space for it nothing is left of it, and the workspace goes on',
      run: async () => onFullDisk(own, await theScene()),
    },
    {
      name: 'backup: what was interrupted is not restored, and says so',
      run: async () => interrupted(await theScene()),
    },
    {
      name: 'backup: encrypted with the passphrase of a file, it is read with that one only',
      run: async () => encrypted(await theScene()),
    },
  ];
};

const restoreUnderLoad = async ({ ground, north, south }: Scene): Promise<string> => {
  const ada = await Client.register(north, 'ada');
  const sol = await Client.register(south, 'sol');
  await north.run(['user', 'grant', 'ada', 'access-federation']);
  await south.run(['user', 'grant', 'sol', 'access-federation']);
  const roomId = String((await ada.ok('POST', 'v3/createRoom', { preset: 'public_chat' }))['room_id']);
  await sol.ok('POST', `v3/join/${encodeURIComponent(roomId)}?via=north.test`, {});
  const before: string[] = [];
  const during: string[] = [];
  let list = before;
  let writing = true;
  const write = async (client: Client, writer: string) => {
    for (let number = 0; writing; number++) {
      const body = `${writer} ${number}`;
      const target = list;
      await client.ok('PUT', roomPath(roomId, `send/m.room.message/${writer}${number}`), {
        msgtype: 'm.text',
        body,
      });
      target.push(body);
    }
  };
  const writers = [
    ...Array.from({ length: WRITERS }, (_, index) => write(ada, `ada-${index}`)),
    write(sol, 'sol'),
  ];
  await until('messages flow', async () => before.length > 40);
  list = during;
  const backups = join(ground.folder, 'backups');
  const { code, output } = await north.run(['backup', backups]);
  const meanwhile = during.length;
  writing = false;
  await Promise.all(writers);
  if (code !== 0) throw new Error(output);
  if (meanwhile === 0) throw new Error('nothing was written while the backup was made');
  const [name = ''] = readdirSync(backups);
  const path = join(backups, name);

  const all = [...before, ...during];
  await until('south has everything', async () => lacking(await bodiesIn(sol, roomId), all).length === 0);
  await until('north has everything', async () => lacking(await bodiesIn(ada, roomId), all).length === 0);
  const late = String((await ada.ok('GET', 'v3/sync?timeout=0'))['next_batch']);
  await north.kill();

  const restored = await north.run(['restore', '--replace', path]);
  if (restored.code !== 0) throw new Error(restored.output);
  // Alone first: what is in the backup itself.
  await south.stop();
  await north.start();
  const alone = await bodiesIn(ada, roomId);
  const ofOurs = before.filter((body) => body.startsWith('ada'));
  expectNothing('lost of what was acknowledged before the backup began', lacking(alone, ofOurs));
  for (let writer = 0; writer < WRITERS; writer++) expectNoHoles(alone, `ada-${writer}`);
  const again = await ada.ok('GET', `v3/sync?timeout=0&since=${late}`);
  if (!isLimited(again, roomId)) throw new Error('a token from after the backup was taken for one of ours');

  await south.start();
  await until('north has everything again', async () => {
    const missing = lacking(await bodiesIn(ada, roomId), all);
    return missing.length === 0;
  });
  await ada.ok('PUT', roomPath(roomId, 'send/m.room.message/after'), { msgtype: 'm.text', body: 'after' });
  await until('south has what came after', async () => (await bodiesIn(sol, roomId)).includes('after'));
  const verified = await north.run(['audit', 'verify']);
  if (verified.code !== 0) throw new Error(verified.output);
  return `${before.length} messages before, ${meanwhile} while it was made, ${alone.length} in it, all ${all.length} again after`;
};

/** A consistent snapshot has the first so many of what one writer wrote, one after the other. */
const expectNoHoles = (bodies: readonly string[], writer: string): void => {
  const numbers = bodies
    .filter((body) => body.startsWith(`${writer} `))
    .map((body) => Number(body.split(' ')[1]))
    .toSorted((a, b) => a - b);
  const hole = numbers.findIndex((number, index) => number !== index);
  if (hole !== -1) throw new Error(`the backup lacks message ${hole} of ${writer}, and has later ones`);
};

const lacking = (found: readonly string[], wanted: readonly string[]): readonly string[] => {
  const known = new Set(found);
  return wanted.filter((body) => !known.has(body));
};

const expectNothing = (what: string, list: readonly string[]): void => {
  if (list.length > 0) throw new Error(`${what}: ${list.slice(0, 5).join(', ')} and so on, ${list.length}`);
};

const isLimited = (sync: JsonBody, roomId: string): boolean => {
  const { rooms } = sync as { rooms?: { join?: { [id: string]: { timeline: { limited: boolean } } } } };
  return rooms?.join?.[roomId]?.timeline.limited === true;
};

const bodiesIn = async (client: Client, roomId: string): Promise<readonly string[]> => {
  const found: string[] = [];
  for (let from = ''; ; ) {
    const page = await client.ok('GET', roomPath(roomId, `messages?dir=b&limit=500${from}`));
    const chunk = page['chunk'] as readonly ClientEvent[];
    found.push(
      ...chunk.flatMap(({ content }) => (typeof content['body'] === 'string' ? content['body'] : [])),
    );
    if (typeof page['end'] !== 'string' || chunk.length === 0) return found;
    from = `&from=${page['end']}`;
  }
};

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + ARRIVAL_LIMIT_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`it did not happen in time: ${what}`);
    await wait(POLL_MS);
  }
};

const onFullDisk = async (own: AsyncDisposableStack, { north }: Scene): Promise<string | LeftOut> => {
  const disk = smallDisk(own, 256);
  if (disk instanceof LeftOut) return disk;
  const { code, output } = await north.run(['backup', disk]);
  if (code === 0 || !/not enough space|disk is full/.test(output)) throw new Error(`${code} ${output}`);
  if (readdirSync(disk).length > 0) throw new Error(`it left ${readdirSync(disk).join(', ')}`);
  const { ok } = await fetch(`${north.url}/health/ready`);
  if (!ok) throw new Error('the workspace is not ready any more');
  return '';
};

const encrypted = async ({ ground, north }: Scene): Promise<string> => {
  const secret = (name: string, text: string) => {
    const path = join(ground.folder, name);
    writeFileSync(path, `${text}\n`, { mode: 0o600 });
    return ['--passphrase-file', path];
  };
  const right = secret('passphrase', 'nine tall ships at dawn');
  const wrong = secret('other-passphrase', 'nine tall ships at dusk');
  const backups = join(ground.folder, 'encrypted-backups');
  const { code, output } = await north.run(['backup', ...right, backups]);
  if (code !== 0) throw new Error(output);
  const [name = ''] = readdirSync(backups);
  const other = new Workspace({ ...north.options, dataDir: join(ground.folder, 'opened') });
  const refused = await other.run(['restore', ...wrong, join(backups, name)]);
  if (refused.code !== 1 || !/another passphrase/.test(refused.output)) throw new Error(refused.output);
  if (statSync(other.options.dataDir, { throwIfNoEntry: false }) !== undefined) {
    throw new Error('a refused restore made a data folder');
  }
  const sound = await other.run(['restore', '--check', ...right, join(backups, name)]);
  if (sound.code !== 0 || !/is sound/.test(sound.output)) throw new Error(sound.output);
  const restored = await other.run(['restore', ...right, join(backups, name)]);
  if (restored.code !== 0) throw new Error(restored.output);
  return name;
};

const interrupted = async ({ ground, north }: Scene): Promise<string> => {
  const backups = join(ground.folder, 'more-backups');
  const { code, output } = await north.run(['backup', backups]);
  if (code !== 0) throw new Error(output);
  const [name = ''] = readdirSync(backups);
  const half = join(backups, 'half');
  mkdirSync(half);
  const database = readFileSync(join(backups, name, 'causeway.db'));
  writeFileSync(join(half, 'causeway.db'), database.subarray(0, database.length / 2));
  const other = new Workspace({ ...north.options, dataDir: join(ground.folder, 'elsewhere') });
  const refused = await other.run(['restore', half]);
  if (refused.code !== 1 || !/not a whole backup/.test(refused.output)) throw new Error(refused.output);
  const whole = await other.run(['restore', '--check', join(backups, name)]);
  if (whole.code !== 0 || !/is sound/.test(whole.output)) throw new Error(whole.output);
  const elsewhere = statSync(other.options.dataDir, { throwIfNoEntry: false });
  if (elsewhere !== undefined) throw new Error('a refused restore made a data folder');
  return '';
};
