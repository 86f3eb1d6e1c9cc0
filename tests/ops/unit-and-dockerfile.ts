/** The unit for systemd, as systemd itself reads it, and the Dockerfile, as its linter does. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { prepareHadolint } from './hadolint.ts';
import { LeftOut, type OpsCase } from './ops-case.ts';

const UNIT = resolve(import.meta.dirname, '../../deploy/causeway.service');
const DOCKERFILE = resolve(import.meta.dirname, '../../Dockerfile');
const LIMIT_MS = 20_000;

/** The least exposed services have 1, those without any protection nearly 10. */
const MOST_EXPOSED = 45;

export const serviceCases = (): readonly OpsCase[] => [
  { name: 'service: the unit for systemd is sound, and gives the process little', run: async () => verify() },
  { name: 'service: the Dockerfile is sound for hadolint', run: lint },
];

const verify = (): string | LeftOut => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-ops-unit-'));
  try {
    const file = join(folder, 'causeway.service');
    // What the guide makes before: the program and its user.
    const text = readFileSync(UNIT, 'utf8')
      .replace('/usr/local/bin/causeway', process.execPath)
      .replace(/^(User|Group)=causeway$/gm, '$1=root');
    writeFileSync(file, text);
    const verified = systemd(['verify', file]);
    if (verified.missing) return new LeftOut('there is no systemd-analyze');
    if (verified.status !== 0 || verified.output !== '') throw new Error(verified.output);
    writeFileSync(file, `${text}\nNoSuchSettingAtAll=yes\nExecStart=/no/such/program\n`);
    if (systemd(['verify', file]).output === '') throw new Error('systemd says nothing about a faulty unit');
    writeFileSync(file, text);
    const security = systemd(['security', '--offline=true', `--threshold=${MOST_EXPOSED}`, file]);
    if (security.status !== 0) throw new Error(security.output.split('\n').at(-2) ?? '');
    return '';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const lint = async (): Promise<string | LeftOut> => {
  const program = await prepareHadolint();
  if (program === undefined) return new LeftOut('hadolint could not be installed');
  const hadolint = (dockerfile: string) => spawnSync(program, ['-'], { encoding: 'utf8', input: dockerfile });
  const text = readFileSync(DOCKERFILE, 'utf8');
  const { status, stdout, stderr } = hadolint(text);
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  if (hadolint(text.replaceAll(/^FROM \S+/gm, 'FROM node:latest')).status === 0)
    throw new Error('hadolint says nothing about a faulty Dockerfile');
  return '';
};

const systemd = (args: readonly string[]) => {
  const { status, stdout, stderr, error } = spawnSync('systemd-analyze', [...args], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  return { status, output: `${stdout}${stderr}`.trim(), missing: error !== undefined };
};
