export const LONG = '--long';

/** Whether everything is looked at; otherwise what a change may break, in the time that there is. */
export const isLong: boolean = process.argv.includes(LONG);
