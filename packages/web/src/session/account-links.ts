/** What the pages behind links ask: to sign up, and for a new password. The secret is what follows the #. */
import { request, text } from './matrix-request.ts';

export const secretInAddress = (): string => location.hash.replace(/^#/, '');

const post = (path: string, body: object) => request(`/_causeway/links/${path}`, { method: 'POST', body });

export const lookAtInvitation = async (secret: string): Promise<void> =>
  void (await post('invitation/look', { secret }));

export const acceptInvitation = async (answers: {
  readonly secret: string;
  readonly username: string;
  readonly displayName: string;
  readonly password: string;
}): Promise<void> => {
  const { secret, username, password, displayName } = answers;
  const name = displayName.trim();
  await post('invitation', { secret, username, password, ...(name ? { display_name: name } : {}) });
};

/** Whose password it is. */
export const lookAtPasswordLink = async (secret: string): Promise<string> =>
  text((await post('password/look', { secret })).user_id) ?? '';

export const setNewPassword = async (secret: string, password: string): Promise<void> =>
  void (await post('password', { secret, password }));
