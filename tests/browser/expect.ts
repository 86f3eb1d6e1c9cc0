/** Assertions that wait: what is expected has to come true in time. */
const POLL_MS = 100;
const DEFAULT_TIMEOUT_MS = 10_000;

export async function expectSoon(
  what: string,
  holds: () => Promise<boolean>,
  timeout = DEFAULT_TIMEOUT_MS,
): Promise<void> {
  const end = Date.now() + timeout;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`This did not happen within ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export function expectEqual<T>(what: string, actual: T, expected: T): void {
  if (actual !== expected) throw new Error(`${what}: expected ${String(expected)}, got ${String(actual)}`);
}
