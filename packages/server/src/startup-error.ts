/** Why a start was given up, in words for the person at the console: no stack, exit status 1. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
