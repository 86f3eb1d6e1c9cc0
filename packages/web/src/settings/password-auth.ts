import type { AuthDict } from 'matrix-js-sdk';

/** User-interactive authentication by password: https://spec.matrix.org/latest/client-server-api/#password-based */
export const passwordAuth = (userId: string, password: string, session?: string): AuthDict => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: userId },
  password,
  ...(session ? { session } : {}),
});
