/** What `/health/ready` says while something is really wrong, and whether it is true. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client, roomPath } from '../crash/client.ts';
import type { Workspace } from '../processes/workspace-process.ts';
import { LeftOut, type OpsCase } from './ops-case.ts';
import { live, untilFull, untilReady } from './readiness.ts';
import { fill, remount, smallDisk } from './small-disk.ts';
import { prepareGround, prepareWorkspaces } from './workspace-pair.ts';

/** More than the 100 MB that have to be free. */
const DISK_KILOBYTES = 160 * 1024;

export const healthCases = (own: AsyncDisposableStack): readonly OpsCase[] => {
  let shared: Promise<Workspace> | undefined;
  const open = async (): Promise<Workspace> => {
    const workspace = await workspaceOn(own, 'health');
    await workspace.start();
    return workspace;
  };
  const theWorkspace = () => {
    shared ??= open();
    return shared;
  };
  return [
    {
      name: 'health: a full disk is told before and when it is full, nothing is lost, and room again is enough',
      run: () => fullDisk(own),
    },
    {
      name: 'health: a disk that refuses writes is told, and works again without a restart',
      run: async () => failingDisk(await theWorkspace()),
    },
    {
      name: 'health: tables that another program changed are told',
      run: async () => foreignTables(await theWorkspace()),
    },
    {
      name: 'health: a disk that can only be read is said at the start, in words',
      run: () => readOnlyDisk(own),
    },
  ];
};

/** Not started; with its data in this folder, or in one of its own. */
const workspaceOn = async (own: AsyncDisposableStack, label: string, folder?: string): Promise<Workspace> => {
  const [workspace] = await prepareWorkspaces(await prepareGround(own, label), ['north.test'], {}, folder);
  if (workspace === undefined) throw new Error('a workspace was asked for');
  return workspace;
};

const fullDisk = async (own: AsyncDisposableStack): Promise<string | LeftOut> => {
  const disk = smallDisk(own, DISK_KILOBYTES);
  if (disk instanceof LeftOut) return disk;
  const workspace = await workspaceOn(own, 'full', disk);
  await workspace.start();
  const ada = await Client.register(workspace, 'ada');
  const roomId = String((await ada.ok('POST', 'v3/createRoom', {}))['room_id']);
  const say = (id: string) =>
    ada.request('PUT', roomPath(roomId, `send/m.room.message/${id}`), { msgtype: 'm.text', body: id });
  await untilReady(workspace, 'with space', ({ status }) => status === 200);

  fill(join(disk, 'much'), 90);
  const nearly = await untilReady(workspace, 'nearly full', ({ status }) => status === 503);
  if (!/nearly full: [\d.]+ MB are free/.test(nearly.reason)) throw new Error(nearly.reason);
  const still = await say('nearly');
  if (still.kind !== 'answered' || still.status !== 200) throw new Error('it does not even take what fits');

  fill(join(disk, 'all'), 1_000);
  const acknowledged = ['nearly'];
  let refused = 0;
  for (let number = 0; refused < 3 && number < 2_000; number++) {
    const answer = await say(`full-${number}`);
    if (answer.kind !== 'answered') throw new Error(`the connection broke: ${answer.reason}`);
    if (answer.status === 200) acknowledged.push(`full-${number}`);
    else if (answer.status >= 500) refused += 1;
    else throw new Error(`a full disk was answered with ${answer.status}`);
  }
  if (refused === 0) throw new Error('the disk never was full');
  await untilFull(workspace);

  rmSync(join(disk, 'all'));
  rmSync(join(disk, 'much'));
  await untilReady(workspace, 'with space again', ({ status }) => status === 200);
  const after = await say('after');
  if (after.kind !== 'answered' || after.status !== 200) throw new Error('it takes no messages again');
  const { chunk } = await ada.ok('GET', roomPath(roomId, 'messages?dir=b&limit=1000'));
  const text = JSON.stringify(chunk);
  const lost = acknowledged.filter((body) => !text.includes(`"${body}"`));
  if (lost.length > 0) throw new Error(`acknowledged and lost: ${lost.join(', ')}`);
  await workspace.stop();
  return `${acknowledged.length} messages fitted, ${refused} were refused with 5xx`;
};

/** The system refuses every write that would make a file longer than this, as a broken disk or a quota does. */
const limitFiles = (pid: number, bytes: string): boolean =>
  spawnSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]).status === 0;

const failingDisk = async (workspace: Workspace): Promise<string | LeftOut> => {
  const ada = await Client.register(workspace, 'ada');
  if (!limitFiles(workspace.pid, '1')) return new LeftOut('there is no prlimit, or it may not');
  const broken = await untilReady(workspace, 'failing', ({ status }) => status === 503);
  const { checks } = broken;
  if (checks['database'] === 'ok' || checks['disk'] === 'ok') throw new Error(JSON.stringify(broken));
  const answer = await ada.request('POST', 'v3/createRoom', {});
  if (answer.kind !== 'answered' || answer.status < 500) throw new Error(`${JSON.stringify(answer)}`);
  await live(workspace);
  limitFiles(workspace.pid, 'unlimited');
  await untilReady(workspace, 'in order again', ({ status }) => status === 200);
  await ada.ok('POST', 'v3/createRoom', {});
  return broken.reason;
};

const foreignTables = async (workspace: Workspace): Promise<string> => {
  const database = new DatabaseSync(join(workspace.options.dataDir, 'causeway.db'), { timeout: 5_000 });
  database.exec('ANALYZE');
  await untilReady(workspace, 'with statistics', ({ status }) => status === 200);
  database.exec('ALTER TABLE workspace_reports ADD COLUMN from_the_future TEXT');
  const changed = await untilReady(workspace, 'changed', ({ status }) => status === 503);
  if (!/not those of this version/.test(changed.reason)) throw new Error(changed.reason);
  database.exec('ALTER TABLE workspace_reports DROP COLUMN from_the_future');
  database.close();
  await untilReady(workspace, 'as they were', ({ status }) => status === 200);
  return '';
};

const readOnlyDisk = async (own: AsyncDisposableStack): Promise<string | LeftOut> => {
  const disk = smallDisk(own, DISK_KILOBYTES);
  if (disk instanceof LeftOut) return disk;
  const workspace = await workspaceOn(own, 'read-only', disk);
  await workspace.start();
  await workspace.stop();
  remount(disk, 'ro');
  const { code, output } = await workspace.run(['serve']);
  remount(disk, 'rw');
  if (code !== 1 || !/can only be read|may not write/.test(output)) throw new Error(`${code}: ${output}`);
  if (/^\s+at /m.test(output)) throw new Error(`a stack for the person: ${output}`);
  await workspace.start();
  await workspace.stop();
  return '';
};
