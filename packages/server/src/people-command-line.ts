/** `causeway user …` and what else is about accounts; each works whether the workspace runs or not. */
import { type Command, Option } from 'commander';
import { parseCount } from './parse-count.ts';

export const addPeopleCommands = (program: Command): void => {
  const commands = () => import('./commands/user.ts');
  const user = program.command('user').description('Accounts of this workspace, whether it runs or not.');
  user
    .command('add <name>')
    .description('Makes an account. Without a password one is made and printed.')
    .option('--password <password>', 'the password; - reads it from standard input')
    .option('--admin', 'make an admin')
    .option('--role <role>', 'admin, user, guest, or a role of your own')
    .action(async (name: string, options: { readonly password?: string; readonly admin?: boolean }) =>
      (await commands()).addUser(process.env, { name, ...options }),
    );
  user
    .command('list')
    .description('Lists accounts with role or state, permissions, sessions, and when they were seen last.')
    .action(async () => (await commands()).runUserCommand(process.env, { kind: 'user-list' }));
  user
    .command('role <name> <role>')
    .description('Gives a role: admin, user, guest, or one of your own.')
    .action(async (name: string, role: string) =>
      (await commands()).runUserCommand(process.env, { kind: 'user-role', name, role }),
    );
  user
    .command('grant <name> <permission>')
    .description('Gives a permission beside those of the role, for example access-federation.')
    .action(async (name: string, permission: string) =>
      (await commands()).runUserCommand(process.env, { kind: 'user-grant', name, permission }),
    );
  user
    .command('revoke <name> <permission>')
    .description('Takes a permission back that was granted.')
    .action(async (name: string, permission: string) =>
      (await commands()).runUserCommand(process.env, { kind: 'user-revoke', name, permission }),
    );
  addAccountCommands(user);
  addLinkCommands(program, user);
};

const addAccountCommands = (user: Command): void => {
  const commands = () => import('./commands/user.ts');
  user
    .command('reset-password <name>')
    .description('Prints a link with which the person chooses a new password: once, within a day.')
    .option('--password <password>', 'set this one instead and sign out everywhere; - reads standard input')
    .action(async (name: string, { password }: { readonly password?: string }) =>
      (await commands()).resetPassword(process.env, name, password),
    );
  user
    .command('sign-out <name>')
    .description('Signs the person out everywhere.')
    .action(async (name: string) =>
      (await commands()).runUserCommand(process.env, { kind: 'user-sign-out', name }),
    );
  user
    .command('deactivate <name>')
    .description('Ends an account: nobody signs in to it any more, and it leaves all rooms.')
    .option(
      '--erase',
      'erase its messages for those who come later, and its data; this can not be taken back',
    )
    .option('--yes', 'do erase')
    .action(async (name: string, options: { readonly erase?: boolean; readonly yes?: boolean }) =>
      (await commands()).deactivateUser(process.env, name, options),
    );
  user
    .command('reactivate <name>')
    .description('Opens an account again that was deactivated, not erased; without password and rooms.')
    .action(async (name: string) =>
      (await commands()).runUserCommand(process.env, { kind: 'user-reactivate', name }),
    );
};

type LinkOptions = { readonly uses?: number; readonly days?: number };

const addLinkCommands = (program: Command, user: Command): void => {
  const commands = () => import('./commands/user.ts');
  const uses = () => new Option('--uses <n>', 'how many people may use it').argParser(parseCount);
  const days = () => new Option('--days <n>', 'how many days it can be used').argParser(parseCount);
  user
    .command('invite')
    .description('Prints a link with which somebody makes an account; for one person and seven days.')
    .option('--role <role>', 'what who comes by it becomes', 'user')
    .addOption(uses())
    .addOption(days())
    .action(async (options: LinkOptions & { readonly role: string }) =>
      (await commands()).runUserCommand(process.env, { kind: 'user-invite', ...options }),
    );
  const tokens = program
    .command('registration-token')
    .description('Makes a token for CAUSEWAY_REGISTRATION=token and prints it.')
    .addOption(uses())
    .addOption(days())
    .action(async (options: LinkOptions) =>
      (await commands()).runUserCommand(process.env, { kind: 'registration-token', ...options }),
    );
  tokens
    .command('list')
    .description('Lists the tokens with their state, how often they were used, and when they end.')
    .action(async () => (await commands()).runUserCommand(process.env, { kind: 'registration-token-list' }));
  tokens
    .command('withdraw <token>')
    .description('Nobody registers with it any more.')
    .action(async (token: string) =>
      (await commands()).runUserCommand(process.env, { kind: 'registration-token-withdraw', token }),
    );
};
