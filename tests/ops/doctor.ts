/** The federation check against the catalogue of set-ups. */
import type { CheckStep } from '@causeway/http';
import { catalogue } from './doctor-catalogue.ts';
import type { CatalogueCase } from './doctor-set-ups.ts';
import { DoctorWorld } from './doctor-world.ts';
import type { OpsCase } from './ops-case.ts';

/** A check is bounded to a minute; what is broken here is found within seconds. */
const CASE_LIMIT_MS = 20_000;

const BROKEN_AT_LEAST = 15;

export const doctorCases = (own: AsyncDisposableStack): readonly OpsCase[] => {
  let world: Promise<DoctorWorld> | undefined;
  const theWorld = () => {
    world ??= DoctorWorld.start().then((started) => own.use(started));
    return world;
  };
  return [
    {
      name: 'doctor: the catalogue has broken set-ups enough',
      run: async () => {
        const broken = catalogue.filter(({ finds }) => finds !== undefined).length;
        if (broken < BROKEN_AT_LEAST) throw new Error(`only ${broken}`);
        return `${broken} broken, ${catalogue.length - broken} sound`;
      },
    },
    ...catalogue.map((entry) => ({
      name: `doctor: ${entry.name}`,
      run: async () => runCase(await theWorld(), entry),
    })),
  ];
};

const runCase = async (world: DoctorWorld, entry: CatalogueCase): Promise<string> => {
  const { server, egress } = await entry.prepare(world);
  const began = performance.now();
  const steps = await world.check(server, egress);
  const took = performance.now() - began;
  const faults = [...(took > CASE_LIMIT_MS ? [`took ${took.toFixed(0)} ms`] : []), ...faultsIn(entry, steps)];
  if (faults.length > 0) throw new Error([...faults, ...steps.map(lineOf)].join('\n'));
  return '';
};

const faultsIn = ({ finds, also = {} }: CatalogueCase, steps: readonly CheckStep[]): string[] => {
  const faults: string[] = [];
  const trouble = steps.find(({ status }) => status === 'warning' || status === 'failed');
  if (trouble?.code !== finds?.code || trouble?.id !== finds?.step || trouble?.status !== finds?.status) {
    faults.push(
      `expected ${finds?.step ?? 'no trouble'} ${finds?.code ?? ''}, found ${trouble?.id} ${trouble?.code}`,
    );
  }
  if (finds !== undefined && !finds.advice.test(trouble?.advice?.text ?? '')) {
    faults.push(`the advice is not ${finds.advice}: ${trouble?.advice?.text}`);
  }
  for (const [id, expected] of Object.entries(also)) {
    const step = steps.find((one) => one.id === id);
    if (step?.status !== expected.status || step.code !== expected.code) {
      faults.push(`${id} is ${step?.status} ${step?.code}, not ${expected.status} ${expected.code}`);
    }
  }
  for (const step of steps) {
    const isTrouble = step.status === 'failed' || step.status === 'warning';
    if (isTrouble && (step.evidence.length === 0 || step.advice === undefined)) {
      faults.push(`${step.id} has no evidence or no advice`);
    }
  }
  return faults;
};

const lineOf = (step: CheckStep): string =>
  `  ${step.status.padEnd(9)} ${step.id.padEnd(14)} ${step.code}: ${step.summary} ${step.evidence.join(' | ')}`;
