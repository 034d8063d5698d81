import * as z from 'zod';
import { listAtomic, listMap } from '../../types/list-map.ts';
import { token } from '../../types/primitives.ts';
import { onUpdate } from '../../types/rule.ts';
import { cloudInit } from './cloud-init.ts';
import { cpu } from './cpu.ts';
import { deviceFields } from './devices.ts';
import { disk } from './disk.ts';
import { machine } from './hardware.ts';
import { networkInterface } from './interface.ts';
import { memory } from './memory.ts';
import { placementFields } from './placement.ts';
import { snapshotSchedule } from './snapshot-schedule.ts';
import { tuning } from './tuning.ts';

const stop = z.object({
  method: z
    .enum(['Guest', 'Force'])
    .default('Guest')
    .describe('Guest: ask the guest by ACPI, and force it after the timeout. Force: end qemu at once.'),
  timeoutSeconds: z.int().min(0).max(86400).default(60).describe('How long the guest may take to shut down.'),
});

const requests = z.object({
  restart: token().describe('A new token restarts the machine once.').optional(),
  reset: token().describe('A new token resets the machine once, as the button does.').optional(),
  evict: token()
    .describe('Goes with the removal of nodeName: a new token has the machine leave its node and be placed anew.')
    .optional(),
});

const launch = z.object({
  deprecated: z
    .enum(['Omit', 'Reject', 'Crash'])
    .describe('What qemu does with words that it is about to give up; it takes them where nothing is given.')
    .optional(),
  extraArguments: listAtomic(z.array(z.string().min(1).max(4096)).max(64))
    .describe(
      "Arguments added to qemu's command line as they are. Without effect unless the node's administrator allows them.",
    )
    .optional(),
});

const fields = z.object({
  powerState: z.enum(['Running', 'Stopped', 'Paused']).default('Running').describe('What the machine should be.'),
  restartPolicy: z
    .enum(['Always', 'OnFailure', 'Never'])
    .default('OnFailure')
    .describe(
      'Whether the machine starts again when the guest powers off (Always) or crashes (Always, OnFailure). Crashes back off.',
    ),
  stop: stop.describe('How the machine is stopped.').optional(),
  requests: requests.describe('One-shot requests: done once per new token, acknowledged in status.').optional(),
  ...placementFields,
  machine: machine.describe('Board, firmware and what it boots.').optional(),
  cpu: cpu.describe('Processors; one where nothing is given.').optional(),
  memory: memory.describe('Memory.'),
  tuning: tuning.describe('What the host gives to the machine among others.').optional(),
  disks: listMap(z.array(disk).max(60), 'name').describe('Disks, CD-ROMs and floppies.').optional(),
  interfaces: listMap(z.array(networkInterface).max(32), 'name').describe('Network interfaces.').optional(),
  ...deviceFields,
  cloudInit: cloudInit.optional(),
  snapshotSchedule: snapshotSchedule.describe('Snapshots or backups that are taken by the clock.').optional(),
  launch: launch.describe("The escape hatch to qemu's command line.").optional(),
});

const EVICTED =
  '!has(self.nodeName) && has(self.requests) && has(self.requests.evict) && (!has(oldSelf.requests) || !has(oldSelf.requests.evict) || self.requests.evict != oldSelf.requests.evict)';

/** A machine that runs is not moved by a name, nor by a manifest that lacks one: who removes it says that it is meant. */
export const machineSpec = onUpdate(fields, {
  rule: `!has(oldSelf.nodeName) || (has(self.nodeName) && self.nodeName == oldSelf.nodeName) || oldSelf.powerState == 'Stopped' || (${EVICTED})`,
  message: 'nodeName can change only while powerState is Stopped, or be removed together with a new requests.evict',
  fieldPath: '.nodeName',
});
