import type * as z from 'zod';
import type { Resource } from '../types/object.ts';
import { defineKind } from './define.ts';
import { machineSpec } from './machine/spec.ts';
import { machineStatus } from './machine/status.ts';
import { kindNames } from './names.ts';

export type VirtualMachineSpec = z.output<typeof machineSpec>;
export type VirtualMachineStatus = z.output<typeof machineStatus>;
export type VirtualMachine = Resource<VirtualMachineSpec, VirtualMachineStatus>;

export const virtualMachine = defineKind({
  ...kindNames.VirtualMachine,
  description: 'A virtual machine: its hardware, its power state and where it runs.',
  spec: machineSpec,
  status: machineStatus,
  selectableFields: ['.spec.nodeName', '.status.nodeName'],
  columns: [
    { name: 'Power', type: 'string', jsonPath: '.status.powerState', description: 'Observed power state.' },
    {
      name: 'Ready',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: 'Whether it is as it should be.',
    },
    { name: 'CPUs', type: 'integer', jsonPath: '.status.cpus', description: 'Virtual CPUs.' },
    { name: 'Memory', type: 'string', jsonPath: '.spec.memory.size', description: 'Memory.' },
    { name: 'Address', type: 'string', jsonPath: '.status.addresses[0]', description: 'First address.' },
    { name: 'Node', type: 'string', jsonPath: '.status.nodeName', description: 'Node.', priority: 1 },
    { name: 'Accel', type: 'string', jsonPath: '.status.acceleration', description: 'kvm or tcg.', priority: 1 },
    {
      name: 'Restarts',
      type: 'integer',
      jsonPath: '.status.restarts',
      description: 'Starts by the restart policy.',
      priority: 1,
    },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      description: 'Why it is or is not ready.',
      priority: 1,
    },
  ],
});
