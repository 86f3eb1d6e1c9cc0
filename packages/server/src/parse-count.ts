import { InvalidArgumentError } from 'commander';

/** A number of something that there is at least one of, as an option gives it. */
export const parseCount = (text: string): number => {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a number from 1.');
  return Number(text);
};
