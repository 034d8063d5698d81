import type { Scenarios } from '../scenario.ts';
import { GROUP } from './objects.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

/** What the server says that it has, as far as our group goes. */
export const discovery: Scenarios = {
  'the group': async ({ send }) => {
    await send('group', { path: '/apis/vmctl.dev' });
    await send('resources', { path: GROUP });
    await send('no such version', { path: '/apis/vmctl.dev/v1' });
    await send('no such group', { path: '/apis/none.dev' });
    await send('group as a table', { path: GROUP, accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    await send('aggregated, of one group', { path: '/apis/vmctl.dev', accept: AGGREGATED });
    await send('CRD group', { path: '/apis/apiextensions.k8s.io' });
    await send('CRD resources', { path: '/apis/apiextensions.k8s.io/v1' });
  },
};
