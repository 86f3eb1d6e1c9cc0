import { useCallback, useEffect, useRef, useState } from 'react';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';

export type Answered<T> = {
  readonly value: T | undefined;
  readonly failure: string;
  readonly set: (value: T) => void;
  readonly again: () => void;
};

const REFRESH_MS = 15_000;

/** Asks once when the page opens; a change answers with what is there afterwards. */
export function useAnswer<T>(ask: (accessToken: string) => Promise<T>): Answered<T> {
  const { session } = useWorkspace();
  const [state, setState] = useState<{ value: T | undefined; failure: string }>({
    value: undefined,
    failure: '',
  });
  const [round, setRound] = useState(0);
  // An answer to what was asked before a change does not undo it.
  const newest = useRef(0);
  useEffect(() => {
    void round;
    newest.current += 1;
    const own = newest.current;
    ask(session.accessToken).then(
      (value) => own === newest.current && setState({ value, failure: '' }),
      (problem: unknown) =>
        own === newest.current && setState((old) => ({ ...old, failure: describeProblem(problem) })),
    );
    return () => {
      newest.current += 1;
    };
  }, [ask, session, round]);
  const set = useCallback((value: T) => {
    newest.current += 1;
    setState({ value, failure: '' });
  }, []);
  const again = useCallback(() => setRound((old) => old + 1), []);
  return { ...state, set, again };
}

/** Asks again every 15 seconds while the page is looked at. */
export function useFreshAnswer<T>(ask: (accessToken: string) => Promise<T>): Answered<T> {
  const answer = useAnswer(ask);
  const { again } = answer;
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) again();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [again]);
  return answer;
}
