import { useEffect, useRef, useState } from 'react';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { type CheckStep, runFederationCheck } from './federation-check.ts';

export type FederationCheck = {
  /** Empty: this workspace. Undefined: nothing was checked yet. */
  readonly server: string | undefined;
  readonly steps: readonly CheckStep[];
  readonly running: boolean;
  /** Why there was no check, or why it broke off; empty when all is well. */
  readonly problem: string;
  readonly start: (server: string) => void;
  readonly cancel: () => void;
};

/** One check at a time; a new one ends the one before. */
export function useFederationCheck(): FederationCheck {
  const { session } = useWorkspace();
  const [server, setServer] = useState<string>();
  const [steps, setSteps] = useState<readonly CheckStep[]>([]);
  const [running, setRunning] = useState(false);
  const [problem, setProblem] = useState('');
  const ending = useRef(new AbortController());
  useEffect(() => () => ending.current.abort(), []);

  async function run(name: string, signal: AbortSignal) {
    try {
      for await (const step of runFederationCheck(session.accessToken, name, signal)) {
        if (signal.aborted) return;
        setSteps((before) => [...before, step]);
      }
    } catch (caught) {
      if (!signal.aborted) setProblem(describeProblem(caught));
    } finally {
      if (!signal.aborted) setRunning(false);
    }
  }

  function start(name: string) {
    ending.current.abort();
    ending.current = new AbortController();
    setServer(name);
    setSteps([]);
    setProblem('');
    setRunning(true);
    void run(name, ending.current.signal);
  }

  function cancel() {
    ending.current.abort();
    setRunning(false);
  }

  return { server, steps, running, problem, start, cancel };
}
