import { listPeople, personStates } from '@causeway/workspace';
import { queryChoice, queryInteger, queryString } from '../../../client/fields.ts';
import { userIdOf } from '../../../client/client-route.ts';
import { fresh } from '../../workspace-api.ts';
import { adminRoute } from '../admin-route.ts';
import { answerWithPerson, listedPersonJson } from './person-json.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** `GET /_causeway/admin/people?search=&role=&state=&after=&limit=`: page by page, by name. */
export const getPeople = adminRoute('GET', '/people', async ({ request, workspace }) => {
  const page = await listPeople(workspace, {
    search: queryString(request, 'search'),
    role: queryString(request, 'role') || undefined,
    state: request.query.get('state') === '' ? undefined : queryChoice(request, 'state', personStates),
    after: queryString(request, 'after'),
    limit: queryInteger(request, 'limit', { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT,
  });
  return fresh({
    people: page.people.map(listedPersonJson),
    total: page.total,
    ...(page.after === undefined ? {} : { after: page.after }),
  });
});

/** `GET /_causeway/admin/people/{userId}` */
export const getAccount = adminRoute('GET', '/people/:userId', (call) =>
  answerWithPerson(call, userIdOf(call.request)),
);
