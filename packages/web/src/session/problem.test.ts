import { MatrixError } from 'matrix-js-sdk';
import { expect, it } from 'vitest';
import { formatMoment } from '../i18n/dates.ts';
import { RequestError } from './matrix-request.ts';
import { describeProblem } from './problem.ts';

const refused = (code: string, parameters: Readonly<Record<string, string | number>>) =>
  describeProblem(
    new RequestError({
      message: 'What the server says.',
      errcode: 'M_CONFLICT',
      status: 409,
      fault: { code, parameters },
    }),
  );

it('says in the words of the catalogue what is wrong, with names and times as they are shown here', () => {
  const ts = Date.UTC(2026, 3, 1, 12, 30);
  expect(refused('setting-changed', { who: '@ada:north.test', setting: 'media.max-upload-mib', ts })).toBe(
    `@ada:north.test changed “Largest file” on ${formatMoment(ts)}, after you opened it. Look at what it is now, then change it.`,
  );
  expect(refused('rule-port', { domain: '$t(action.save) {{who}}' })).toBe(
    'Write $t(action.save) {{who}} without the port: a rule is for a domain, whatever its port.',
  );
});

it('says it likewise of a refusal that came by the SDK', () => {
  const data = {
    errcode: 'M_FORBIDDEN',
    error: 'What the server says.',
    fault: 'token-people',
    parameters: { least: 1, most: 9 },
  };
  expect(describeProblem(new MatrixError(data, 403))).toBe(
    'A token is for 1 to 9 people, or for any number.',
  );
});

it('says what the server says where the catalogue has no words', () => {
  expect(refused('of-a-newer-server', {})).toBe('What the server says.');
});

it('says why something did not work in the words for the reason', () => {
  const parameters = {
    who: '@ada:north.test',
    why: 'What the server says.',
    because: 'user-unknown',
    person: '@ada:north.test',
  };
  expect(refused('invitee-failed', parameters)).toBe(
    '@ada:north.test could not be invited. There is no user @ada:north.test.',
  );
  expect(refused('invitee-failed', { ...parameters, because: 'of-a-newer-server' })).toBe(
    '@ada:north.test could not be invited. What the server says.',
  );
});
