import { Command, InvalidArgumentError, Option } from 'commander';
import type { BackupOptions, RestoreOptions } from './commands/backup.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import { overrides } from './config/readers.ts';
import { complain } from './console.ts';
import type { DemoOptions } from './demo/demo.ts';
import { parseCount } from './parse-count.ts';
import { addPeopleCommands } from './people-command-line.ts';
import { StartupError } from './startup-error.ts';
import { version } from './version.ts';

/** Runs one command and sets the exit status. */
export const runCommandLine = async (argv: readonly string[]): Promise<void> => {
  try {
    await commandLine().parseAsync([...argv]);
  } catch (thrown) {
    const error = firstOf(thrown);
    // A command whose exit status says more has set it before.
    process.exitCode ??= 1;
    if (isForThePerson(error)) complain(error.message);
    else throw thrown;
  }
};

/** What went wrong first, where closing everything failed for the same reason. */
const firstOf = (error: unknown): unknown =>
  error instanceof SuppressedError ? firstOf(error.suppressed) : error;

/** Errors whose message says all: a stack would only hide it. */
const isForThePerson = (error: unknown): error is Error =>
  error instanceof StartupError ||
  (error instanceof Error &&
    [
      'DataFolderInUseError',
      'IncompatibleDatabaseError',
      'SigningKeyRefusedError',
      'StoreFullError',
    ].includes(error.name));

const commandLine = (): Command => {
  const program = new Command('causeway')
    .description('Team chat that reaches other organisations, with a Matrix homeserver inside.')
    .version(version)
    .showHelpAfterError();

  program
    .command('serve')
    .description('Runs the workspace; the first start prints a link to its set-up page.')
    .action(async () => (await import('./commands/serve.ts')).serve(process.env));

  program
    .command('demo')
    .description('Runs two workspaces on this machine that share a channel.')
    .option('--check', 'do the whole exchange without a browser, then end')
    .option('--json', 'print one line of JSON when ready, and nothing else')
    .addOption(new Option('--ports <a,b>', 'HTTP ports of the two workspaces').argParser(parsePorts))
    .option('--data <dir>', 'where the demo keeps its data')
    .addOption(
      new Option('--peers <json>', 'further servers to reach, as {"name":"host:port"}').argParser(parsePeers),
    )
    .option('--peers-ca <file>', 'PEM file of the authority that these servers have their certificates from')
    .action(async (options: DemoOptions) => (await import('./demo/demo.ts')).demo(options));

  program
    .command('check-config')
    .description('Says what is wrong with the configuration, without starting anything.')
    .action(async () => (await import('./commands/check-config.ts')).checkConfig(process.env));

  program
    .command('doctor [server]')
    .description(
      'Checks step by step how a server federates; without a name, this workspace. Exit status: 0 nothing failed, 1 something failed, 2 not checked.',
    )
    .option('--json', 'print all steps with their evidence as JSON')
    // Commander would end with 1, which here means that something is broken.
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .action(async (server: string | undefined, options: DoctorOptions) =>
      (await import('./commands/doctor.ts')).doctor(process.env, server, options),
    );

  program
    .command('backup <folder>')
    .description(
      'Copies everything of the workspace into a new folder in this one, or into an encrypted file, while it runs or not.',
    )
    .addOption(new Option('--keep <n>', 'then delete all but the newest n backups').argParser(parseCount))
    .option('--passphrase-file <file>', 'encrypt it with the passphrase in the first line of this file')
    .addOption(
      new Option(
        '--recipient <key>',
        'encrypt it for this public key of age (age1…); may be repeated',
      ).argParser((key: string, before: readonly string[] | undefined) => [...(before ?? []), key]),
    )
    .action(async (folder: string, options: BackupOptions) =>
      (await import('./commands/backup.ts')).backup(process.env, folder, options),
    );

  program
    .command('restore <backup>')
    .description('Puts a backup into the data folder.')
    .option('--replace', 'move a workspace that is there aside')
    .option('--check', 'only read the backup and say whether it is sound')
    .option('--passphrase-file <file>', 'the passphrase of an encrypted backup')
    .option('--identity <file>', 'the secret key of an encrypted backup, as age-keygen writes it')
    .action(async (from: string, options: RestoreOptions) =>
      (await import('./commands/backup.ts')).restore(process.env, from, options),
    );

  program
    .command('reset')
    .description('Deletes the data of this workspace, so that it can be set up afresh.')
    .option('--yes', 'do it')
    .action(async (options: { readonly yes?: boolean }) =>
      (await import('./commands/reset.ts')).reset(process.env, options.yes === true),
    );

  program
    .command('audit')
    .description('The log of what admins, moderators and people who sign in did.')
    .command('verify')
    .description(
      'Follows its chain; ends with status 1 and names the first entry that is not as it was written.',
    )
    .action(async () =>
      (await import('./commands/user.ts')).runUserCommand(process.env, { kind: 'audit-verify' }),
    );

  const rooms = program.command('room').description('Rooms of this workspace.');
  rooms
    .command('inspect <room>')
    .description(
      'Shows members, servers, version, forward extremities and sizes of a room, whether the workspace runs or not.',
    )
    .action(async (room: string) =>
      (await import('./commands/user.ts')).runUserCommand(process.env, { kind: 'room-inspect', room }),
    );
  rooms
    .command('repair <room>')
    .description('Takes the state of a room from another server of it, in the place of what is kept here.')
    .requiredOption('--from <server>', 'the name of the server whose state is believed')
    .action(async (room: string, { from }: { readonly from: string }) =>
      (await import('./commands/user.ts')).runUserCommand(process.env, { kind: 'room-repair', room, from }),
    );

  addPeopleCommands(program);
  addSigningKeyCommands(program);
  return program;
};

const addSigningKeyCommands = (program: Command): void => {
  const commands = () => import('./commands/user.ts');
  const key = program
    .command('signing-key')
    .description('The keys that this server signs with, whether it runs or not.');
  key
    .command('list')
    .description('Lists the key in use and those from before.')
    .action(async () => (await commands()).runUserCommand(process.env, { kind: 'signing-key-list' }));
  key
    .command('rotate')
    .description(
      'Makes a new key and signs with it from now on; the one before stays published, so what it signed stays valid.',
    )
    .action(async () => (await commands()).runUserCommand(process.env, { kind: 'signing-key-rotate' }));
};

const parsePeers = (text: string): { readonly [serverName: string]: string } => {
  const read = overrides(text);
  if ('fault' in read) throw new InvalidArgumentError(`It ${read.fault}.`);
  return read.value;
};

const parsePorts = (text: string): readonly [number, number] => {
  const match = /^([0-9]{1,5}),([0-9]{1,5})$/.exec(text);
  const ports = [Number(match?.[1]), Number(match?.[2])] as const;
  if (match === null || ports.some((port) => port > 65_535)) {
    throw new InvalidArgumentError('It must be two ports, for example 8008,8009.');
  }
  return ports;
};
