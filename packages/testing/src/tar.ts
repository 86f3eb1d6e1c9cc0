/** The files of an archive in memory, as text, by name. */
export const filesOf = (tar: Buffer): ReadonlyMap<string, string> => {
  const files = new Map<string, string>();
  for (let at = 0; tar[at] !== 0; ) {
    const field = (from: number, length: number) =>
      tar
        .subarray(at + from, at + from + length)
        .toString('latin1')
        .split('\0')[0] ?? '';
    const size = Number.parseInt(field(124, 12), 8);
    files.set(field(0, 100), tar.subarray(at + 512, at + 512 + size).toString());
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
};
