import * as z from 'zod';
import { listAtomic } from '../../types/list-map.ts';
import { objectName } from '../../types/primitives.ts';

const toleration = z.object({
  key: z.string().max(316).describe('Taint key; every taint where none is given.').optional(),
  operator: z
    .enum(['Exists', 'Equal'])
    .describe('How key and value are compared; Equal where nothing is given.')
    .optional(),
  value: z.string().max(63).describe('Taint value.').optional(),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .describe('Taint effect; every one where none is given.')
    .optional(),
  tolerationSeconds: z.int().min(0).max(86_400_000).describe('How long a NoExecute taint is tolerated.').optional(),
});

const labelSelector = z
  .object({ matchLabels: z.record(z.string(), z.string().max(63)).describe('Labels that must be there.').optional() })
  .describe('Machines that are counted.');

const spread = z.object({
  maxSkew: z.int().min(1).max(1000).describe('Largest difference between two domains.'),
  topologyKey: z.string().min(1).max(316).describe('Node label that names the domain.'),
  whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']).describe('What to do when it cannot be kept.'),
  labelSelector: labelSelector.optional(),
});

export const placementFields = {
  nodeName: objectName()
    .describe('Node that the machine is bound to; the scheduler binds it where nothing is given.')
    .optional(),
  nodeSelector: z.record(z.string(), z.string().max(63)).describe('Labels that the node must have.').optional(),
  affinity: z.looseObject({}).describe("Affinity, as in a Pod's spec.").optional(),
  tolerations: listAtomic(z.array(toleration).max(32)).describe('Taints that are tolerated.').optional(),
  topologySpreadConstraints: listAtomic(z.array(spread).max(8))
    .describe('How machines like this one spread over nodes.')
    .optional(),
  priorityClassName: objectName()
    .describe("Class of the machine's reservation; the cluster's default where nothing is given.")
    .optional(),
  leaseLostPolicy: z
    .enum(['Continue', 'Stop'])
    .describe(
      'What a node that cannot renew its lease, and so may be taken for dead, does with the machine; Continue where nothing is given. It starts elsewhere only after its node was fenced, in any case.',
    )
    .optional(),
};
