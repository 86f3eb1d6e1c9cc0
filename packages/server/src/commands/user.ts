import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { Environment } from '../config/read-config.ts';
import { say } from '../console.ts';
import type { ControlCommand } from '../control/control-command.ts';
import { sendCommand } from '../control/send-command.ts';
import { loadConfig } from './load-config.ts';

export const runUserCommand = async (environment: Environment, command: ControlCommand): Promise<void> => {
  say(await sendCommand(loadConfig(environment).config, command));
};

export const addUser = async (
  environment: Environment,
  user: { readonly name: string; readonly password?: string; readonly admin?: boolean },
): Promise<void> => {
  const { name, admin = false } = user;
  const generated = user.password === undefined ? randomBytes(12).toString('base64url') : undefined;
  const password = generated ?? (user.password === '-' ? await readPassword() : (user.password ?? ''));
  await runUserCommand(environment, { kind: 'user-add', name, password, admin });
  if (generated !== undefined) say(`Password: ${generated}`);
};

const readPassword = async (): Promise<string> => (await text(process.stdin)).replace(/\r?\n$/, '');
