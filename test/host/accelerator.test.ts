import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeAccelerator, toAcceleration } from '../../executor/host/accelerator.ts';
import { runProbe } from '../../executor/host/probe.ts';
import { LINUX_MEMORY_MIB, linuxGuest } from '../fixtures/guests/linux.ts';
import { startMachine, temporaryFolder } from '../fixtures/guests/machine.ts';

const binary = 'qemu-system-x86_64';
let hostState: string;

beforeEach(async () => {
  hostState = await temporaryFolder();
});
afterEach(() => rm(hostState, { recursive: true }));

describe('the probe', () => {
  it('hears the test guest, which runs in 64-bit mode', async () => {
    expect(await runProbe({ binary, timeoutMs: 90_000, acceleration: ['-accel', 'tcg'] })).toEqual({ spoke: true });
  });

  it.runIf(process.getuid?.() === 0)('hears it under another user too', async () => {
    const user = { uid: 65534, gid: 65534, groups: [] };
    expect(await runProbe({ binary, user, timeoutMs: 90_000, acceleration: ['-accel', 'tcg'] })).toEqual({
      spoke: true,
    });
  });

  it('gives up a guest that never speaks', async () => {
    const result = await runProbe({ binary, timeoutMs: 300, acceleration: ['-accel', 'tcg', '-S'] });
    expect(result).toEqual({ spoke: false, reason: 'a test guest said nothing within 300 ms' });
  });

  it("tells qemu's own reason, not its warnings", async () => {
    const result = await runProbe({ binary, timeoutMs: 90_000, acceleration: ['-accel', 'tcg', '-cpu', 'nonsense'] });
    expect(result).toMatchObject({ spoke: false, reason: expect.stringContaining('unable to find CPU model') });
  });

  it('says that the binary is not there', async () => {
    const result = await runProbe({ binary: '/nonexistent/qemu', timeoutMs: 1000 });
    expect(result).toEqual({ spoke: false, reason: 'spawn /nonexistent/qemu ENOENT' });
  });
});

describe('the choice of accelerator', () => {
  it('is one under which a real guest boots, with the reason', async () => {
    const { accelerator, reason } = await probeAccelerator({ binary, hostState });
    const cpu = accelerator === 'kvm' ? ['-cpu', 'host'] : [];
    const { kernel, initrd, commandLine } = await linuxGuest();
    const boot = ['-kernel', kernel, '-initrd', initrd, '-append', commandLine, '-m', String(LINUX_MEMORY_MIB)];
    await using machine = await startMachine({ accelerator, argv: [...cpu, ...boot] });
    await machine.until('vmctl-guest ready');
    expect(reason).toMatch(
      accelerator === 'kvm' ? /^KVM ran a test guest$/ : /\S; guests run under TCG, which is much slower$/,
    );
  });

  it('is kept until the next boot or another qemu', async () => {
    const first = await probeAccelerator({ binary, hostState });
    const file = join(hostState, 'acceleration.json');
    const kept = await readFile(file, 'utf8').catch(() => undefined);
    if (kept === undefined) return expect(first.reason).toMatch(/dev\/kvm|not probed/);
    const { key } = JSON.parse(kept) as { key: string };
    await writeFile(file, JSON.stringify({ key, accelerator: 'kvm', reason: 'from the file' }));
    expect(await probeAccelerator({ binary, hostState })).toEqual({ accelerator: 'kvm', reason: 'from the file' });
    expect(await probeAccelerator({ binary, hostState, fresh: true })).toEqual(first);
    await writeFile(file, JSON.stringify({ key: `other ${key}`, accelerator: 'kvm', reason: 'from an earlier boot' }));
    expect(await probeAccelerator({ binary, hostState })).toEqual(first);
    await writeFile(file, '{"key":');
    expect(await probeAccelerator({ binary, hostState })).toEqual(first);
  });

  it('is TCG for another processor than the host has', async () => {
    expect(await probeAccelerator({ binary: 'qemu-system-s390x', hostState })).toMatchObject({
      accelerator: 'tcg',
      reason: expect.stringContaining('emulates another processor'),
    });
  });

  it('is TCG where KVM merely pretends', () => {
    expect(toAcceleration({ spoke: false, reason: 'a test guest said nothing within 5000 ms' })).toEqual({
      accelerator: 'tcg',
      reason:
        '/dev/kvm is there, but does not run guests: a test guest said nothing within 5000 ms; guests run under TCG, which is much slower',
    });
  });

  it('probes with the very binary that it is given', async () => {
    const folder = join(hostState, 'bin');
    await mkdir(folder);
    const mute = join(folder, binary);
    await writeFile(mute, '#!/bin/sh\necho "mute: no" >&2\nexit 3\n');
    await chmod(mute, 0o755);
    const { accelerator, reason } = await probeAccelerator({ binary: mute, hostState });
    expect(accelerator).toBe('tcg');
    expect(reason).toMatch(/qemu said “mute: no”|\/dev\/kvm/);
  });
});
