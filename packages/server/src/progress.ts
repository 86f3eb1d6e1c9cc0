/** One line per step, with the time it took. */
export interface Progress {
  step<R>(name: string, work: () => Promise<R>): Promise<R>;
}

export const createProgress = (print: (line: string) => void): Progress => ({
  async step(name, work) {
    const start = performance.now();
    const took = () => {
      const ms = performance.now() - start;
      return ms < 10_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
    };
    try {
      const result = await work();
      print(`  ok    ${name} (${took()})`);
      return result;
    } catch (error) {
      print(`  FAIL  ${name} (${took()})`);
      throw error;
    }
  },
});
