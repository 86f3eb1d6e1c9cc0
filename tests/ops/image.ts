/** The Dockerfile, its steps done in order in fresh folders, and what it makes started as it says. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type ContainerRoot,
  enter,
  firstProcessOf,
  homeOf,
  kill,
  makeRoot,
  npmSurroundings,
  runIn,
  type Started,
  startIn,
  type Surroundings,
  whyNoContainer,
} from './container.ts';
import { type Instruction, readDockerfile, readIgnored, type Stage } from './dockerfile.ts';
import { LeftOut, type OpsCase } from './ops-case.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');

/** It fetches all packages and builds the web app. */
const LIMIT_MS = 900_000;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;
const POLL_MS = 200;

/** What stands for an image; see `container.ts`. Another base needs another translation. */
const KNOWN_BASE = /^node:24-bookworm-slim$/;
/** This machine's packages are not the image's. */
const PACKAGE_MANAGER = /\b(apt|apt-get|aptitude|dpkg)\b/;

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const imageCases = (): readonly OpsCase[] => [
  {
    name: 'service: the steps of the Dockerfile make an image that serves as its own user',
    limitMs: LIMIT_MS,
    run: async () => {
      const why = whyNoContainer();
      if (why !== undefined) return new LeftOut(why);
      const folder = mkdtempSync(join(tmpdir(), 'causeway-ops-image-'));
      try {
        await refuseUnknownSteps(folder);
        const image = await build(readFileSync(join(REPOSITORY, 'Dockerfile'), 'utf8'), folder);
        return `${image.steps} steps, ${await serve(image)}`;
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  },
];

type Image = Surroundings & {
  readonly container: ContainerRoot;
  readonly steps: number;
  readonly volumes: readonly string[];
  readonly ports: readonly number[];
  readonly healthcheck: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
};

type Build = {
  readonly folder: string;
  /** Earlier stages, by name. */
  readonly built: ReadonlyMap<string, Image>;
};

/** The last stage. @throws what a step wrote when it failed, or that it is not known */
const build = async (dockerfile: string, folder: string): Promise<Image> => {
  const built = new Map<string, Image>();
  let last: Image | undefined;
  let steps = 0;
  for (const [index, stage] of readDockerfile(dockerfile).entries()) {
    const own = mkdtempSync(join(folder, `stage-${index}-`));
    last = await buildStage(stage, { folder: own, built });
    steps += last.steps;
    built.set(stage.name, last);
  }
  if (last === undefined) throw new Error('there is no stage');
  return { ...last, steps };
};

const buildStage = async (stage: Stage, { folder, built }: Build): Promise<Image> => {
  if (!KNOWN_BASE.test(stage.base)) throw new Error(`nothing stands here for the base image ${stage.base}`);
  let image: Image = {
    container: makeRoot(folder),
    ...{ env: { PATH }, workdir: '/', user: '0', steps: 0 },
    ...{ volumes: [], ports: [], healthcheck: [], entrypoint: [], cmd: [] },
  };
  for (const instruction of stage.instructions) {
    image = { ...(await perform(instruction, image, built)), steps: image.steps + 1 };
  }
  return image;
};

const perform = async (step: Instruction, image: Image, built: Build['built']): Promise<Image> => {
  switch (step.kind) {
    case 'run':
      if (PACKAGE_MANAGER.test(step.command)) {
        throw new Error(`nothing stands here for the packages of the base image: ${step.command}`);
      }
      await runIn(image.container, ['/bin/sh', '-c', step.command], {
        ...withHome(image),
        env: { ...npmSurroundings(image.container), ...withHome(image).env },
      });
      return image;
    case 'copy':
      copy(step, image, built);
      return image;
    case 'env':
      return { ...image, env: { ...image.env, ...step.variables } };
    case 'user':
      return { ...image, user: step.user };
    case 'workdir':
      mkdirSync(inside(image, step.path), { recursive: true });
      return { ...image, workdir: step.path };
    case 'volume':
      return { ...image, volumes: [...image.volumes, step.path] };
    case 'expose':
      return { ...image, ports: [...image.ports, ...step.ports] };
    case 'healthcheck':
    case 'entrypoint':
    case 'cmd':
      return { ...image, [step.kind]: step.command };
  }
};

const withHome = (image: Image): Surroundings => ({
  user: image.user,
  workdir: image.workdir,
  env: { HOME: homeOf(image.container.root, image.user), ...image.env },
});

/** `/usr` is this machine's. */
const inside = ({ container, workdir }: Image, path: string): string => {
  const absolute = resolve(workdir, path);
  if (absolute.startsWith('/usr')) throw new Error(`nothing can be copied to ${absolute} here`);
  return join(container.root, absolute);
};

const copy = (step: Instruction & { kind: 'copy' }, image: Image, built: Build['built']): void => {
  const target = inside(image, step.target);
  mkdirSync(target, { recursive: true });
  if (step.from === undefined) {
    const isIgnored = readIgnored(readFileSync(join(REPOSITORY, '.dockerignore'), 'utf8'));
    const source = resolve(REPOSITORY, step.source);
    const filter = (path: string) => !isIgnored(relative(REPOSITORY, path));
    cpSync(source, target, { recursive: true, verbatimSymlinks: true, filter });
    return;
  }
  const stage = built.get(step.from);
  if (stage === undefined) throw new Error(`there is no stage ${step.from}`);
  // Linked, not copied: the earlier stage is not changed any more, and goes away with this one.
  execFileSync('cp', ['--archive', '--link', `${inside(stage, step.source)}/.`, target]);
};

/** A step that is passed over would be a step that nobody has tried. */
const refuseUnknownSteps = async (folder: string): Promise<void> => {
  const base = 'FROM node:24-bookworm-slim\n';
  const faulty = [
    'FROM alpine\nRUN true',
    `${base}ADD . /opt`,
    `${base}RUN --mount=type=cache,target=/root true`,
    `${base}RUN apt-get install -y curl`,
    `${base}COPY --from=nowhere /opt /opt`,
    `${base}RUN false`,
    `${base}USER 990\nRUN touch /opt/mine`,
  ];
  for (const dockerfile of faulty) {
    const outcome = await build(dockerfile, folder).then(
      () => 'done',
      () => 'refused',
    );
    if (outcome === 'done') throw new Error(`this was taken for a sound Dockerfile:\n${dockerfile}`);
  }
};

const serve = async (image: Image): Promise<string> => {
  const began = performance.now();
  const { container, entrypoint, cmd } = image;
  const surroundings = withHome(image);
  if (surroundings.user === '0') throw new Error('it would run as root');
  const started = startIn(container, [...entrypoint, ...cmd], surroundings, { alone: true });
  const ended = once(started.child, 'close');
  try {
    await untilHealthy(image, started);
    const took = performance.now() - began;
    const process1 = firstProcessOf(started);
    const look = ['node', '--input-type=module', '--eval', lookAt(image.ports[0] ?? 0)];
    const seen = enter(process1, look, surroundings, container);
    if (seen.code !== 0) throw new Error(seen.output);
    const runsAs = /^Uid:\t(\d+)\t(\d+)/m.exec(readFileSync(`/proc/${process1}/status`, 'utf8'));
    for (const uid of [runsAs?.[1], runsAs?.[2]]) {
      if (uid !== image.user) throw new Error(`it runs as ${uid}, not as ${image.user}`);
    }
    checkVolumes(image);
    process.kill(process1, 'SIGTERM');
    const late = AbortSignal.timeout(STOP_LIMIT_MS);
    const code = await Promise.race([ended.then(([status]) => Number(status)), once(late, 'abort')]);
    if (code !== 0) throw new Error(`after SIGTERM it ended with ${String(code)}\n${started.output()}`);
    return `healthy after ${(took / 1000).toFixed(1)} s`;
  } finally {
    kill(started.child);
    await ended;
  }
};

/** As its first visitor: it lives, and gives out the web app that the steps built. */
const lookAt = (port: number) => `
  const get = (path) => fetch('http://127.0.0.1:${port}' + path);
  const [live, page] = await Promise.all([get('/health/live'), get('/')]);
  const text = await page.text();
  if (!live.ok) throw new Error('/health/live: ' + live.status);
  if (!page.ok || !text.includes('<script type="module"')) throw new Error('/: ' + page.status + ' ' + text);
`;

/** As the container's own check says. */
const untilHealthy = async (image: Image, started: Started): Promise<void> => {
  const end = performance.now() + START_LIMIT_MS;
  for (;;) {
    if (started.child.exitCode !== null) throw new Error(`it ended by itself\n${started.output()}`);
    const { code, output } = enterIfThere(image, started);
    if (code === 0) return;
    if (performance.now() > end) throw new Error(`it is not healthy: ${output}\n${started.output()}`);
    await wait(POLL_MS);
  }
};

const enterIfThere = (image: Image, started: Started) => {
  if (image.healthcheck.length === 0) throw new Error('the image has no health check');
  try {
    return enter(firstProcessOf(started), image.healthcheck, withHome(image), image.container);
  } catch (error) {
    return { code: 1, output: String(error) };
  }
};

/** Its own, and nobody else's to read. */
const checkVolumes = (image: Image): void => {
  if (image.volumes.length === 0) throw new Error('the image has no volume');
  for (const path of image.volumes) {
    const { uid, mode } = statSync(inside(image, path));
    if (String(uid) !== image.user || (mode & 0o077) !== 0) {
      throw new Error(`${path} belongs to ${uid}, with mode ${(mode & 0o777).toString(8)}`);
    }
  }
};
