import { coreDifferences } from './differences-core.ts';
import { coreKinds } from './scenarios/core.ts';
import { coreData } from './scenarios/core-data.ts';
import { coreEvents } from './scenarios/core-events.ts';
import { compareWithReal } from './suite.ts';

compareWithReal(
  'core',
  'core kinds answer as on Kubernetes 1.20',
  { core: { ...coreKinds, ...coreData, ...coreEvents } },
  coreDifferences,
);
