/** How long other work had to wait for its turn, and how much of that this thread was computing. */
export type Stalls = Disposable & {
  /** Milliseconds, whatever the reason: computing, the disk, or other programs on the same cores. */
  longest(): number;
  /** Milliseconds of the thread's own time. */
  longestComputing(): number;
};

export const watchStalls = (): Stalls => {
  let longest = 0;
  let longestComputing = 0;
  let last = performance.now();
  let lastComputing = computed();
  let running = true;
  const look = () => {
    const now = performance.now();
    const nowComputing = computed();
    longest = Math.max(longest, now - last);
    longestComputing = Math.max(longestComputing, nowComputing - lastComputing);
    last = now;
    lastComputing = nowComputing;
  };
  const next = () => {
    look();
    if (running) setImmediate(next);
  };
  setImmediate(next);
  return {
    longest: () => {
      look();
      return longest;
    },
    longestComputing: () => {
      look();
      return longestComputing;
    },
    [Symbol.dispose]: () => {
      running = false;
    },
  };
};

const computed = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
