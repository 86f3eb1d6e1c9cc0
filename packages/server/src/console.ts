/** What the command says to the person who called it: answers to stdout, faults to stderr. Logs are elsewhere. */
export const say = (text: string): void => console.log(text);
export const complain = (text: string): void => console.error(text);
