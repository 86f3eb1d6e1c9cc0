import { isJsonArray, JsonFault, type JsonValue, MAX_JSON_DEPTH } from './json-value.ts';
import { lenientNumberText } from './lenient-number.ts';

export type JsonSurvey = {
  readonly fault: JsonFault | undefined;
  /** At least as many bytes as the value takes as canonical JSON. */
  readonly bytesAtMost: number;
};

/** The first fault inside a value, or undefined when it can be canonical JSON. */
export function findJsonFault(value: JsonValue): JsonFault | undefined {
  return surveyJson(value).fault;
}

/**
 * Looks for faults, and bounds the canonical size, in one walk.
 *
 * Values that did not come from the reader are judged as strictly: a float or a lone surrogate in a value made
 * by our own code is reported like one that was read.
 */
export function surveyJson(value: JsonValue, options: SurveyOptions = {}): JsonSurvey {
  const survey: Survey = { ...options, fault: undefined, bytesAtMost: 0 };
  visit(survey, value, 0);
  return survey;
}

export type SurveyOptions = {
  /** Numbers beyond canonical JSON are no fault, as long as a double or an integer holds them. */
  readonly allowsAnyNumber?: boolean;
};

type Survey = SurveyOptions & { fault: JsonFault | undefined; bytesAtMost: number };

/** A float takes at most 24 bytes, an integer not more than it was written with. */
const FLOAT_BYTES = 24;

function visit(survey: Survey, value: JsonValue, depth: number): void {
  if (typeof value === 'string') visitString(survey, value);
  else if (typeof value === 'number') {
    survey.bytesAtMost += 17;
    if (!Number.isSafeInteger(value)) {
      const kind = Number.isInteger(value) ? 'integer-range' : 'float';
      survey.fault ??= new JsonFault(kind, String(value));
    }
  } else if (value === null || typeof value === 'boolean') survey.bytesAtMost += 5;
  else if (value instanceof JsonFault) visitFault(survey, value);
  else if (depth >= MAX_JSON_DEPTH) survey.fault ??= new JsonFault('too-deep', '');
  else if (isJsonArray(value)) {
    survey.bytesAtMost += 2 + value.length;
    for (const member of value) visit(survey, member, depth + 1);
  } else {
    survey.bytesAtMost += 2;
    for (const key of Object.keys(value)) {
      // The value first: where a key is at fault, the reader has left the fault there.
      visit(survey, value[key] ?? null, depth + 1);
      visitString(survey, key);
      survey.bytesAtMost += 2;
    }
  }
}

function visitFault(survey: Survey, fault: JsonFault): void {
  survey.bytesAtMost += Math.max(fault.text.length, FLOAT_BYTES);
  if (survey.allowsAnyNumber !== true || lenientNumberText(fault) === undefined) survey.fault ??= fault;
}

function visitString(survey: Survey, text: string): void {
  // A control character takes six bytes, any other code unit at most three.
  survey.bytesAtMost += text.length * 6 + 2;
  if (!text.isWellFormed()) survey.fault ??= new JsonFault('lone-surrogate', JSON.stringify(text));
}
