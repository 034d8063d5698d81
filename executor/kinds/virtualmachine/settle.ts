import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import { deviceLimits } from '../../qemu/devices/throttle.ts';
import { diskDevice, interfaceDevice } from '../../qemu/identifiers.ts';
import { serialLog, serialPipe } from '../../qemu/sockets.ts';
import type { Qmp } from '../../qmp/index.ts';
import { balloonTarget } from './balloon.ts';

/** What has no option on qemu's command line, or would make it another than libvirt's: said before the guest runs. */
export async function settle(qmp: Qmp, machine: VirtualMachine, runDir: string): Promise<void> {
  const { interfaces, disks, serials, memory, balloon } = completeSpec(machine.spec);
  // The machine stops where it crashed and stays so, which a restarted executor can still see.
  await qmp.execute('set-action', { panic: 'pause' });
  if (memory.current !== undefined && balloon.enabled) {
    await qmp.execute('balloon', { value: balloonTarget(memory) });
  }
  for (const { name, linkState } of interfaces) {
    if (linkState === 'Down') await qmp.execute('set_link', { name: interfaceDevice(name), up: false });
  }
  for (const { name, source, iotune } of disks) {
    if (source && iotune) await qmp.execute('block_set_io_throttle', { id: diskDevice(name), ...deviceLimits(iotune) });
  }
  for (const [index, { backend, log }] of serials.entries()) {
    if (backend?.pty && !log) await qmp.execute('chardev-change', terminal(runDir, index));
  }
}

/**
 * A serial port that libvirt would give a terminal of the node gets vmctl's own, whose log and input `vmctl console` and `vmctl
 * logs` know: nobody else could have opened the other one.
 */
const terminal = (runDir: string, index: number) => ({
  id: `serial${index}`,
  backend: {
    type: 'pipe',
    data: { device: serialPipe(runDir, index), logfile: serialLog(runDir, index), logappend: true },
  },
});
