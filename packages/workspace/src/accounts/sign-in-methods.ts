import type { AccountRow } from '../tables.ts';

/**
 * How somebody proves who they are when they sign in. There is the password; single sign-on is a further member of
 * this union, found here for an account, and in `login` for a request.
 */
export type SignInMethod = 'password';

/** Empty: nobody can sign in, until a link for a password was used. */
export const signInMethodsOf = (account: AccountRow): readonly SignInMethod[] =>
  account.password_hash === null ? [] : ['password'];
