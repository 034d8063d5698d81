import { coreDifferences } from './differences.ts';
import { coreKinds } from './scenarios/core.ts';
import { compareWithReal } from './suite.ts';

compareWithReal('core', 'core kinds answer as on Kubernetes 1.20', { core: coreKinds }, coreDifferences);
