export { SeedProblem } from './problem.ts';
export { instanceIdOf, renderSeed, type Seed, type SeedFile, seedSerial } from './seed.ts';
export { type CloudInit, type DataOf, type Source, type SourceKind, seedSpec, seedTexts, sourcesOf } from './texts.ts';
export type { ParseYaml } from './yaml.ts';
