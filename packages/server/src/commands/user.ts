import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { Environment } from '../config/read-config.ts';
import { say } from '../console.ts';
import type { ControlCommand } from '../control/control-command.ts';
import { sendCommand } from '../control/send-command.ts';
import { StartupError } from '../startup-error.ts';
import { loadConfig } from './load-config.ts';

export const runUserCommand = async (environment: Environment, command: ControlCommand): Promise<void> => {
  say(await sendCommand(loadConfig(environment).config, command));
};

export const addUser = async (
  environment: Environment,
  user: {
    readonly name: string;
    readonly password?: string;
    readonly admin?: boolean;
    readonly role?: string;
  },
): Promise<void> => {
  const { name, admin = false } = user;
  const role = user.role ?? (admin ? 'admin' : 'user');
  const generated = user.password === undefined ? randomBytes(12).toString('base64url') : undefined;
  const password = generated ?? (user.password === '-' ? await readPassword() : (user.password ?? ''));
  await runUserCommand(environment, { kind: 'user-add', name, password, role });
  if (generated !== undefined) say(`Password: ${generated}`);
};

/** Prints a link with which the person chooses a password; with a password that is set at once. */
export const resetPassword = async (
  environment: Environment,
  name: string,
  given: string | undefined,
): Promise<void> => {
  const password = given === '-' ? await readPassword() : given;
  await runUserCommand(environment, { kind: 'user-reset-password', name, password });
};

export const deactivateUser = async (
  environment: Environment,
  name: string,
  options: { readonly erase?: boolean; readonly yes?: boolean },
): Promise<void> => {
  const { erase = false, yes = false } = options;
  if (erase && !yes) {
    throw new StartupError(
      `Erasing can not be taken back. If you mean it: causeway user deactivate ${name} --erase --yes`,
    );
  }
  await runUserCommand(environment, { kind: 'user-deactivate', name, erase });
};

const readPassword = async (): Promise<string> => (await text(process.stdin)).replace(/\r?\n$/, '');
