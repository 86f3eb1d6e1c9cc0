import { useEffect, useState } from 'react';

const SLOW_MS = 2000;

/** True once something has gone on for long enough to say so. */
export function useSlow(working: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    if (!working) return;
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, [working]);
  return slow;
}
