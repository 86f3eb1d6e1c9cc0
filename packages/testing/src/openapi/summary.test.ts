import { describe, expect, it } from 'vitest';
import { readDefinitions } from './definitions.ts';
import { servedOperations, unshown } from './served-operations.ts';
import { summarize } from './summary.ts';
import type { Tally } from './watched-app.ts';

const operations = ['/a/{id}', '/b', '/c'].map((path) => ({
  document: 'api.yaml',
  method: 'GET',
  path,
  pointer: '',
}));
const both = { accepted: 1, refused: 1 };

describe('the summary of what was validated', () => {
  const none: Tally = { validated: {}, excepted: {}, routes: [], unknown: 3, faults: [] };
  const some: Tally = {
    validated: { 'GET /a/{id}': both, 'GET /b': { accepted: 1, refused: 0 } },
    excepted: { 'GET /b': { accepted: 1, refused: 0 } },
    routes: ['GET /a/:id', 'GET /b'],
    unknown: 0,
    faults: [],
  };

  it('is a fault in CI when nothing was validated, whatever else was seen', () => {
    const options = { operations, mustValidate: true, isWhole: false };
    const { line, fault } = summarize([none, none], options);
    expect(line).toBe('OpenAPI: 0 responses validated, of 0 of 3 operations; 0 excepted, 6 of no operation');
    expect(fault).toBe('OpenAPI: no response was validated');
    expect(summarize([], options).fault).toBeDefined();
    expect(summarize([none], { ...options, mustValidate: false }).fault).toBeUndefined();
  });

  it('counts every response, and an operation once', () => {
    expect(summarize([some, none, some], { operations, mustValidate: true, isWhole: false })).toEqual({
      line: 'OpenAPI: 6 responses validated, of 2 of 3 operations; 2 excepted, 3 of no operation',
    });
  });

  it('is a fault after a whole run in which an operation was never refused, or never accepted', () => {
    const { fault } = summarize([some], { operations, mustValidate: false, isWhole: true });
    expect(fault).toBe('OpenAPI:\n  GET /b was never seen refused');
    const elsewhere: Tally = { ...none, validated: { 'GET /b': { accepted: 0, refused: 1 } } };
    expect(
      summarize([some, elsewhere], { operations, mustValidate: false, isWhole: true }),
    ).not.toHaveProperty('fault');
    const served: Tally = { ...elsewhere, routes: ['GET /c'] };
    expect(summarize([some, served], { operations, mustValidate: false, isWhole: true }).fault).toBe(
      'OpenAPI:\n  GET /c was never seen accepted\n  GET /c was never seen refused',
    );
  });

  it('is a fault when a process saw an answer that does not fit, and had nobody to tell', () => {
    const options = { operations, mustValidate: false, isWhole: false };
    const { fault } = summarize(
      [some, { ...none, faults: ['GET /b was answered 200: /x must be'] }],
      options,
    );
    expect(fault).toBe('OpenAPI:\nGET /b was answered 200: /x must be');
  });

  it('has nothing to validate with where the specification is not present', () => {
    expect(readDefinitions('/nowhere/matrix-spec')).toBeUndefined();
  });
});

describe('an operation that is served', () => {
  it('is known by its method and the shape of its path', () => {
    expect(servedOperations(operations, ['GET /a/:other', 'PUT /b', 'GET /b/:more'])).toEqual([
      'GET /a/{id}',
    ]);
  });

  it('is exempt as long as what it is exempt from is not seen', () => {
    const exempt = [{ operation: 'GET /b', never: 'refused', reason: 'a test' } as const];
    expect(unshown(['GET /b'], new Map([['GET /b', { accepted: 1, refused: 0 }]]), exempt)).toEqual([]);
    expect(unshown(['GET /b'], new Map([['GET /b', both]]), exempt)).toEqual([
      'GET /b is exempt from being refused, and was',
    ]);
  });
});
