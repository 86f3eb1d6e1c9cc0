import { checkPerson } from '@causeway/homeserver';
import { route, userIdOf } from '../../client/client-route.ts';
import { fresh } from '../workspace-api.ts';

/** `GET /_causeway/people/{userId}`: whether somebody exists, before they are invited. Always a 200. */
export const getPerson = route('GET', ['/_causeway/people/:userId'], async ({ engine, request, userId }) => {
  const { status, message, fault, profile } = await checkPerson(engine, userId, userIdOf(request));
  const { displayname, avatar_url } = profile ?? {};
  return fresh({
    status,
    message,
    ...(fault === undefined ? {} : { fault: fault.code, parameters: fault.parameters }),
    ...(typeof displayname === 'string' ? { displayname } : {}),
    ...(typeof avatar_url === 'string' ? { avatar_url } : {}),
  });
});
