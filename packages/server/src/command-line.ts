import { Command, InvalidArgumentError, Option } from 'commander';
import type { DemoOptions } from './demo/demo.ts';
import { complain } from './console.ts';
import { StartupError } from './startup-error.ts';
import { version } from './version.ts';

/** Runs one command and sets the exit status. */
export const runCommandLine = async (argv: readonly string[]): Promise<void> => {
  try {
    await commandLine().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = 1;
    if (isForThePerson(error)) complain(error.message);
    else throw error;
  }
};

/** Errors whose message says all: a stack would only hide it. */
const isForThePerson = (error: unknown): error is Error =>
  error instanceof StartupError ||
  (error instanceof Error && ['DataFolderInUseError', 'IncompatibleDatabaseError'].includes(error.name));

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
    .action(async (options: DemoOptions) => (await import('./demo/demo.ts')).demo(options));

  program
    .command('check-config')
    .description('Says what is wrong with the configuration, without starting anything.')
    .action(async () => (await import('./commands/check-config.ts')).checkConfig(process.env));

  program
    .command('reset')
    .description('Deletes the data of this workspace, so that it can be set up afresh.')
    .option('--yes', 'do it')
    .action(async (options: { readonly yes?: boolean }) =>
      (await import('./commands/reset.ts')).reset(process.env, options.yes === true),
    );

  addUserCommands(program);
  return program;
};

const addUserCommands = (program: Command): void => {
  const commands = () => import('./commands/user.ts');
  const user = program.command('user').description('Accounts of this workspace, whether it runs or not.');
  user
    .command('add <name>')
    .description('Makes an account. Without a password one is made and printed.')
    .option('--password <password>', 'the password; - reads it from standard input')
    .option('--admin', 'make an admin')
    .action(async (name: string, options: { readonly password?: string; readonly admin?: boolean }) =>
      (await commands()).addUser(process.env, { name, ...options }),
    );
  user
    .command('grant <name> <permission>')
    .description('Gives a permission, for example access-federation.')
    .action(async (name: string, permission: string) =>
      (await commands()).runUserCommand(process.env, { kind: 'user-grant', name, permission }),
    );
  user
    .command('revoke <name> <permission>')
    .description('Takes a permission back.')
    .action(async (name: string, permission: string) =>
      (await commands()).runUserCommand(process.env, { kind: 'user-revoke', name, permission }),
    );
  user
    .command('list')
    .description('Lists accounts with role and permissions.')
    .action(async () => (await commands()).runUserCommand(process.env, { kind: 'user-list' }));
  program
    .command('registration-token')
    .description('Makes a token for CAUSEWAY_REGISTRATION=token and prints it.')
    .addOption(new Option('--uses <n>', 'how many people may use it').argParser(parseCount))
    .action(async (options: { readonly uses?: number }) =>
      (await commands()).runUserCommand(process.env, { kind: 'registration-token', uses: options.uses }),
    );
};

const parseCount = (text: string): number => {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a number from 1.');
  return Number(text);
};

const parsePorts = (text: string): readonly [number, number] => {
  const match = /^([0-9]{1,5}),([0-9]{1,5})$/.exec(text);
  const ports = [Number(match?.[1]), Number(match?.[2])] as const;
  if (match === null || ports.some((port) => port > 65_535)) {
    throw new InvalidArgumentError('It must be two ports, for example 8008,8009.');
  }
  return ports;
};
